"""Federal Register documents and the status of rules, as published.

A document changes entries through *amendments*; its dates mean different things and are kept apart. Nothing here is
derived from a list: what a document does not say is None.
"""

import datetime as dt
from typing import Literal

import msgspec

from ringfence.records.citation import Citation

AmendmentKind = Literal[
    "add", "revise", "remove", "correct", "redesignate", "stay", "reinstate", "unclassified"
]
"""What an amendatory instruction does to an entry; `unclassified` is text that was not understood."""


class EffectiveDate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One day on which (a part of) a document takes effect, and the day until which, where it says so.

    `scope` is the part as printed (`amendatory instruction 11`); None is the whole of it. `until` is the day
    printed; whether that day is still included is for the text to say.
    """

    on: dt.date
    until: dt.date | None = None
    scope: str | None = None


class Amendment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change that a document makes to one entry of a list, or to a text of the regulation.

    `section` is what is amended (`Supplement No. 4 to Part 744`), `destination` the heading in capitals, `name`
    the entry as printed. `row` holds the verbatim cells of a table fragment, `instruction` the words of the
    amendatory instruction. `effective_on` is set where the instruction has a day of its own.
    """

    kind: AmendmentKind
    section: str
    instruction: str
    destination: str | None = None
    name: str | None = None
    row: tuple[str, ...] = ()
    effective_on: dt.date | None = None


class FederalRegisterDocument(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One document of the Federal Register.

    `document` is its number (`2019-22210`). `published_on` is the day of the issue that prints it, `inspected_on` the
    day it was filed for public inspection, `announced_on` the day it was made known (by default that of the filing);
    `effective` are its days of effect in printed order and `dates` their verbatim text. `cfr` are the parts it
    amends (`15 CFR 744`). `correction_of` is the document that it corrects; `suspends` names rules that it stays or
    delays, by citation or title. Pages are those of `volume`, both included.
    """

    document: str
    title: str
    type: str | None = None
    action: str | None = None
    abstract: str | None = None
    volume: int | None = None
    first_page: int | None = None
    last_page: int | None = None
    published_on: dt.date | None = None
    inspected_on: dt.date | None = None
    announced_on: dt.date | None = None
    effective: tuple[EffectiveDate, ...] = ()
    dates: str | None = None
    cfr: tuple[str, ...] = ()
    dockets: tuple[str, ...] = ()
    rins: tuple[str, ...] = ()
    correction_of: str | None = None
    corrections: tuple[str, ...] = ()
    suspends: tuple[str, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    url: str | None = None

    @property
    def effective_on(self) -> dt.date | None:
        """The first day on which any of it takes effect; None when it does not say."""
        return min((date.on for date in self.effective), default=None)

    def prints(self, citation: Citation) -> bool:
        """Whether a cited page may be one of this document's.

        By its pages where they are known; else by the day printed beside the citation.
        """
        if citation.volume != self.volume:
            return False
        if citation.published and self.published_on and citation.published != self.published_on:
            return False
        if citation.page is None or self.first_page is None:
            return citation.published is not None and citation.published == self.published_on
        # An entry is printed on any page of its rule; where the last one is not known the day must agree.
        last = self.last_page or (self.first_page + MOST_PAGES if citation.published else self.first_page)
        return self.first_page <= citation.page <= last


MOST_PAGES = 200
"""Pages of the longest rule that prints entries; a bound where a document's last page is not known."""


StatusKind = Literal["in_force", "stayed", "delayed", "expiring", "unclassified"]
"""The state of a text of the regulation by its effective date note; `unclassified` is a note not understood."""


class RuleStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an effective date note says of a section, or that a section has none.

    `section` is as in the code (`744.11`), `part` what of it the note speaks of, `lists` the lists that the section
    governs. `since` is the day of the document cited, `until` the day printed. `note` is verbatim; `text` are the
    verbatim paragraphs of the section where the status is that of the whole.
    """

    section: str
    status: StatusKind
    lists: tuple[str, ...] = ()
    part: str | None = None
    citation: Citation | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    note: str | None = None
    text: tuple[str, ...] = ()
