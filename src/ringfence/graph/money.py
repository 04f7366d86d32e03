"""Money at risk, rolled up by party, tier, country and rule.

Revenue, spend and positions stay apart, and so does every currency: nothing here is ever converted or added to
another kind. Money that nobody states is counted as unknown beside the sums, never as nothing.
"""

from collections import defaultdict
from collections.abc import Hashable
from decimal import Decimal
from typing import Literal

import msgspec

Measure = Literal["revenue", "spend", "position"]
"""What is sold to the touched party, bought of it, or held in it."""

NO_CURRENCY = "unknown"
"""The currency of an amount stated without one."""


class Amount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money from `low` to `high` in `currency`; `basis` says what it is an amount of."""

    low: float
    high: float
    currency: str | None = None
    basis: str = ""


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Sums by currency, at the upper end of what is stated, and how many amounts nobody states."""

    revenue_at_risk: dict[str, float] = {}
    spend_at_risk: dict[str, float] = {}
    position_at_risk: dict[str, float] = {}
    unknown_amounts: int = 0

    @property
    def counted(self) -> bool:
        """Whether any money was at risk at all, stated or not."""
        return bool(
            self.revenue_at_risk or self.spend_at_risk or self.position_at_risk or self.unknown_amounts
        )

    def in_words(self) -> str:
        """The sums in one line for people."""
        sums = [
            f"{title} {', '.join(f'{value:,.0f} {currency}' for currency, value in part.items())}"
            for title, part in (
                ("revenue at risk", self.revenue_at_risk),
                ("spend at risk", self.spend_at_risk),
                ("positions at risk", self.position_at_risk),
            )
            if part
        ]
        return f"{'; '.join(sums) or 'no amount is stated'}; amounts unknown: {self.unknown_amounts:,}"


class RolledUp(AtRisk, frozen=True, kw_only=True):
    """The sums as a whole and by the party the money goes to or comes from, its tier, its country, and the rule."""

    by_party: dict[str, AtRisk] = {}
    by_tier: dict[str, AtRisk] = {}
    by_country: dict[str, AtRisk] = {}
    by_rule: dict[str, AtRisk] = {}


class Tally:
    """Adds up money, each piece once."""

    def __init__(self) -> None:
        self._counted: set[Hashable] = set()
        self._whole = _Sums()
        self._groups: dict[str, dict[str, _Sums]] = {
            group: defaultdict(_Sums) for group in ("party", "tier", "country", "rule")
        }

    def add(
        self,
        measure: Measure,
        piece: Hashable,
        amount: Amount | None,
        *,
        party: str,
        tier: int,
        country: str | None,
        rule: str,
    ) -> None:
        """Count a piece of money unless it was counted already; `amount` is None where it is unknown."""
        if (measure, piece) in self._counted:
            return
        self._counted.add((measure, piece))
        self._whole.add(measure, amount)
        named = {"party": party, "tier": str(tier), "country": country or "unknown", "rule": rule}
        for group, name in named.items():
            self._groups[group][name].add(measure, amount)

    def rolled_up(self) -> RolledUp:
        """The sums so far."""
        whole = self._whole.at_risk()
        by_party, by_tier, by_country, by_rule = (
            {name: sums.at_risk() for name, sums in sorted(found.items())} for found in self._groups.values()
        )
        return RolledUp(
            **msgspec.structs.asdict(whole),
            by_party=by_party,
            by_tier=by_tier,
            by_country=by_country,
            by_rule=by_rule,
        )


class _Sums:
    """Exact sums by measure and currency."""

    def __init__(self) -> None:
        self._known: dict[Measure, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self._unknown = 0

    def add(self, measure: Measure, amount: Amount | None) -> None:
        if amount is None:
            self._unknown += 1
        else:
            self._known[measure][amount.currency or NO_CURRENCY] += Decimal(str(amount.high))

    def at_risk(self) -> AtRisk:
        revenue, spend, position = (
            {currency: as_number(value) for currency, value in sorted(self._known[measure].items())}
            for measure in ("revenue", "spend", "position")
        )
        return AtRisk(
            revenue_at_risk=revenue,
            spend_at_risk=spend,
            position_at_risk=position,
            unknown_amounts=self._unknown,
        )


def as_number(value: Decimal) -> float:
    """A decimal as a JSON number; whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)
