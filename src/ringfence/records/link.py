"""Links: dated, sourced ties between two parties.

A link is always a statement: `asserted_by` says who states it, `source` where. Nothing here is a fact
about a company until somebody has said it.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

LinkRelation = Literal[
    "owns",
    "controls",
    "nominee_for",
    "holds_securities_of",
    "supplies",
    "component_of",
    "customer_of",
    "invested_in",
    "partner_of",
    "branch_of",
    "director_of",
]


class Share(msgspec.Struct, frozen=True):
    """A share as an interval of fractions from 0 to 1, in exact decimals.

    `open_low` and `open_high` leave the end itself out: "more than 25 up to 50 percent" is (0.25, 0.50].
    """

    low: Decimal
    high: Decimal
    open_low: bool = False
    open_high: bool = False


class Link(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One stated tie: `subject` -`relation`-> `object`, valid from `since` until `until` (both included).

    Ends are party ids or names; `share` is None when the statement gives none. `polarity` is `denied`
    for a statement that disputes a tie.
    """

    id: str
    subject: str
    relation: str
    object: str
    subject_country: str | None = None
    object_country: str | None = None
    share: Share | None = None
    share_base: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    value: Decimal | None = None
    currency: str | None = None
    item: str | None = None
    tier: int | None = None
    asserted_by: str
    source: str
    source_url: str | None = None
    stated_on: dt.date | None = None
    certainty: str | None = None
    polarity: Literal["asserted", "denied"] = "asserted"
    qualifier: str | None = None
    note: str | None = None
