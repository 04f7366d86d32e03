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


MOST_DECIMALS = 40
"""Digits behind the point of a share or an amount. A figure of a million digits, a few bytes as `1e-999999`, takes minutes to
reckon with and is an attack.
"""


def can_be_reckoned(number: Decimal) -> bool:
    """Whether a figure is finite and has no more digits, before or behind its point, than a sum should be made of."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS and number.adjusted() <= MOST_DECIMALS


class Share(msgspec.Struct, frozen=True):
    """A share as an interval of fractions from 0 to 1, in exact decimals.

    `open_low` and `open_high` leave the end itself out: "more than 25 up to 50 percent" is (0.25, 0.50].
    """

    low: Decimal
    high: Decimal
    open_low: bool = False
    open_high: bool = False

    def __str__(self) -> str:
        """The interval for people, in percent: `50%`, `25-50%`, `more than 50%`, `unknown`."""
        low, high = _percent(self.low), _percent(self.high)
        if self.low == self.high:
            return f"{low}%"
        if self.low == 0 and self.high == 1:
            return "more than 0%" if self.open_low else "unknown"
        if self.high == 1 and not self.open_high:
            return f"more than {low}%" if self.open_low else f"{low}% or more"
        if self.low == 0 and not self.open_low:
            return f"less than {high}%" if self.open_high else f"up to {high}%"
        return f"{'more than ' if self.open_low else ''}{low}% {'to less than' if self.open_high else 'up to'} {high}%"


class Link(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One stated tie: `subject` -`relation`-> `object`, valid from `since` until `until` (both included).

    Ends are party ids or names; `share` is None when the statement gives none. `share_base` is what the share
    is a share of (`issued`, `outstanding`, `voting`), or `accounting_consolidation` for a tie that shows control
    and no percentage. `object_incorporated_in` is the country whose law made the object. `polarity` is `denied`
    for a statement that disputes a tie. `row` is where a file states it; `id` holds the file too.
    """

    id: str
    subject: str
    relation: str
    object: str
    subject_country: str | None = None
    object_country: str | None = None
    share: Share | None = None
    share_base: str | None = None
    object_incorporated_in: str | None = None
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
    row: int | None = None


UNKNOWN_SHARE = Share(Decimal(0), Decimal(1))
"""What an unstated percentage is: anything from nothing to the whole."""


def _percent(fraction: Decimal) -> str:
    text = f"{fraction * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
