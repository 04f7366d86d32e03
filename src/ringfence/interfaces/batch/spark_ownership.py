"""The least fixpoint of ownership on Spark, for graphs that outgrow memory: the sums of `graph.fixpoint` as joins.

Every round joins what the parties reached last hold of others, adds it to what was held before, and takes in whoever
comes to the threshold; it ends when nobody new is reached, after as many rounds as the longest chain has links. Bounds are
the same integers as in memory, so the same parties are reached. Rounds are checkpointed, so plans stay short.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from ringfence.errors import InputError
from ringfence.graph.fixpoint import Scale
from ringfence.graph.regimes import Period
from ringfence.interfaces.batch.table import parquet_support
from ringfence.sources.links.shares import parse_share

DIGITS = 12
"""Decimal places that a share may have."""
_COMPILED = "owner string, owned string, low decimal(38,0), high decimal(38,0), problem string"


def owned_frame(edges: Any, seeds: Any, period: Period) -> Any:
    """Who is reached from `seeds` (column `node`): a data frame of `node`, `definite`, `possible`, seeds included.

    `edges` has `owner`, `owned` and `share`, as in a links table (`50%`, `25-50%`, `>50%`, empty for unknown). Two statements
    about one owner of one party are alternatives. `period` has the threshold, and says whether the shares of several owners
    are added; where they are not, those of owners are of whom one has most of the other. Raises InputError for a share that
    cannot be read.
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  the name that everybody gives it

    missing = {"owner", "owned", "share"} - set(edges.columns)
    if missing or "node" not in seeds.columns:
        raise InputError(
            f"ownership needs the columns owner, owned, share of links and node of seeds; missing: "
            f"{', '.join(sorted(missing)) or 'node'}"
        )
    scale = Scale(DIGITS)
    stated = edges.select("owner", "owned", F.col("share").cast("string").alias("share"))
    compiled = stated.mapInArrow(_compile, _COMPILED).localCheckpoint()
    spoiled = compiled.where("problem is not null").select("problem").head()
    if spoiled:
        raise InputError(spoiled[0])
    one = F.lit(Decimal(scale.one)).cast("decimal(38,0)")
    holdings = compiled.groupBy("owner", "owned").agg(F.min("low").alias("low"), F.max("high").alias("high"))
    totals = holdings.groupBy("owned").agg(F.sum("low").alias("certain"))
    left = one - F.col("certain") + F.col("low")
    highest = F.when(F.col("certain") > one, F.col("high")).otherwise(F.least("high", left))
    weighed = (
        holdings.join(totals, "owned")
        .select("owner", "owned", "low", highest.cast("decimal(38,0)").alias("high"))
        .localCheckpoint()
    )
    if period.aggregates:
        weighed = weighed.withColumn("pool", F.lit(""))
    else:
        weighed = weighed.join(_groups(weighed, Decimal(scale.one // 2)), "owner").localCheckpoint()
    need = Decimal(scale.exact(period.threshold) + (not period.reached_at_threshold))
    definite = _reached(weighed, "low", seeds, need)
    possible = _reached(weighed, "high", seeds, need)
    return possible.join(definite.withColumn("definite", F.lit(True)), "node", "left").select(
        "node", F.coalesce("definite", F.lit(False)).alias("definite"), F.lit(True).alias("possible")
    )


def _reached(weighed: Any, bound: str, seeds: Any, need: Decimal) -> Any:
    """The seeds, and every node of which those reached hold at least `need` in one pool."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    reached = fresh = seeds.select("node").distinct().localCheckpoint()
    held = None
    while not fresh.isEmpty():
        gained = weighed.join(fresh, weighed["owner"] == fresh["node"]).select(
            "owned", "pool", F.col(bound).alias("held")
        )
        both = gained if held is None else held.unionByName(gained)
        held = both.groupBy("owned", "pool").agg(F.sum("held").alias("held")).localCheckpoint()
        enough = held.where(F.col("held") >= F.lit(need)).select(F.col("owned").alias("node")).distinct()
        fresh = enough.join(reached, "node", "left_anti").localCheckpoint()
        reached = reached.unionByName(fresh).localCheckpoint()
    return reached


def _groups(weighed: Any, half: Decimal) -> Any:
    """Owners of whom one has more than half of the other, as groups: `owner` and the name of its group, `pool`.

    Each round every owner takes the least name among its neighbours, as many rounds as the longest way in a group.
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    groups = weighed.select("owner").distinct().withColumn("pool", F.col("owner")).localCheckpoint()
    most = weighed.where(F.col("low") > F.lit(half)).select("owner", "owned")
    both = most.unionByName(most.select(F.col("owned").alias("owner"), F.col("owner").alias("owned")))
    ties = both.distinct().localCheckpoint()
    while True:
        beside = ties.join(groups.withColumnRenamed("owner", "owned"), "owned").select("owner", "pool")
        least = groups.unionByName(beside).groupBy("owner").agg(F.min("pool").alias("least"))
        moved = groups.join(least, "owner").localCheckpoint()
        if moved.where(F.col("least") < F.col("pool")).isEmpty():
            return groups
        groups = moved.select("owner", F.col("least").alias("pool")).localCheckpoint()


def _compile(batches: Iterable[Any]) -> Iterator[Any]:
    """Shares as integers; a share that cannot be read is told as a problem."""
    arrow, _ = parquet_support("Spark")
    bound = arrow.decimal128(38, 0)
    for batch in batches:
        rows = [
            _compiled(*row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        ]
        columns = list(zip(*rows, strict=True)) or [()] * 5
        types = [arrow.string(), arrow.string(), bound, bound, arrow.string()]
        yield arrow.record_batch(
            [arrow.array(values, kind) for values, kind in zip(columns, types, strict=True)],
            names=["owner", "owned", "low", "high", "problem"],
        )


def _compiled(owner: str, owned: str, share: str | None) -> tuple[Any, ...]:
    scale = Scale(DIGITS)
    problem = None
    low, high = 0, scale.one
    try:
        if read := parse_share(share or ""):
            low = scale.low(read.low, is_open=read.open_low)
            high = scale.high(read.high, is_open=read.open_high)
    except ValueError as error:
        problem = f"the share {share!r} that {owner!r} has of {owned!r} cannot be read ({error}); write 50%, 25-50% or >50%"
    return owner, owned, Decimal(low), Decimal(high), problem
