"""`ringfence screen --engine spark IN OUT`: the same screening as a Spark job, for parties that outgrow one machine."""

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import msgspec
from rich.markup import escape

from ringfence import Engine, in_ledger
from ringfence.errors import InputError
from ringfence.interfaces.batch import World
from ringfence.interfaces.batch.spark import SHORT, frame_mapping, screen_frame, spark_of
from ringfence.interfaces.cli import console

_SPOILED = "remarks rlike ': the name (begins like a formula|is the error value)'"
_SPOILED_LINE = "\x01 line"
"""A column that no file has: of lines that do not fit."""
_LOOK_EVERY = 0.5
_SHOWN = 100
_READING = re.compile(r"while reading file (\S+?)\.?\s")
_TABLE_LINE = re.compile(r"Malformed CSV record: (.*?)(?: SQLSTATE: \w+)?$", re.MULTILINE)
_NOT_JSON = re.compile(r"JsonParseException: (.*?)(?:: was expecting .*)?$", re.MULTILINE)


def screen_on_spark(
    file: str, outs: tuple[str, ...], maps: tuple[str, ...], world: World, engine: Engine, master: str | None
) -> tuple[dict[str, int], int]:
    """Screen `file` into a folder of Parquet files; how many parties had which outcome, and how many names were formulas.

    `file` is Parquet, CSV or JSON Lines, or a folder of them, at any address that Spark reads. The output appears whole or, by
    its missing `_SUCCESS`, not at all. Raises InputError for what cannot be read or written.
    """
    if len(outs) != 1 or PurePath(outs[0]).suffix not in ("", ".parquet"):
        raise InputError(
            "Spark writes one folder of Parquet files: ringfence screen --engine spark IN OUT.parquet"
        )
    spark = spark_of(master)
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # or instants lose their zone
    with _told(file), _following(spark):
        parties, lines_before = _read(spark, file)
        mapping = frame_mapping(parties, maps, file)
        for line in mapping.lines():
            console.people.print(escape(line))
        answers = screen_frame(parties, world, mapping, lines_before=lines_before, engine=engine)
        answers.write.parquet(outs[0])
        written = spark.read.parquet(outs[0])
        outcomes = {
            row["outcome"]: row["count"]
            for row in written.select("row", "outcome").distinct().groupBy("outcome").count().collect()
        }
        spoiled = written.where(_SPOILED).select("row").distinct().count()
    return outcomes, spoiled


def record_on_spark(file: str, world: World, engine: Engine, outcomes: dict[str, int]) -> bool:
    """One line in the ledger, without digests of what was asked and answered: no process has seen it all."""
    said = {
        "regimes": ["EAR", "OFAC"],
        "parties": sum(outcomes.values()),
        "outcomes": outcomes,
        "engine": "spark",
        "provenance": msgspec.to_builtins(engine.provenance(engine.lists_asked(world.lists))),
    }
    return in_ledger(world.settings.store, "screen", [(PurePath(file).name, said)], at=world.now) is not None


def _read(spark: Any, file: str) -> tuple[Any, int]:
    """The parties as a data frame, and how many lines come before the first."""
    suffixes = PurePath(file.removesuffix("/").removesuffix(".gz")).suffix.lower()
    if suffixes in (".csv", ".tsv"):
        return _table(spark, file, "\t" if suffixes == ".tsv" else ","), 1
    if suffixes in (".jsonl", ".ndjson", ".json"):
        return spark.read.json(file, mode="FAILFAST"), 0
    return spark.read.parquet(file), 0


def _table(spark: Any, file: str, separator: str) -> Any:
    """The rows of a text table; a row with fewer cells than the header has no others, one with more ends the job."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  the name that everybody gives it
    from pyspark.sql.types import StringType, StructType  # noqa: PLC0415

    # A quoted cell may hold line ends: a file is one task, and many files are many.
    options = {"header": True, "multiLine": True, "escape": '"', "sep": separator}
    columns = spark.read.options(**options).csv(file).columns
    schema = StructType()
    for name in (*columns, _SPOILED_LINE):
        schema.add(name, StringType())
    # Spark keeps a line aside that does not fit, be it too short or too long.
    kept = options | {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": _SPOILED_LINE}
    rows = spark.read.schema(schema).options(**kept).csv(file)
    line = F.col(f"`{_SPOILED_LINE}`")

    def count(text: Any) -> Any:
        between = F.regexp_replace(F.regexp_replace(text, '"([^"]|"")*"', ""), f"[^{separator}]", "")
        return F.length(between) + 1

    # Cells beyond the header may be there if they are empty.
    full = F.regexp_replace(line, rf"[{separator}\s]+$", "")
    refused = F.raise_error(F.concat(F.lit("Malformed CSV record: "), line)).cast("boolean")
    fits = F.when(line.isNotNull() & (count(full) > len(columns)), refused).otherwise(F.lit(True))
    cells = [F.col(f"`{name}`") for name in columns]
    short = line.isNotNull() & (count(line) < len(columns)) & F.coalesce(*cells).isNotNull()
    told = F.when(short, F.concat(count(line).cast("string"), F.lit(f" {len(columns)}")))
    return rows.where(fits).select(*cells, told.alias(SHORT))


@contextlib.contextmanager
def _told(file: str) -> Iterator[None]:
    """Errors of Spark about what it was asked to read or write, in one line."""
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import AnalysisException, PySparkException  # noqa: PLC0415

    try:
        yield
    except AnalysisException as error:
        raise InputError(f"Spark: {str(error).splitlines()[0]}") from None
    except (PySparkException, Py4JError) as error:
        raise InputError(_why(f"{error}\n{getattr(error, '_stackTrace', '')}", file)) from error


def _why(said: str, file: str) -> str:
    """What Spark says of a job that ended, with the traces of all its processes, in one line: the file where it names one, and
    the cause behind all others.
    """
    read = _READING.search(said)
    where = read[1].removeprefix("file://") if read else file
    if line := _TABLE_LINE.search(said):
        return (
            f"{where}: a line has more cells than the header: {line[1][:_SHOWN]!r}. Correct it or take it out; nothing was "
            f"written."
        )
    if "MALFORMED_RECORD" in said:
        found = _NOT_JSON.search(said)
        about = f" ({found[1][:_SHOWN]})" if found else ""
        return f"{where}: a line is not a JSON object{about}. Correct it or take it out; nothing was written."
    causes = [
        line.removeprefix("Caused by: ") for line in said.splitlines() if line.startswith("Caused by: ")
    ]
    return f"{where}: Spark ended the job: {(causes or said.splitlines())[-1 if causes else 0]}"


@contextlib.contextmanager
def _following(spark: Any) -> Iterator[None]:
    """Show how many tasks of the stages at work are done."""
    ended = threading.Event()
    tracker = spark.sparkContext.statusTracker()

    def follow(progress: console.Steps) -> None:
        while not ended.wait(_LOOK_EVERY):
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            for stage in filter(None, stages):
                progress(f"stage {stage.stageId}", stage.numCompletedTasks, stage.numTasks)

    with console.steps() as progress:
        thread = threading.Thread(target=follow, args=(progress,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
