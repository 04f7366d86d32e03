"""Arrow in, Arrow out: the one function that screens columns, for files on one machine and for Spark alike.

Needs pyarrow (the extra `batch`). A batch of parties becomes rows of text as every other table does, and answers become
columns in the order and types of `flat.COLUMNS`. Knows nothing of processes or clusters.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from ringfence import Engine, Screening
from ringfence.interfaces.batch.columns import Mapping, read_rows
from ringfence.interfaces.batch.flat import COLUMNS, ValueType, flat_rows
from ringfence.interfaces.batch.screening import answered
from ringfence.interfaces.batch.table import Row, arrow_rows, parquet_support


@cache
def schema() -> Any:
    """The Arrow schema of answers: one row per party and hit, and one per party without a hit."""
    arrow, _ = parquet_support("the output")
    types: dict[ValueType, Any] = {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "date": arrow.date32(),
        "instant": arrow.timestamp("us", tz="UTC"),
    }
    return arrow.schema(
        [
            arrow.field(column.title, types[column.type], metadata={"meaning": column.meaning})
            for column in COLUMNS
        ]
    )


def answers_batch(answers: Iterable[Screening]) -> Any:
    """Answers as one `pyarrow.RecordBatch` of `schema()`."""
    arrow, _ = parquet_support("the output")
    rows = [row for answer in answers for row in flat_rows(answer)]
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return arrow.record_batch(
        [arrow.array(values, field.type) for values, field in zip(columns, schema(), strict=True)],
        schema=schema(),
    )


def screen_arrow(
    engine: Engine,
    batches: Iterable[Any],
    mapping: Mapping,
    *,
    lists: Collection[str] | None = None,
    first_row: int | None = None,
) -> Iterator[Any]:
    """Screen record batches of parties; one record batch of answers for each, rows in order.

    `mapping` says what the columns of the batches mean (`columns.find_columns`). `first_row` is the number of the first row;
    None leaves rows unnumbered, as those of a table without an order are. Remarks that need the whole table
    (the same party twice) are not made. Raises QueryError for a name that no run could compare.
    """
    number = first_row or 1
    for batch in batches:
        rows = [Row(n, n, cells) for n, cells in enumerate(arrow_rows(batch), start=number)]
        number += len(rows)
        asked = read_rows(rows, mapping)
        if first_row is None:
            asked = ((msgspec.structs.replace(query, row=None), remarks) for query, remarks in asked)
        yield answers_batch(answered(asked, lambda queries: engine.screen(queries, lists=lists)))
