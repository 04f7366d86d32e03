"""Listings: a party's entry on a list, as the law there has it.

A `Listing` is one legal object, usually one row of a publication. Its verbatim texts are the law as
copied; everything parsed from them stands beside, never instead.
"""

import datetime as dt
from typing import Literal

import msgspec

from ringfence.records.citation import Citation
from ringfence.records.party import Party

ReviewPolicyClass = Literal[
    "policy_of_denial",
    "presumption_of_denial",
    "case_by_case",
    "presumption_of_approval",
    "by_reference",
    "indeterminate",
]
"""How an application is reviewed, most severe first; `indeterminate` is text not classified."""

RequirementScope = Literal[
    "all_items",
    "all_items_except",
    "listed_items",
    "project_items",
    "by_reference",
    "unclassified",
]
"""Which items an entry's license requirement reaches. `unclassified` stays in force as all items."""


class LicenseRequirement(msgspec.Struct, frozen=True, omit_defaults=True):
    """The license requirement cell: verbatim `text`, and its class.

    `exceptions` and `items` are keys of the item sets that the text excludes or names, each defined in
    the reviewed table of requirement texts; `license_exceptions` are those the text itself opens (`GOV`).
    """

    text: str
    scope: RequirementScope
    exceptions: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    license_exceptions: tuple[str, ...] = ()


class PolicyTest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a review policy: items that meet `items` are reviewed under `policy`.

    `items` are ECCNs, or keys of described item sets (`note_1A995`, `infectious_disease`); empty means
    every item that no earlier step met. `reference` is the section a by-reference policy points at.
    """

    policy: ReviewPolicyClass
    items: tuple[str, ...] = ()
    reference: str | None = None
    since: dt.date | None = None


class LicenseReviewPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The license review policy cell: verbatim `text`, and its tests in order.

    The first test that is met decides.
    """

    text: str
    tests: tuple[PolicyTest, ...] = ()

    @property
    def strictest(self) -> ReviewPolicyClass:
        """The most severe class among the tests; `indeterminate` when nothing was classified."""
        order: tuple[ReviewPolicyClass, ...] = ReviewPolicyClass.__args__  # type: ignore[attr-defined]
        return min((test.policy for test in self.tests), key=order.index, default="indeterminate")


class ListedTie(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tie to another party that the entry itself states: `subordinate_of`, `affiliate_of`, `linked_to`,
    `see_also`, or the publisher's own words for it (`owned_or_controlled_by`). It reads from the listed party to the
    other end, which is not listed by this entry. `party` is the other end's id where the publisher gives it.
    """

    relation: str
    name: str
    text: str | None = None
    party: str | None = None


class Remark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a reader of the entry must know: a value repaired, doubted, overruled or not understood.

    `code` is from a closed list kept beside the parser; `text` is for people.
    """

    code: str
    text: str


class Reservation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why an entry has no certain effect on the day asked, though a list prints it.

    A `stayed` entry is suspended: it stands on the list and has no effect. Of one `in_doubt` it cannot be known
    whether it was in force, so that what follows from it is unknown. `text` says why, for people, with the documents
    and the days; `since` and `until` are the days printed, both included, and `citations` the documents.
    """

    kind: Literal["stayed", "in_doubt"]
    text: str
    since: dt.date | None = None
    until: dt.date | None = None
    citations: tuple[str, ...] = ()


class Listing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry on one list.

    `id` is `<list>:<key>`, the same in every snapshot of the list as long as the entry keeps its key.
    `list` is the legal list (`us_bis_entity`), `source` the publication it was read from (`us_csl`).
    `valid_from` is the day the entry took effect and `valid_until` the last day in force, both from the
    law where it is known; None means that the publication does not say. `dated_by` says what
    `valid_from` rests on: `rule`, `correction`, `start_date`, `citation`, `feature`, `list_date`, `publisher`, or None. Where one
    publication knows several texts of an entry, each is a `Listing` of its own with the same id, and
    `version_from` to `version_until` are the days on which this text is the law. `reservation` is never printed:
    whoever asks about a day gives it.
    """

    id: str
    list: str
    source: str
    party: Party
    destination: str | None = None
    programs: tuple[str, ...] = ()
    license_requirement: LicenseRequirement | None = None
    license_review_policy: LicenseReviewPolicy | None = None
    footnotes: tuple[int, ...] = ()
    citations: tuple[Citation, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    dated_by: str | None = None
    version_from: dt.date | None = None
    version_until: dt.date | None = None
    standard_order: bool | None = None
    directives: tuple[str, ...] = ()
    ties: tuple[ListedTie, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    urls: tuple[str, ...] = ()
    reservation: Reservation | None = None

    @property
    def stayed(self) -> bool:
        """Whether the entry is suspended on the day asked."""
        return self.reservation is not None and self.reservation.kind == "stayed"

    @property
    def in_doubt(self) -> bool:
        """Whether it cannot be known if the entry was in force on the day asked."""
        return self.reservation is not None and self.reservation.kind == "in_doubt"

    def in_force(self, on: dt.date) -> bool:
        """Whether the entry's own dates allow this text of it to be in force on day `on`.

        An unknown beginning or end is open.
        """
        starts = (self.valid_from, self.version_from)
        ends = (self.valid_until, self.version_until)
        return all(day is None or day <= on for day in starts) and all(
            day is None or on <= day for day in ends
        )
