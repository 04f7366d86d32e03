"""Whether a release may be loaded: counts against what was declared and against the last good release.

A release that fails any check is held back whole. The message names each failure and its numbers.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

import msgspec

from ringfence.errors import HeldBack
from ringfence.records import Feed, Source
from ringfence.sources.row import Account


class Layout(msgspec.Struct, frozen=True):
    """The headings of the last good release whose columns are known by name, and the day of that release."""

    published_on: dt.date
    columns: tuple[str, ...]


def check(
    source: Source,
    name: str,
    account: Account,
    last_good: Mapping[str, int] | None,
    layout: Layout | None = None,
) -> None:
    """Raise HeldBack unless the release of `source` in file `name` is fit to load.

    `last_good` counts the entries of the last good release by list. `layout` is what its table looked like; None where
    columns stand in an order that the parser itself knows, or where another order was accepted.
    """
    failures = [*_failures(source, account, last_good or {}), *_changed_layout(account.columns, layout)]
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


_SAME_LAYOUT = 0.5
"""The share of headings in common from which on two tables are of one layout. A parser may know several."""


def _changed_layout(columns: tuple[str, ...], layout: Layout | None) -> Iterator[str]:
    """Columns that were moved or left out since the last good release.

    A table read by the names of its columns is read rightly in any order, as long as headings and cells moved together;
    nothing in the file proves that they did.
    """
    if layout is None or not columns:
        return
    now, before = set(columns), set(layout.columns)
    if len(now & before) < _SAME_LAYOUT * len(now | before):
        return
    if gone := [column for column in layout.columns if column not in now]:
        yield f"the column {gone[0]!r} of the release of {layout.published_on} is missing{_ACCEPT}"
        return
    was = [column for column in layout.columns if column in now]
    order = [column for column in columns if column in before]
    if was != order:
        moved, stood = next(pair for pair in zip(order, was, strict=True) if pair[0] != pair[1])
        yield (
            f"columns stand in another order than in the release of {layout.published_on}: {moved!r} stands where "
            f"{stood!r} stood{_ACCEPT}"
        )


_ACCEPT = " (look at the file, and if the publisher changed it on purpose, take it with --new-layout)"


def _within(feed: Feed, count: int) -> bool:
    return feed.least <= count and (feed.most is None or count <= feed.most)
