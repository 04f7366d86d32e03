"""Whether a release may be loaded: counts against what was declared and against the last good release.

A release that fails any check is held back whole. The message names each failure and its numbers.
"""

from collections.abc import Iterator, Mapping

from ringfence.errors import HeldBack
from ringfence.records import Feed, Source
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


def _failures(source: Source, account: Account, last_good: Mapping[str, int]) -> Iterator[str]:
    """Each kind of failure once, so that the message stays one line; of many lists or fields the first."""
    if astray := [feed for feed in source.feeds if not _within(feed, account.lists[feed.list])]:
        first, count = astray[0], account.lists[astray[0].list]
        bound = f"at least {first.least:,}" if count < first.least else f"at most {first.most:,}"
        others = f" (so have {len(astray) - 1:,} other lists too many or too few)" if astray[1:] else ""
        yield f"{first.list} has {count:,} entries, {bound} expected{others}"
    before, now = sum(last_good.values()), account.entries
    if before and now < before * source.checks.shrink:
        yield f"{now:,} entries where the last good release had {before:,}"
    if before and now > before * source.checks.grow:
        yield f"{now:,} entries, over {source.checks.grow:g} times the {before:,} of the last good release"
    if len(account.refused) > max(3, source.checks.refused_rows * account.rows):
        refusal = account.refused[0]
        yield f"{len(account.refused):,} rows not understood, first row {refusal.row:,}: {refusal.reason}"
    if account.remarks["placeholder_citation"]:
        yield "citations of a public-inspection copy ([INSERT FR PAGE NUMBER])"
    for field, least in source.checks.filled.items():
        share = account.filled[field] / account.rows if account.rows else 0.0
        if share < least:
            yield f"{field} is filled in {share:.1%} of rows, at least {least:.1%} expected"
    if unknown := list(account.not_understood.items()):
        (field, rows), *more = unknown
        others = f" (and {len(more):,} more)" if more else ""
        yield f"field {field!r}, filled in {rows:,} rows, is not understood{others}"


def _within(feed: Feed, count: int) -> bool:
    return feed.least <= count and (feed.most is None or count <= feed.most)
