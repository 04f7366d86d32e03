"""Screening on Spark: two workers, each a process of its own, answer as one machine does."""

import datetime as dt
import random
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.graph.worlds import ownership, owns, status

import ringfence.spark
from ringfence import Settings
from ringfence.errors import InputError
from ringfence.interfaces.batch import World, find_columns, in_chunks, open_table, read_queries, writer_for

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
pa = pytest.importorskip("pyarrow", reason="needs the batch extra")
pq = pytest.importorskip("pyarrow.parquet", reason="needs the batch extra")
sql = pytest.importorskip("pyspark.sql", reason="needs the spark extra: pip install 'ringfence[spark]'")
if shutil.which("java") is None:
    pytest.skip("needs Java, on which Spark runs", allow_module_level=True)


NOW = dt.datetime(2019, 10, 20, 12, tzinfo=dt.UTC)
NAMES = (
    "Hikvision",
    "Dahua Technology",
    "Bäckerei Schmidt",
    "Yitu",
    "Global Trading Co",
    "",
    "中山大学",
    "x" * 12_000,
)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = (
        sql.SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.sql.files.maxPartitionBytes", "8000")
        .config("spark.sql.files.openCostInBytes", "0")
        .getOrCreate()
    )
    session.sparkContext.pythonExec = sys.executable  # the Python that has ringfence
    yield session
    session.stop()


@pytest.fixture
def world(tmp_path: Path) -> World:
    settings = Settings(store=str(tmp_path / "none.db"), cache=str(tmp_path / "cache"))
    return World(settings=settings, now=NOW, lists=("us",))


def parties(path: Path, rows: int) -> Path:
    table = pa.table(
        {
            "id": [f"S-{n}" for n in range(rows)],
            "Supplier name": [
                f"{NAMES[n % len(NAMES)]}{f' {n}' if n % 5 else ''}"[:12_000] for n in range(rows)
            ],
            "aliases": [["SenseTime"] if n % 50 == 0 else [] for n in range(rows)],
            "country": [("CN", "DE", "Atlantis", None)[n % 4] for n in range(rows)],
        }
    )
    pq.write_table(table, path, row_group_size=100)
    return path


def locally(world: World, file: Path, out: Path) -> Any:
    with open_table(file) as table, world.open() as engine, writer_for(out) as writer:
        for chunk in in_chunks(engine, world, read_queries(table, find_columns(table)), {"parquet"}):
            writer.append(chunk.pieces["parquet"])
    return pq.read_table(out)


def without_comparisons(table: Any) -> list[dict[str, Any]]:
    """The rows, without the remarks that compare a row with others: no task sees the whole table."""
    rows = table.to_pylist()
    for row in rows:
        kept = [
            re.sub("^.*?, row ", "row ", remark)  # the place: a file here, a data frame there
            for remark in (row["remarks"] or "").split(" | ")
            if remark and "the same name and country" not in remark
        ]
        row["remarks"] = kept
    return rows


def test_two_workers_answer_row_for_row_as_one_machine(spark: Any, world: World, tmp_path: Path) -> None:
    file = parties(tmp_path / "p.parquet", 1_000)
    df = spark.read.parquet(str(file))
    answers = ringfence.spark.screen(
        df, world.settings, now=NOW, lists=world.lists, numbered=True, maps=["name=Supplier name"]
    )
    assert df.rdd.getNumPartitions() > 2
    answers.write.parquet(str(tmp_path / "o"))
    found = pq.read_table(tmp_path / "o").select(answers.columns)
    order = sorted(range(found.num_rows), key=lambda n: found["row"][n].as_py())
    assert without_comparisons(found.take(order)) == without_comparisons(
        locally(world, file, tmp_path / "local.parquet")
    )


def test_columns_are_refused_before_any_task_starts(spark: Any, world: World) -> None:
    df = spark.createDataFrame([({"a": 1},)], "name map<string,int>")
    with pytest.raises(InputError, match="'name' is of type map<string,int>"):
        ringfence.spark.screen(df, world.settings, now=NOW)
    with pytest.raises(InputError, match="no column of names"):
        ringfence.spark.screen(spark.range(3).withColumnRenamed("id", "amount"), world.settings, now=NOW)


SHARES = ("10%", "24.9%", "25-50%", "33.3%", "49.999%", "50%", ">50%", ">25%", "60%", "<25%", "", "100%")
ON = dt.date(2025, 10, 15)


def test_ownership_by_joins_is_ownership_in_memory(spark: Any) -> None:
    """Thirty random graphs at once: where half is enough, where more is asked, and where only owners together are added."""
    draw = random.Random(20_191_009)
    held = {
        (f"{graph}-{draw.randrange(8)}", f"{graph}-{draw.randrange(8)}"): draw.choice(SHARES)
        for graph in range(30)
        for _ in range(14)
    }
    rows = [(owner, owned, share) for (owner, owned), share in held.items() if owner != owned]
    parties = {name for row in rows for name in row[:2]}
    listed = sorted({f"{graph}-{draw.randrange(8)}" for graph in range(30)} & parties)
    edges = spark.createDataFrame(rows, "owner string, owned string, share string")
    seeds = spark.createDataFrame([(name,) for name in listed], "node string")
    links = [owns(owner, share, owned) for owner, owned, share in rows]
    for regime, on in (("bis", ON), ("eu", dt.date(2023, 10, 15)), ("uk", ON), ("ofac", dt.date(2012, 1, 1))):
        memory = ownership(links, *listed, regime=regime, on=on)
        standing = {name: status(memory, name) for name in parties}
        found = ringfence.spark.owned(edges, seeds, regime=regime, on=on).collect()
        assert {row.node: row.definite for row in found} == {
            name: said in ("listed", "owned")
            for name, said in standing.items()
            if said in ("listed", "owned", "possibly_owned")
        }
        assert {"listed", "owned", "possibly_owned", "minority"} <= set(standing.values())


def test_a_share_that_is_none_is_told(spark: Any) -> None:
    edges = spark.createDataFrame([("A", "B", "half")], "owner string, owned string, share string")
    with pytest.raises(InputError, match="the share 'half' that 'A' has of 'B' cannot be read"):
        ringfence.spark.owned(edges, spark.createDataFrame([("A",)], "node string"), regime="bis", on=ON)
