"""What a file of links gives: the links, what it says of the parties at their ends, and what was doubtful."""

from collections.abc import Iterable

import msgspec

from ringfence.records import Link, Name, Party, PartyKind
from ringfence.records.party import Identifier

LINK_FILE_BYTES = 4 << 30
"""Bytes of one file of links, unpacked. A larger one is refused before it is read."""

LINK_FILE_ROWS = 10_000_000
DOCUMENT_BYTES = 600 << 20
"""Bytes of a file that must be held whole (HTML, workbooks, API answers)."""


class LinkSet(msgspec.Struct):
    """The links of one or more files. `parties` are known by the ids that the links use at their ends.

    `remarks` say what was doubtful or left out, each with file and row; they are about the input, never about
    a company.
    """

    links: list[Link] = []
    parties: dict[str, Party] = {}
    remarks: list[str] = []

    def add(self, other: "LinkSet") -> None:
        """Put the content of another file beside this one. A party known from an earlier file stays as it was."""
        self.links += other.links
        for key, party in other.parties.items():
            self.parties.setdefault(key, party)
        self.remarks += other.remarks


def party_of(
    key: str,
    name: str,
    *,
    country: str | None = None,
    kind: PartyKind = "unknown",
    identifiers: Iterable[Identifier] = (),
    aliases: Iterable[str] = (),
) -> Party:
    """A party as a file of links describes it."""
    names = (Name(name), *(Name(alias, "alias") for alias in aliases if alias != name))
    return Party(key, kind, names, (country,) if country else (), identifiers=tuple(identifiers))
