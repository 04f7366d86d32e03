"""Whether a release may be loaded: counts against what was declared and against the last good release.

A release that fails any check is held back whole. The message names each failure and its numbers.
"""

from collections.abc import Mapping

from ringfence.errors import HeldBack
from ringfence.records import Source
from ringfence.sources.row import Account


def check(source: Source, name: str, account: Account, last_good: Mapping[str, int] | None) -> None:
    """Raise HeldBack unless the release of `source` in file `name` is fit to load.

    `last_good` counts the entries of the last good release by list.
    """
    failures = list(_failures(source, account, last_good or {}))
    if failures:
        raise HeldBack(
            f"{name}: {source.id} held back: {'; '.join(failures)}. Nothing was loaded. "
            f"Get the file again from {source.page}."
        )


def _failures(source: Source, account: Account, last_good: Mapping[str, int]) -> list[str]:
    failures = []
    for feed in source.feeds:
        count = account.lists[feed.list]
        if count < feed.least:
            failures.append(f"{feed.list} has {count:,} entries, at least {feed.least:,} expected")
        elif feed.most is not None and count > feed.most:
            failures.append(f"{feed.list} has {count:,} entries, at most {feed.most:,} expected")
    before, now = sum(last_good.values()), account.entries
    if before and now < before * source.checks.shrink:
        failures.append(f"{now:,} entries where the last good release had {before:,}")
    if before and now > before * source.checks.grow:
        failures.append(
            f"{now:,} entries, over {source.checks.grow:g} times the {before:,} of the last good release"
        )
    if len(account.refused) > max(3, source.checks.refused_rows * account.rows):
        first = account.refused[0]
        failures.append(
            f"{len(account.refused):,} rows not understood, first row {first.row:,}: {first.reason}"
        )
    if account.remarks["placeholder_citation"]:
        failures.append("citations of a public-inspection copy ([INSERT FR PAGE NUMBER])")
    for field, least in source.checks.filled.items():
        share = account.filled[field] / account.rows if account.rows else 0.0
        if share < least:
            failures.append(f"{field} is filled in {share:.1%} of rows, at least {least:.1%} expected")
    for field, rows in account.not_understood.items():
        failures.append(f"field {field!r}, filled in {rows:,} rows, is not understood")
    return failures
