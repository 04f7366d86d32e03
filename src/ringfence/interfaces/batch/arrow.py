"""Arrow in, Arrow out: the one function that screens columns, for files on one machine and for Spark alike.

Needs pyarrow (the extra `batch`). A batch of parties becomes rows of text as every other table does, and answers become
columns in the order and types of `flat.COLUMNS`. Knows nothing of processes or clusters.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any

from ringfence import Engine, Screening
from ringfence.interfaces.batch.columns import Mapping, Others, read_rows
from ringfence.interfaces.batch.flat import COLUMNS, ValueType, flat_rows
from ringfence.interfaces.batch.screening import answered
from ringfence.interfaces.batch.table import Row, parquet_support


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


def screen_rows(
    engine: Engine,
    batches: Iterable[Iterable[Row]],
    mapping: Mapping,
    *,
    others: Others | None,
    lists: Collection[str] | None = None,
) -> Iterator[Any]:
    """Screen batches of rows; one record batch of answers for each, in their order.

    `mapping` says what the cells mean (`columns.find_columns`); `others` compares rows with those before them, as remarks do.
    Raises QueryError for a name that no run could compare.
    """
    for rows in batches:
        asked = read_rows(rows, mapping, others)
        yield answers_batch(answered(asked, lambda queries: engine.screen(queries, lists=lists)))
