"""When an entry took effect, by the rules known when it is asked: a rule that is learned later dates what is already held.

A list prints the day of publication, or none; the day that matters is the effective date of the rule. The day a parser
found stays in the record, and is replaced as the record is read where a rule says better.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from ringfence.records import Listing
from ringfence.store.events import RuleOf

if TYPE_CHECKING:
    from ringfence.store.history import Store

_PRINTED = frozenset({"citation", "start_date", None})
"""What a rule dates better than: a day of publication, a printed hint, or nothing."""
_FAR = 400
"""Days that the effective date of a rule may lie from the day printed; more is another rule."""


class Dating:
    """Dates the entries of `lists` by the rule of their first citation."""

    def __init__(self, rule_of: RuleOf, lists: Collection[str]) -> None:
        self._rule_of = rule_of
        self._lists = frozenset(lists)

    def of(self, listing: Listing) -> Listing:
        """The listing, dated by its rule where that is known and the listing's own date rests on less.

        An entry that prints a later start than its first rule was added later: that citation is not its own.
        """
        if listing.list not in self._lists or listing.dated_by not in _PRINTED or not listing.citations:
            return listing
        rule = self._rule_of(listing.citations[0])
        effective = rule.effective_on if rule else None
        if rule is None or effective is None:
            return listing
        printed, latest = listing.valid_from, max(effective, rule.published_on or effective)
        if printed and (printed > latest or (latest - printed).days > _FAR):
            return listing
        return msgspec.structs.replace(listing, valid_from=effective, dated_by="rule")

    def starts(self, store: "Store", rows: Iterable[sa.Row[Any]], on: dt.date) -> dict[int, dt.date]:
        """The day from which each text can be in force that a rule dates otherwise, as far as that matters on a day."""
        doubtful = {
            row.number: row.starts
            for row in rows
            if row.list in self._lists and (row.starts is None or abs((row.starts - on).days) <= _FAR)
        }
        found = {}
        for number, listing in store.listings(sorted(doubtful)):
            days = [day for day in (self.of(listing).valid_from, listing.version_from) if day]
            if days and max(days) != doubtful[number]:
                found[number] = max(days)
        return found
