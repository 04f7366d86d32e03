"""Screening on Spark: two workers, each a process of its own, answer as one machine does."""

import datetime as dt
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.graph.worlds import ownership, owns, status

import ringfence.spark
from ringfence import Settings
from ringfence.errors import InputError
from ringfence.interfaces.batch import World, find_columns, in_chunks, open_table, read_queries, writer_for
from ringfence.interfaces.cli import main

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
            "kind": [("company", "gizmo", "Ship yard", None, "gadget")[n // 90 % 5] for n in range(rows)],
        }
    )
    pq.write_table(table, path, row_group_size=100)
    return path


def locally(world: World, file: Path, out: Path) -> Any:
    with open_table(file) as table, world.open() as engine, writer_for(out) as writer:
        for chunk in in_chunks(engine, world, read_queries(table, find_columns(table)), {"parquet"}):
            writer.append(chunk.pieces["parquet"])
    return pq.read_table(out)


def in_order(table: Any) -> list[dict[str, Any]]:
    """The rows in the order of the file; hits of one party stay as they are."""
    return sorted(table.to_pylist(), key=lambda row: row["row"])


def test_two_workers_answer_row_for_row_as_one_machine(spark: Any, world: World, tmp_path: Path) -> None:
    file = parties(tmp_path / "p.parquet", 1_000)
    df = spark.read.parquet(str(file))
    answers = ringfence.spark.screen(
        df, world.settings, now=NOW, lists=world.lists, maps=["name=Supplier name"], name=str(file)
    )
    assert df.rdd.getNumPartitions() > 2
    answers.write.parquet(str(tmp_path / "o"))
    found = pq.read_table(tmp_path / "o").select(answers.columns)
    local = locally(world, file, tmp_path / "local.parquet")
    assert in_order(found) == local.to_pylist()
    said = " ".join(filter(None, local["remarks"].to_pylist()))
    assert said.count("the same name and country as in row") > 100
    assert said.count("said once for all rows") == 3
    spark.catalog.clearCache()


@pytest.mark.parametrize("broadcast", ["10MB", "-1"])
def test_any_rows_in_any_partitions_are_compared_as_in_a_file(
    spark: Any, world: World, tmp_path: Path, broadcast: str
) -> None:
    """Names that stand very often, kinds that stand once, whether the rows met again are joined here or there."""
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", broadcast)
    draw = random.Random(broadcast)
    rows = [
        {
            "name": draw.choice(("Often", "often.", " ", draw.choice(NAMES[:5]), f"Once {n}")),
            "country": draw.choice(("US", "DE", "USA")),
            "kind": draw.choice(("company", f"odd {draw.randrange(300)}")),
        }
        for n in range(2_000)
    ]
    rows[-1]["name"] = "Last"  # blank rows at the end are no part of a file
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=30)
    df = spark.read.parquet(str(tmp_path / "p.parquet"))
    found = ringfence.spark.screen(
        df, world.settings, now=NOW, lists=world.lists, name=str(tmp_path / "p.parquet")
    )
    found = sorted(
        ({"row": one.row, "remarks": one.remarks} for one in found.collect()), key=lambda one: one["row"]
    )
    local = locally(world, tmp_path / "p.parquet", tmp_path / "local.parquet").select(["row", "remarks"])
    assert found == local.to_pylist()
    spark.catalog.clearCache()


def test_rows_without_an_order_have_no_number_and_are_compared_with_none(spark: Any, world: World) -> None:
    df = spark.createDataFrame(
        [("Zyxar Brno", "Atlantis"), ("Zyxar Brno", None)], "name string, country string"
    )
    found = ringfence.spark.screen(df, world.settings, now=NOW, lists=world.lists, numbered=False).collect()
    assert [one.row for one in found] == [None, None]
    assert sorted(one.remarks or "" for one in found) == [
        "",
        "the data frame: the country 'Atlantis' is not known and was not used; write its ISO code",
    ]


def test_the_command_on_spark_writes_what_the_command_writes(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of a file with a header, and quoted cells that hold line ends, are told as on one machine."""
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))
    text = 'id,name,country,kind\nA,Hikvision,Atlantis,gizmo\nB,"Acme\nLtd",DE,gizmo\nC,hikvision,,gadget\nD,,,\n'
    text += 'E,Acme ltd,DE\nF,Dahua\n,\nG,"Acme, ""Inc""",FR,,,\n'
    file, one, two = (str(tmp_path / name) for name in ("p.csv", "one.parquet", "two.parquet"))
    Path(file).write_text(text, encoding="utf-8")
    for arguments in ([file, "--out", one], [file, two, "--engine", "spark"]):
        done = CliRunner().invoke(main, ["--store", str(tmp_path / "none.db"), "screen", *arguments])
        assert done.exit_code == 0, done.output
        assert "from column 'name'" in done.output
    local, there = (in_order(pq.read_table(name)) for name in (one, two))
    for row in (*local, *there):
        row["at"] = row["known_at"] = None  # two commands, two instants
    assert there == local
    said = " | ".join(row["remarks"] or "" for row in there)
    assert "p.csv, row 6: the same name and country as in row 3" in said
    assert "p.csv, row 7: only 2 of 4 cells are there; the others were read as empty" in said


BROKEN = {
    "more.csv": ("id,name,country\nA,Hikvision,CN\nB,Acme,DE,x,y\nC,Dahua,CN\n", "more cells than the header: 'B,Acme,DE,x,y'"),
    "quoted.csv": ('id,name\nA,"Acme, ""Ltd""",x\n', "more cells than the header: 'A,\"Acme, \"\"Ltd\"\"\",x'"),
    "unused.csv": ("id,name,note\nA,Hikvision,\nB,Acme,x,y\n", "more cells than the header: 'B,Acme,x,y'"),
    "none.jsonl": ('{"name":"Hikvision"}\nno JSON\n{"name":"Acme"}\n', "not a JSON object (Unrecognized token 'no')"),
    "cut.jsonl": ('{"name":"Hikvision"}\n{"name":"Acme"', "not a JSON object"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_line_that_cannot_be_read_ends_the_job_in_one_line_and_writes_nothing(
    spark: Any, tmp_path: Path, name: str
) -> None:
    text, told = BROKEN[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    arguments = ["screen", str(tmp_path / name), str(tmp_path / "out.parquet"), "--engine", "spark"]
    done = CliRunner().invoke(main, ["--store", str(tmp_path / "none.db"), *arguments])
    assert done.exit_code == 2
    said = done.output.splitlines()[-1]
    assert said.startswith(f"ringfence: {tmp_path / name}: a line ")
    assert told in said
    assert said.endswith("Correct it or take it out; nothing was written.")
    assert not (tmp_path / "out.parquet").exists()


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
