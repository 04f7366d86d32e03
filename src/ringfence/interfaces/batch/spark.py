"""Screening on Spark: the Arrow function of `arrow` in every task, on one copy of the lists for each executor.

The driver makes the index once and ships a folder (store, index, joined parties, what is asked); each Python process of
an executor opens it once and maps the index into memory, which the processes of a machine share. Answers have the
columns, types and values of a local screening. Rows get their numbers, and meet rows of the same party, by what Spark
does over all of them; no process holds the names of a whole table. Needs pyspark with Java, and ringfence installed on
the executors.
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
from ringfence.interfaces.batch.arrow import schema, screen_rows
from ringfence.interfaces.batch.chunks import World
from ringfence.interfaces.batch.columns import MOST_KINDS, Mapping, find_columns, read_rows
from ringfence.interfaces.batch.table import Cell, Row, arrow_rows, parquet_support, short_row
from ringfence.records.codec import pack, unpack
from ringfence.store.address import address_of
from ringfence.store.journal import copy_file

SHORT = "\x01 short"
"""A column that a frame may have, and no file has: of a row with fewer cells than the header `3 4`, how many of how many."""
_WORLD, _STORE = "world", "store.db"
_PLACE, _FIRST = "_ringfence_place", "_ringfence_first"
"""Where a row stands (its partition, and its place in there), and where the first row of the same party does."""
_IN_PARTITION = 33
"""Bits of a place that count within a partition, as `monotonically_increasing_id` has them."""
_TEXTUAL = ("string", "varchar", "char", "int", "bigint", "smallint", "tinyint", "long", "date", "boolean")


class Frame(msgspec.Struct, frozen=True):
    """The columns of a data frame, as `find_columns` reads them."""

    header: tuple[str, ...]
    name: str = "the data frame"
    about: str = "columns of a Spark data frame"


class Numbers(msgspec.Struct, frozen=True):
    """How rows are numbered: the number of the first row of each partition, and how many lines come before row 1.

    `kinds` are the kinds to be told as unknown, each with the number of the row that is told.
    """

    firsts: dict[int, int]
    lines_before: int
    kinds: dict[int, int] = {}

    def of(self, place: int) -> int:
        """The number of the row at a place."""
        return self.firsts[place >> _IN_PARTITION] + (place & ((1 << _IN_PARTITION) - 1))


def frame_mapping(df: Any, maps: Sequence[str] = (), name: str = "the data frame") -> Mapping:
    """What the columns of a data frame mean; `maps` are `target=column` pairs for those whose meaning is not found.

    Messages call the frame `name`. Raises InputError when a column cannot be read as text or none holds names.
    """
    mapping = find_columns(Frame(tuple(title for title in df.columns if title != SHORT), name), maps)
    _check_types(df, mapping)
    return mapping


def screen_frame(
    df: Any,
    world: World,
    mapping: Mapping,
    *,
    numbered: bool = True,
    lines_before: int = 0,
    engine: Engine | None = None,
) -> Any:
    """The answers for the parties of a data frame, lazily: a data frame of the columns of `flat.COLUMNS`.

    `numbered` numbers rows from 1 in the order of the partitions, and remarks on a party that stands in a row before; remarks
    add `lines_before` to the numbers, as those of a file with a header do. For that the columns in use are read once now and kept
    by the executors (on disk where memory does not do) until the session ends or clears its cache.
    """
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  only where there is Spark

    used = list(dict.fromkeys(column.title for column in mapping.columns))
    places = {title: place for place, title in enumerate(used)}
    mapping = msgspec.structs.replace(
        mapping,
        columns=tuple(msgspec.structs.replace(c, index=places[c.title]) for c in mapping.columns),
    )
    kept = [*used, *(title for title in df.columns if title == SHORT)]
    asked = df.select([f"`{title.replace('`', '``')}`" for title in kept])
    numbers = None
    if numbered:
        asked, numbers = _compared(asked, mapping, lines_before)
    folder = _shipped(df.sparkSession, world, engine)
    answer = functools.partial(_answer_partition, folder, mapping, numbers)
    return asked.mapInArrow(answer, from_arrow_schema(schema()))


def spark_of(master: str | None, name: str = "ringfence") -> Any:
    """The Spark session at hand, or a new one. Raises InputError, with what to install, where there is no Spark."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  hundreds of megabytes that only clusters need
    except ImportError:
        raise InputError(
            "screening on Spark needs pyspark and Java; install with: pip install 'ringfence[spark]'"
        ) from None
    # Progress is shown by who asks for the session, and only to a person.
    builder = SparkSession.builder.appName(name).config("spark.ui.showConsoleProgress", "false")
    if master:
        builder = builder.master(master)
    session = builder.getOrCreate()
    if master and master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # the one that has ringfence
    # What a person must know is told in one line, the cause of an error included; its traces are with Spark.
    session.sparkContext.setLogLevel("FATAL")
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


def _compared(asked: Any, mapping: Mapping, lines_before: int) -> tuple[Any, Numbers]:
    """The columns asked with two more, the place of each row and that of the first row of the same party, and the numbers.

    Places are kept with the rows, so that they stay what they are however often and wherever rows are read. Rows of one party are
    found by a window over digests alone: a name that stands in very many rows costs the sorting of so many numbers.
    """
    from pyspark.sql import Window  # noqa: PLC0415
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  the name that everybody gives it

    titles = list(asked.columns)
    placed = asked.withColumn(_PLACE, F.monotonically_increasing_id()).persist()
    partition = F.shiftright(_PLACE, _IN_PARTITION).alias("partition")
    firsts, first = {}, 1
    for number, rows in sorted(map(tuple, placed.groupBy(partition).count().collect())):
        firsts[number] = first
        first += rows
    numbers = Numbers(firsts, lines_before)
    met = placed.mapInArrow(functools.partial(_met_in_partition, mapping), "place long, key long, kind long")
    if mapping.of("kind"):
        kinds = met.where("kind is not null").groupBy("kind").agg(F.min("place").alias("place"))
        told = kinds.orderBy("place").limit(MOST_KINDS).collect()
        numbers = msgspec.structs.replace(numbers, kinds={row.kind: numbers.of(row.place) for row in told})
    same = Window.partitionBy("key")
    again = (
        met.where("key is not null")
        .select(F.col("place").alias(_PLACE), F.min("place").over(same).alias(_FIRST))
        .where(F.col(_FIRST) < F.col(_PLACE))
    )
    quoted = [f"`{title.replace('`', '``')}`" for title in (*titles, _PLACE, _FIRST)]
    return placed.join(again, _PLACE, "left").select(quoted), numbers


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


class _Noting:
    """Notes of each row what may stand in another row as well: its name and country, and a kind that is not known."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, int | None, int | None]] = []
        self._kinds: set[int] = set()

    def same(self, key: int, row: Row) -> None:
        """Note the name and country."""
        self.noted.append((row.number, key, None))

    def is_first(self, kind: int, row: Row) -> bool:
        """Note a kind, once in a partition."""
        if kind not in self._kinds and len(self._kinds) < MOST_KINDS:
            self._kinds.add(kind)
            self.noted.append((row.number, None, kind))
        return False


def _met_in_partition(mapping: Mapping, batches: Iterable[Any]) -> Iterator[Any]:
    """What `_Noting` notes of the rows, which have their place as their last column."""
    arrow, _ = parquet_support("Spark")
    noting = _Noting()
    names = ["place", "key", "kind"]
    for batch in batches:
        places = batch.column(batch.num_columns - 1).to_pylist()
        rows = (Row(place, 0, *row) for place, row in zip(places, _cells_of(batch, 1), strict=True))
        for _ in read_rows(rows, mapping, noting):
            pass
        columns = list(zip(*noting.noted, strict=True)) or [()] * len(names)
        yield arrow.record_batch([arrow.array(column, arrow.int64()) for column in columns], names=names)
        noting.noted.clear()


class _Known:
    """The rows before a row, as Spark found them: `lines` has the line of the first row of the same party, by number."""

    def __init__(self, kinds: dict[int, int]) -> None:
        self.lines: dict[int, int] = {}
        self._kinds = kinds

    def same(self, key: int, row: Row) -> int | None:  # noqa: ARG002 - found by the key before
        """The line of the first row with this name and country."""
        return self.lines.get(row.number)

    def is_first(self, kind: int, row: Row) -> bool:
        """Whether the kind is to be named here."""
        return self._kinds.get(kind) == row.number


def _answer_partition(
    folder: str, mapping: Mapping, numbers: Numbers | None, batches: Iterable[Any]
) -> Iterator[Any]:
    engine, world = _world_here(folder)
    if numbers is None:
        unordered = ((Row(0, 0, *row) for row in _cells_of(batch, 0)) for batch in batches)
        yield from screen_rows(engine, unordered, mapping, others=None, lists=world.lists)
        return
    known = _Known(numbers.kinds)
    ordered = (_numbered_rows(batch, numbers, known) for batch in batches)
    yield from screen_rows(engine, ordered, mapping, others=known, lists=world.lists)


def _numbered_rows(batch: Any, numbers: Numbers, known: _Known) -> list[Row]:
    """The rows of a batch that ends in the columns `_PLACE` and `_FIRST`; `known` learns what it has of them."""
    places, firsts = (batch.column(batch.num_columns - back).to_pylist() for back in (2, 1))
    numbered = [numbers.of(place) for place in places]
    known.lines = {
        number: numbers.of(first) + numbers.lines_before
        for number, first in zip(numbered, firsts, strict=True)
        if first is not None
    }
    return [
        Row(number, number + numbers.lines_before, *row)
        for number, row in zip(numbered, _cells_of(batch, 2), strict=True)
    ]


def _cells_of(batch: Any, added: int) -> Iterator[tuple[tuple[Cell, ...], tuple[str, ...]]]:
    """The cells of each row, before the columns that were added, and what is to be remarked on those that are not there."""
    place = batch.schema.get_field_index(SHORT)
    for row in arrow_rows(batch):
        short = str(row[place]) if place >= 0 else ""
        remarks = (short_row(*map(int, short.split())),) if short else ()
        yield row[: place if place >= 0 else len(row) - added], remarks


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
