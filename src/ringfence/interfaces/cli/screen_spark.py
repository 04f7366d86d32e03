"""`ringfence screen --engine spark IN OUT`: the same screening as a Spark job, for parties that outgrow one machine."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import msgspec
from rich.markup import escape

from ringfence import Engine, in_ledger
from ringfence.errors import InputError
from ringfence.interfaces.batch import World
from ringfence.interfaces.batch.spark import frame_mapping, screen_frame, spark_of
from ringfence.interfaces.cli import console

_SPOILED = "remarks rlike ': the name (begins like a formula|is the error value)'"
_LOOK_EVERY = 0.5


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
    with _told(), _following(spark):
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
        # A quoted cell may hold line ends: a file is one task, and many files are many.
        options = {
            "header": True,
            "multiLine": True,
            "escape": '"',
            "mode": "FAILFAST",
            "sep": "\t" if suffixes == ".tsv" else ",",
        }
        return spark.read.options(**options).csv(file), 1
    if suffixes in (".jsonl", ".ndjson", ".json"):
        return spark.read.json(file, mode="FAILFAST"), 0
    return spark.read.parquet(file), 0


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Errors of Spark about what it was asked to read or write, in one line."""
    from pyspark.errors import AnalysisException, PySparkException  # noqa: PLC0415

    try:
        yield
    except AnalysisException as error:
        raise InputError(f"Spark: {str(error).splitlines()[0]}") from None
    except PySparkException as error:
        raise InputError(f"Spark ended the job: {str(error).splitlines()[0]}") from error


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
