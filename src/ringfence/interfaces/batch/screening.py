"""The rows of a table answered one by one, the remarks on a row joined with those on its answer."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from ringfence.interfaces.batch.columns import Mapping, read_queries
from ringfence.interfaces.batch.table import Table
from ringfence.records import Query, Screening

Screen = Callable[[Iterable[Query]], Iterable[Screening]]
"""Gives one answer a query, in order."""


def screened(table: Table, mapping: Mapping, screen: Screen) -> Iterator[Screening]:
    """One answer a row, in the order of the file, by `screen`. The remarks of the row come before its own."""
    return answered(read_queries(table, mapping), screen)


def answered(asked: Iterable[tuple[Query, tuple[str, ...]]], screen: Screen) -> Iterator[Screening]:
    """One answer for each query with the remarks on its row."""
    waiting: deque[tuple[str, ...]] = deque()
    for answer in screen(_noted(asked, waiting)):
        remarks = waiting.popleft()
        # The table says where a name is missing; the engine could only say that it is.
        own = answer.remarks if answer.query.name else ()
        both = (*remarks, *own)
        yield answer if both == answer.remarks else msgspec.structs.replace(answer, remarks=both)


def _noted(rows: Iterable[tuple[Query, tuple[str, ...]]], waiting: deque[tuple[str, ...]]) -> Iterator[Query]:
    """The queries of a table, their remarks set aside in the same order."""
    for query, remarks in rows:
        waiting.append(remarks)
        yield query
