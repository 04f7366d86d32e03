"""What is at stake with a party: money by currency, and what was written where it could not be read.

Amounts of one currency are added up; those of different currencies never are, unless somebody says what they are worth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

MOST_UNREAD = 5
"""Amounts of one party that are kept as they were written; one is enough for two people to look."""


class Stake(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount, 0 or more, and the ISO 4217 code of its currency, each None where nobody said.

    `unread` is what was written, where it could not be read as an amount.
    """

    amount: float | None = None
    currency: str | None = None
    unread: str | None = None

    def __str__(self) -> str:
        if self.amount is None:
            return repr(self.unread) if self.unread else ""
        return f"{self.amount:,.2f} {self.currency or ''}".strip()


NOTHING = Stake()
"""Nobody said what is at stake."""


class Stakes:
    """The stakes of many parties, each under its key, added up as they come."""

    def __init__(self) -> None:
        self._sums: defaultdict[str, dict[str | None, Decimal]] = defaultdict(dict)
        self._unread: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def add(self, key: str, stake: Stake) -> None:
        """One more amount of a party; `NOTHING` changes nothing."""
        if stake.amount is not None:
            sums = self._sums[key]
            sums[stake.currency] = sums.get(stake.currency, Decimal(0)) + Decimal(str(stake.amount))
        elif stake.unread is not None and len(self._unread[key]) < MOST_UNREAD:
            self._unread[key][stake.unread] = None

    def of(self, key: str) -> tuple[Stake, ...]:
        """What is at stake with a party: a sum for each currency, the largest number first, then what was not read."""
        sums = sorted(self._sums.get(key, {}).items(), key=lambda one: (-one[1], one[0] or ""))
        return (
            *(Stake(float(amount), currency) for currency, amount in sums),
            *(Stake(unread=text) for text in sorted(self._unread.get(key, {}))),
        )


def worth(stakes: Iterable[Stake], rates: Mapping[str, float]) -> tuple[Decimal, tuple[str, ...]]:
    """What stakes are worth together, by what one unit of each currency is worth, and why that may be too little.

    The reasons are sentences about amounts that were not counted; there is one as well where nothing is stated at all.
    """
    total, reasons, stated = Decimal(0), [], False
    for one in stakes:
        stated = True
        if one.amount is None:
            reasons.append(f"the amount {one.unread!r} could not be read")
        elif one.currency is None:
            reasons.append(f"the amount {one.amount:,.2f} is without a currency")
        elif one.currency not in rates:
            reasons.append(f"the policy does not say what {one.currency} is worth")
        else:
            total += Decimal(str(one.amount)) * Decimal(str(rates[one.currency]))
    return total, tuple(reasons) if stated else (UNSTATED,)


UNSTATED = "no amount is stated"
"""Why nothing is worth anything where nobody said what is at stake."""
