"""`ringfence book`, as it is typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ringfence.interfaces.cli import main

Run = Callable[..., str]


@pytest.fixture
def typed(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))
    Path("one.csv").write_text("id,name,country\nC1,Hikvision,CN\nC2,Acme GmbH,DE\n", encoding="utf-8")

    def run(line: str, code: int = 0, answer: str | None = None) -> str:
        found = CliRunner().invoke(main, ["--store", location, *line.split()], input=answer)
        assert found.exit_code == code, found.output
        return found.output or found.stdout

    return run


def test_a_dry_run_changes_nothing_and_an_import_does(typed: Run) -> None:
    assert "2 would be added" in typed("book import one.csv --role customer --dry-run")
    assert "0 parties" in typed("book list")
    assert "2 added" in typed("book import one.csv --role customer")
    Path("two.csv").write_text("id,name,country\nC1,Hikvision Digital,CN\n", encoding="utf-8")
    said = typed("book import two.csv")
    assert "0 added, 1 changed" in said
    assert "1 not in the file, kept" in said
    assert "Hikvision → Hikvision Digital" in said
    assert "role" not in said
    versions = [json.loads(line) for line in typed("book show C1 --json").splitlines()]
    assert [one["action"] for one in versions] == ["added", "changed"]


def test_rows_that_cannot_be_kept_stop_the_import_unless_told_otherwise(typed: Run) -> None:
    rows = "id,name\nC1,Acme\n,Nobody\nC3,\nC1,Other\n"
    Path("bad.csv").write_text(rows, encoding="utf-8")
    said = typed("book import bad.csv", code=2)
    assert "data row 2: 'Nobody' has no id" in said
    assert "data row 3: the party 'C3' has no name" in said
    assert "data row 4: the id 'C1' stands in data row 1 already" in said
    assert "nothing was imported" in said
    assert "1 added" in typed("book import bad.csv --skip-bad")
    assert "not the whole book" in typed("book import bad.csv --skip-bad --whole", code=2)


def test_a_file_without_ids_is_refused_with_what_to_do(typed: Run) -> None:
    Path("bare.csv").write_text("name,city\nAcme,Berlin\n", encoding="utf-8")
    assert "--map id=COLUMN" in typed("book import bare.csv", code=2)


def test_a_whole_book_removes_what_is_missing_after_asking(typed: Run) -> None:
    typed("book import one.csv")
    Path("two.csv").write_text("id,name\nC1,Hikvision\n", encoding="utf-8")
    assert "Nothing was changed" in typed("book import two.csv --whole", code=4, answer="n\n")
    assert "interrupted" in typed("book import two.csv --whole", code=4)
    assert "2 parties" in typed("book list")
    assert "1 removed" in typed("book import two.csv --whole --yes")
    assert "C2" not in typed("book list")
    assert "(removed)" in typed("book show C2")


def test_a_removal_needs_a_reason_and_an_id_that_is_there(typed: Run) -> None:
    typed("book import one.csv")
    typed("book remove C1 --yes", code=2)
    assert "no party 'C9'" in typed("book remove C9 --why closed --yes", code=2)
    assert "1 removed" in typed("book remove C1 --why closed --yes")
    assert "C1" not in typed("book diff --since 2020-01-01")
