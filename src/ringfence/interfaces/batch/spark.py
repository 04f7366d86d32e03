"""Screening on Spark: the Arrow function of `arrow` in every task, on one copy of the lists for each executor.

The driver makes the index once and ships a folder (store, index, joined parties, what is asked); each Python process of
an executor opens it once and maps the index into memory, which the processes of a machine share. Answers have the
columns, types and values of a local screening. Needs pyspark with Java, and ringfence installed on the executors.
"""

import contextlib
import functools
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ringfence import Engine
from ringfence.errors import InputError
from ringfence.interfaces.batch.arrow import schema, screen_arrow
from ringfence.interfaces.batch.chunks import World
from ringfence.interfaces.batch.columns import Mapping, find_columns
from ringfence.interfaces.batch.table import parquet_support
from ringfence.records.codec import pack, unpack
from ringfence.store.address import address_of
from ringfence.store.journal import copy_file

_WORLD, _STORE = "world", "store.db"
_TEXTUAL = ("string", "varchar", "char", "int", "bigint", "smallint", "tinyint", "long", "date", "boolean")


class Frame(msgspec.Struct, frozen=True):
    """The columns of a data frame, as `find_columns` reads them."""

    header: tuple[str, ...]
    name: str = "the data frame"
    about: str = "columns of a Spark data frame"


def screen_frame(
    df: Any, world: World, *, maps: Sequence[str] = (), numbered: bool = False, engine: Engine | None = None
) -> Any:
    """The answers for the parties of a data frame, lazily: a data frame of the columns of `flat.COLUMNS`.

    `maps` are `target=column` pairs for columns whose meaning is not found. `numbered` numbers rows from 1 in the order of the
    partitions, at the cost of one count; it needs a source whose partitions do not change from one reading to the next, as files
    are. Raises InputError, before any task starts, when a column cannot be read as text or none holds names.
    """
    mapping = find_columns(Frame(tuple(df.columns)), maps)
    _check_types(df, mapping)
    used = list(dict.fromkeys(column.title for column in mapping.columns))
    places = {title: place for place, title in enumerate(used)}
    mapping = msgspec.structs.replace(
        mapping,
        columns=tuple(msgspec.structs.replace(c, index=places[c.title]) for c in mapping.columns),
    )
    asked = df.select([f"`{title.replace('`', '``')}`" for title in used])
    firsts = _first_rows(asked) if numbered else None
    folder = _shipped(df.sparkSession, world, engine)
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  only where there is Spark

    return asked.mapInArrow(
        functools.partial(_answer_partition, folder, mapping, firsts), from_arrow_schema(schema())
    )


def spark_of(master: str | None, name: str = "ringfence") -> Any:
    """The Spark session at hand, or a new one. Raises InputError, with what to install, where there is no Spark."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  hundreds of megabytes that only clusters need
    except ImportError:
        raise InputError(
            "screening on Spark needs pyspark and Java; install with: pip install 'ringfence[spark]'"
        ) from None
    builder = SparkSession.builder.appName(name)
    if master:
        builder = builder.master(master)
    session = builder.getOrCreate()
    if master and master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # the one that has ringfence
    session.sparkContext.setLogLevel("ERROR")  # what a person must know is told in one line
    return session


def _check_types(df: Any, mapping: Mapping) -> None:
    types = dict(df.dtypes)
    for column in mapping.columns:
        kind = types[column.title].removeprefix("array<").removesuffix(">").partition("(")[0]
        if kind not in _TEXTUAL and not kind.startswith("timestamp"):
            raise InputError(
                f"the column {column.title!r} is of type {types[column.title]}, which cannot be read as {column.target}; "
                f"cast it to string, or choose another with {column.target}=COLUMN"
            )


def _first_rows(df: Any) -> dict[int, int]:
    """The number of the first row of every partition."""
    counted = df.mapInArrow(_count, "partition int, rows long").collect()
    firsts, first = {}, 1
    for partition, rows in sorted(map(tuple, counted)):
        firsts[partition] = first
        first += rows
    return firsts


def _shipped(spark: Any, world: World, engine: Engine | None) -> str:
    """Ship the world to every executor; the name of its folder there."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-"))
    with contextlib.ExitStack() as stack:
        engine = engine or stack.enter_context(world.open())
        engine.lay_down(folder)
        # The clocks of the driver hold for every task, whenever it runs.
        fixed = msgspec.structs.replace(world, now=engine.now, on=engine.on, known_at=engine.known_at)
        (folder / _WORLD).write_bytes(pack(fixed))
    location = world.settings.store
    if (store := address_of(location).path) is not None and store.exists():
        copy_file(store, folder / _STORE)
    archive = Path(shutil.make_archive(str(folder), "zip", folder))
    shutil.rmtree(folder)
    spark.sparkContext.addArchive(str(archive))
    return archive.name


# What follows runs in the processes of executors.


def _count(batches: Iterable[Any]) -> Iterator[Any]:
    from pyspark import TaskContext  # noqa: PLC0415

    arrow, _ = parquet_support("Spark")
    task = TaskContext.get()
    counted = (task.partitionId() if task else 0, sum(batch.num_rows for batch in batches))
    columns = [arrow.array([counted[0]], arrow.int32()), arrow.array([counted[1]], arrow.int64())]
    yield arrow.record_batch(columns, names=["partition", "rows"])


def _answer_partition(
    folder: str, mapping: Mapping, firsts: dict[int, int] | None, batches: Iterable[Any]
) -> Iterator[Any]:
    from pyspark import TaskContext  # noqa: PLC0415

    engine, world = _world_here(folder)
    task = TaskContext.get()
    first_row = firsts[task.partitionId()] if firsts is not None and task else None
    yield from screen_arrow(engine, batches, mapping, lists=world.lists, first_row=first_row)


@functools.lru_cache(maxsize=1)
def _world_here(folder: str) -> tuple[Engine, World]:
    """The engine of this process: opened by its first task, kept for the others."""
    from pyspark import SparkFiles  # noqa: PLC0415

    place = Path(SparkFiles.get(folder))
    world = unpack((place / _WORLD).read_bytes(), World)
    store = str(place / _STORE) if address_of(world.settings.store).path else world.settings.store
    settings = msgspec.structs.replace(world.settings, store=store, cache=str(place / "cache"))
    engine = contextlib.ExitStack().enter_context(
        Engine.open(
            settings, now=world.now, on=world.on, known_at=world.known_at, extra=world.extra, made=place
        )
    )
    return engine, world
