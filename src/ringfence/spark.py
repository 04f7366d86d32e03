"""Screening and ownership on Spark, for books that outgrow one machine.

    import ringfence.spark
    answers = ringfence.spark.screen(spark.read.parquet("parties"), read_settings(), now=now)

Answers have the columns and the very values of `ringfence screen`. Install with `pip install 'ringfence[spark]'`.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ringfence import Listing, RuleStatus, Settings
from ringfence.graph.regimes import regime_of
from ringfence.interfaces.batch.chunks import World
from ringfence.interfaces.batch.spark import frame_mapping, screen_frame
from ringfence.interfaces.batch.spark_ownership import owned_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def screen(
    df: "DataFrame",
    settings: Settings,
    *,
    now: dt.datetime,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
    extra: Sequence[Listing] = (),
    lists: Collection[str] | None = None,
    maps: Sequence[str] = (),
    name: str = "the data frame",
    numbered: bool = True,
) -> "DataFrame":
    """The answers for the parties of a data frame, one row per party and hit and one per party without a hit.

    The other arguments mean what they mean for `Engine.open` and `Engine.screen`. Columns are found by their names, or given
    as `maps` (`name=Vendor`); remarks call the frame `name`. The data frame is lazy, and rests on the lists as they are when this
    is called.

    Rows are numbered in the order of the partitions (column `row`), and remarks say where a party stands in a row before. For
    that the columns in use are read once at the call and kept by the executors, on disk where memory does not do;
    `spark.catalog.clearCache()` frees them. With `numbered=False` nothing is read before the answers are, and no row has a
    number or is compared with others.

    Raises InputError, before any task starts, for columns that cannot be read.
    """
    world = World(
        settings=settings,
        now=now,
        on=on,
        known_at=known_at,
        extra=tuple(extra),
        lists=tuple(lists) if lists is not None else None,
    )
    answers: DataFrame = screen_frame(df, world, frame_mapping(df, maps, name), numbered=numbered)
    return answers


def owned(
    links: "DataFrame",
    listed: "DataFrame",
    *,
    regime: str,
    on: dt.date,
    affiliates_rule: RuleStatus | None = None,
) -> "DataFrame":
    """Who is owned by listed parties under a regime (`bis`, `ofac`, `eu`, `uk`) on a day: `node`, `definite`, `possible`.

    `links` has `owner`, `owned` (ids of parties) and `share` as in a links table; `listed` has `node`. The arithmetic is that
    of `ringfence exposure`: shares are exact, unknown ones from 0 to 1, and never multiplied along a chain; `definite` counts
    what is certain, `possible` what may be. Listed parties are in the answer. What stands beside shares (control, branches,
    nominees, share classes) is not asked here.

    Raises InputError for a column that is missing, and a share that cannot be read.
    """
    reached: DataFrame = owned_frame(links, listed, regime_of(regime).on(on, status=affiliates_rule))
    return reached


__all__ = ["owned", "screen"]
