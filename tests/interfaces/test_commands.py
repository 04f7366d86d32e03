import csv
import io
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ringfence.interfaces.cli import console
from ringfence.store.database import STORE
from tests.interfaces.conftest import Run
from tests.stores import tamper

SUPPLIERS = Path(__file__).parents[2] / "examples" / "suppliers.csv"
CSL = "data/us/csl"


def test_every_command_teaches_itself(run: Run) -> None:
    top = run("--help")
    assert top.returncode == 0
    for command in ("lists", "refresh", "screen", "search", "show"):
        assert command in top.stdout
        assert "Usage: ringfence " + command in run(command, "--help").stdout


def test_without_a_download_the_reference_set_answers_and_says_what_it_is(run: Run) -> None:
    found = run("search", "Hikvision")
    assert found.returncode == 0
    assert "Hangzhou Hikvision Digital Technology Co., Ltd." in found.stdout
    assert "84 FR 54002" in found.stdout
    assert "reference set of October 2019, not a current list" in found.stderr


def test_a_listing_is_a_hit_from_the_day_it_took_effect(run: Run) -> None:
    assert (
        json.loads(run("search", "Hikvision", "--json", "--as-of", "2019-10-08").stdout)["outcome"]
        == "no_match"
    )
    assert (
        json.loads(run("search", "Hikvision", "--json", "--as-of", "2019-10-09").stdout)["outcome"] == "hit"
    )


def test_the_answer_follows_the_contract(run: Run) -> None:
    answer = json.loads(run("search", "Hikvision", "--list", "us_bis_entity", "--json").stdout)
    assert answer["schema"] == "ringfence/1"
    assert {"id", "name", "as_typed", "normalised"} <= answer["query"].keys()
    [hit] = answer["hits"]
    assert hit["listing"] == "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"
    assert hit["license_requirement"].startswith("For all items subject to the EAR")
    assert "infectious disease" in hit["license_review_policy"]
    assert hit["valid_from"] == "2019-10-09"
    assert hit["valid_until"] is None
    assert "84 FR 54002" in hit["citations"]
    assert {"feature", "query", "listed", "weight", "text"} <= hit["reasons"][0].keys()
    provenance = answer["provenance"]
    assert provenance["settings"].startswith("sha256:")
    assert provenance["lists"][0]["id"] == "us_bis_entity"
    assert "us_ofac_cmic" in provenance["not_searched"]


def test_a_supplier_file_gives_a_report_and_a_table(run: Run, tmp_path: Path) -> None:
    html, table = tmp_path / "hits.html", tmp_path / "hits.csv"
    found = run("screen", SUPPLIERS, "--out", html, "--out", table)
    assert found.returncode == 0
    assert "supplier_name" in found.stderr  # the columns, before the run
    assert "Hikvision" in html.read_text(encoding="utf-8")
    with table.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({row["row"] for row in rows}) == len(SUPPLIERS.read_text(encoding="utf-8").splitlines()) - 1


def test_a_report_is_written_in_the_language_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    html, table = tmp_path / "hits.html", tmp_path / "hits.csv"
    assert run("screen", SUPPLIERS, "--language", "zh", "--out", html, "--out", table).returncode == 0
    report = html.read_text("utf-8")
    assert '<html lang="zh-Hans">' in report and "受限方筛查" in report
    columns = table.read_text("utf-8-sig")
    assert columns.startswith("row,") and "license required; presumption of denial" in columns
    refused = run("screen", SUPPLIERS, "--language", "zh", "--out", table)
    assert refused.returncode == 2 and "--out FILE.html" in refused.stderr


def test_two_names_are_explained_by_reasons_that_add_up(run: Run) -> None:
    match = json.loads(run("explain", "新疆警察学院", "Xinjiang Police College", "--json").stdout)
    assert match["score"] == round(1 / (1 + math.exp(-math.fsum(r["weight"] for r in match["reasons"]))), 4)
    assert "the same word" in run("explain", "Yitu", "Yitu Technologies").stdout


def test_fail_on_ends_with_one_when_it_is_met(run: Run, tmp_path: Path) -> None:
    clean, listed = tmp_path / "clean.csv", tmp_path / "listed.csv"
    clean.write_text("name\nQuiet Garden Bakery Oslo\n")
    listed.write_text("name\nHikvision\n")
    assert run("screen", clean, "--fail-on", "review").returncode == 0
    assert run("screen", listed, "--fail-on", "hit").returncode == 1


def test_a_formula_for_a_name_is_named_with_its_row_and_the_others_are_answered(
    run: Run, tmp_path: Path
) -> None:
    table = tmp_path / "cells.csv"
    table.write_text("name,country\n=CONCAT(A1),Atlantis\nHikvision,CN\n#REF!,\n")
    found = run("screen", table, "--out", tmp_path / "out.csv")
    assert found.returncode == 2
    assert "cells.csv, row 2: the name begins like a formula" in found.stderr
    assert "cells.csv, row 4: the name is the error value" in found.stderr
    assert "1 hit" in found.stderr
    assert (tmp_path / "out.csv").exists()


def test_answers_stream_as_json_lines(run: Run) -> None:
    found = run("screen", "-", "--out", "-", stdin="name\nHikvision\nNobody We Know\n")
    assert [json.loads(line)["outcome"] for line in found.stdout.splitlines()] == ["hit", "no_match"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["search", "x", "--as-of", "2019-99-99"], 2, "2019-10-09"),
        (["search", "x", "--list", "us_nonsense"], 2, "unknown list 'us_nonsense'"),
        (["search", "x", "--list", "us_bis_entty"], 2, "Did you mean us_bis_entity?"),
        (["search", "x" * 10_001], 2, "at most 10,000"),
        (["screen", "nothing-here.csv"], 2, "nothing-here.csv"),
        (["show", "us_bis_entity:nobody"], 2, "ringfence search"),
        (["refresh", "us_nonsense"], 2, "us_csl"),
        (["--store", "/proc/nowhere/x.db", "refresh", "us_csl", "--file", "x"], 4, "--store"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_a_mistake_is_answered_in_one_line_that_says_what_now(
    run: Run, arguments: list[str], code: int, says: str
) -> None:
    found = run(*arguments)
    assert found.returncode == code
    assert says in found.stderr
    assert "Traceback" not in found.stderr


def test_a_store_that_is_no_store_is_refused(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "letter.db"
    other.write_text("Dear Sir or Madam" * 100)
    found = run("--store", other, "search", "x")
    assert found.returncode == 4
    assert "letter.db" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_store_of_a_newer_version_is_refused(run_stored: Run, location: str) -> None:
    tamper(location, "UPDATE alembic_version SET version_num = '9999'")
    found = run_stored("search", "x")
    tamper(location, f"UPDATE alembic_version SET version_num = '{STORE.newest}'")
    assert found.returncode == 4
    assert "another version" in found.stderr


def test_an_unknown_setting_is_refused(run: Run) -> None:
    found = run("search", "x", RINGFENCE_TRESHOLD="0.5")
    assert found.returncode == 2
    assert "RINGFENCE_TRESHOLD" in found.stderr


@pytest.mark.shared
def test_the_full_list_is_loaded_and_a_damaged_release_changes_nothing(
    run_stored: Run, shared: Path, tmp_path: Path
) -> None:
    good, bad = (
        shared / CSL / "consolidated_2022-04-21.csv.gz",
        shared / CSL / "consolidated_2023-11_truncated.csv.gz",
    )
    loaded = run_stored("refresh", "us_csl", "--file", good)
    assert loaded.returncode == 0
    assert "14,160 rows read, 14,160 entries" in loaded.stderr
    assert "2,001" in loaded.stdout
    before = run_stored("search", "Hikvision", "--json").stdout
    refused = run_stored("refresh", "us_csl", "--file", bad)
    assert refused.returncode == 3
    assert "2022-04-21 stays in force" in refused.stderr
    assert "header stands again" in refused.stderr
    strip = lambda text: {key: value for key, value in json.loads(text).items() if key != "provenance"}  # noqa: E731
    assert strip(run_stored("search", "Hikvision", "--json").stdout) == strip(before)
    shown = run_stored("lists")
    assert "refused" in shown.stderr
    for said in ("effect:", "who must act:", "way out:"):
        assert shown.stdout.count(said) == shown.stdout.count("  by:") >= 20
    again = run_stored("refresh", "us_csl", "--file", good)
    assert "nothing new" in again.stderr
    hits = tmp_path / "hits.html"
    screened = run_stored("screen", SUPPLIERS, "--out", hits)
    assert screened.returncode == 0
    assert "us_csl of 2022-04-21" in screened.stderr
    shown = run_stored("show", "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn")
    assert "a.k.a., the following 1 alias:" in shown.stdout
    assert "杭州海康威视" in shown.stdout


@pytest.mark.shared
def test_the_release_of_2026_loads_after_that_of_2022_and_says_what_changed(
    run_stored: Run, shared: Path
) -> None:
    run_stored("refresh", "us_csl", "--file", shared / CSL / "consolidated_2022-04-21.csv.gz")
    loaded = run_stored(
        "refresh", "us_csl", "--file", shared / CSL / "consolidated_2026-07-31_projection.json.gz"
    )
    assert loaded.returncode == 0
    assert "25,921 entries" in loaded.stderr
    assert "against 2022-04-21" in loaded.stdout
    assert (
        json.loads(run_stored("search", "NetPosa", "--json", "--as-of", "2020-06-04").stdout)["outcome"]
        != "hit"
    )
    assert (
        json.loads(run_stored("search", "NetPosa", "--json", "--as-of", "2020-06-05").stdout)["outcome"]
        == "hit"
    )
    yesterday = run_stored("search", "Hikvision", "--known-at", "2020-01-01", "--json")
    assert "us_reference_2019" in yesterday.stdout  # nothing had been downloaded then


def test_the_version_says_what_runs_and_by_which_tables(run: Run) -> None:
    lines = run("--version").stdout.splitlines()
    assert lines[0].startswith("ringfence ")
    named = dict(line.split(": ") for line in lines[1:])
    assert named.keys() == {"scan", "tables", "rules"}
    assert named["tables"].startswith("sha256:")


def test_the_program_collects_what_comes_after_its_imports(tmp_path: Path) -> None:
    code = (
        "import gc, sys; from ringfence.interfaces.cli import main\n"
        "sys.argv = ['ringfence', 'explain', 'Hikvision', 'Hikvison']\n"
        "try: main()\n"
        "finally: print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    store = {"RINGFENCE_STORE": str(tmp_path / "none.db"), "RINGFENCE_CACHE": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | store, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "True True"


def test_a_name_between_colons_is_printed_as_it_is(run: Run) -> None:
    assert "Acme :dog: Trading" in run("search", "Acme :dog: Trading").stdout


def test_progress_is_counted_as_everything_else_is() -> None:
    shown = io.StringIO()
    with console.steps(Console(file=shown, force_terminal=True, width=80)) as steps:
        steps("reading", 12_500)
        steps("screening", 15_000, 60_000)
    assert re.search(r"12,500(?! of)", shown.getvalue())
    assert "15,000 of 60,000" in shown.getvalue()


@pytest.mark.parametrize(
    "arguments", [("lists",), ("search", "Hikvision"), ("search", "Hikvision", "--json")]
)
def test_a_reader_who_goes_away_is_no_fault(run: Run, arguments: tuple[str, ...]) -> None:
    # 1 would say that --fail-on was met.
    gone, ours = os.pipe()
    os.close(gone)
    with os.fdopen(ours, "w") as output:
        ended = run(*arguments, stdout=output)
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments", [("lists",), ("search", "Hikvision"), ("search", "Hikvision", "--json")]
)
def test_output_that_cannot_be_written_is_one_line_and_exit_code_4(
    run: Run, arguments: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = run(*arguments, stdout=full)
    assert ended.returncode == 4
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_interview_whose_input_ends_is_not_a_met_threshold(run: Run) -> None:
    ended = run("decide", "--ask", stdin="")
    assert ended.returncode == 4
    assert "ringfence: interrupted before it was done." in ended.stderr


def test_one_thing_is_told_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("name\nHikvision\n")
    told = run("screen", str(tmp_path / "one.csv"), "--list", "us_bis_entity").stderr
    assert "1 party: 1 hit" in told
    assert "Searched 1 list (" in told


def test_a_name_of_many_letters_is_cut_in_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("name\n" + "Hikvision " * 3_000 + "\nHikvision\n")
    told = run("screen", str(tmp_path / "long.csv"), "--list", "us_bis_entity").stdout
    assert len(told.splitlines()) < 20
    assert "…" in told
