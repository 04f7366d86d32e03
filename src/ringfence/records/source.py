"""Publications and lists: what is published, by whom, and what being listed means in law.

A *source* is a publication that is downloaded as one file or set of files; it feeds one or more
*legal lists*. A *snapshot* is a source's bytes at one moment.
"""

import datetime as dt
from collections.abc import Collection
from typing import Literal

import msgspec


class LegalList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A list as a legal object: what it does, who must act, and the way out.

    `effect` says it in full for people, `consequence` in a few words for tables. `topic` is the FollowTheMoney
    topic of its parties. `authority` is who decides on entries.
    """

    id: str
    title: str
    short: str
    jurisdiction: str
    authority: str
    legal_basis: str
    consequence: str
    effect: str
    who_must_act: str
    way_out: str
    topic: str


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One legal list within a source, and the counts that hold a damaged release back.

    `label` is what the publisher's file calls the list. A release with fewer than `least` or more than
    `most` entries, or missing the list altogether, is held back.
    """

    list: str
    label: str = ""
    least: int = 1
    most: int | None = None


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a release must satisfy to be loaded, beside the counts of its feeds.

    `shrink` and `grow` bound the number of entries against the last good snapshot, as ratios; `filled`
    maps a field of the row to the least share of rows (0 to 1) in which it must not be empty.
    """

    shrink: float = 0.8
    grow: float = 3.0
    refused_rows: float = 0.005
    filled: dict[str, float] = {}


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days, both ends included, on which the measures of `programs` were not applied, or not to every entry.

    A release prints when an entry began and not that its measures were interrupted: `text` tells it instead.
    `unverified` says which of it was not checked against a document.
    """

    programs: tuple[str, ...]
    since: dt.date
    until: dt.date
    text: str
    unverified: str | None = None

    @property
    def told(self) -> str:
        """The text, with what of it was not checked."""
        return (
            f"{self.text} (not checked against a document: {self.unverified})"
            if self.unverified
            else self.text
        )

    def holds(self, programs: Collection[str], on: dt.date) -> bool:
        """Whether an entry of these programs is in doubt on a day: all of its programs were interrupted then."""
        return self.since <= on <= self.until and bool(programs) and set(programs) <= set(self.programs)


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A publication: where it comes from, how often, in which formats, and what it feeds.

    `rank` orders sources that feed the same list: the lowest is the one that counts (1 is the law itself,
    2 a copy of it, 9 the bundled reference). `cadence_hours` is how often a new release is expected.
    `family` marks one description for many publications: `ftm` stands for `ftm_<data set>`, with `{member}` in its
    texts for the name of the data set. `additive` marks a source whose entries join those of other sources on the
    same lists, instead of standing for the whole of a list. `gaps` are days of which its releases print too much.
    """

    id: str
    title: str
    publisher: str
    page: str
    urls: tuple[str, ...]
    formats: tuple[str, ...]
    license: str
    legal_basis: str
    cadence_hours: float
    max_age_days: float
    max_bytes: int
    rank: int
    feeds: tuple[Feed, ...]
    checks: Checks = Checks()
    bundled: bool = False
    family: bool = False
    additive: bool = False
    warning: str | None = None
    gaps: tuple[Gap, ...] = ()


PublishedBy = Literal["user", "content", "publisher", "file_name", "fetched"]
"""What the day of a release rests on: who called, the release itself, the publisher's header, the file's name, or
the day it was fetched."""


class Snapshot(msgspec.Struct, frozen=True):
    """One release of a source as it was read: `id` is the SHA-256 of its bytes (as `sha256:...`).

    `published_on` is the day of the release and `published_by` what that day rests on. `fetched_at` and
    `recorded_at` are instants in UTC: when the bytes were had, and when the store learned of them.
    `origin` is the address or file they came from.
    """

    id: str
    source: str
    published_on: dt.date
    published_by: PublishedBy
    fetched_at: dt.datetime
    recorded_at: dt.datetime
    origin: str
    size: int
    entries: int
    etag: str | None = None
    last_modified: str | None = None
