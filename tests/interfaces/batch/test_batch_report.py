"""Answers are written in every format, whole or not at all, and no cell is run as a formula."""

import csv
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
import python_calamine
from batch_answers import AT, make_answer, make_hit, make_provenance
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import InputError
from ringfence.interfaces.batch import FORMATS, open_table, report, writer_for
from ringfence.interfaces.batch.flat import COLUMNS
from ringfence.interfaces.batch.pieces import neutralized
from ringfence.records import Screening

FLAT = ("csv", "parquet", "xlsx")
DANGEROUS = "=+-@\t\r"


def write(path: Path, *answers: Screening) -> Path:
    with writer_for(path) as writer:
        for answer in answers:
            writer.write(answer)
    return path


def flat_rows(path: Path) -> list[dict[str, object]]:
    with open_table(path) as table:
        return [dict(zip(table.header, row.cells, strict=True)) for row in table]


def refusal(path: Path | str, **how: object) -> str:
    with pytest.raises(InputError) as refused, writer_for(path, **how):  # type: ignore[arg-type]
        pass
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("suffix", FLAT)
def test_a_flat_file_has_a_row_per_hit_and_one_per_party_without(tmp_path: Path, suffix: str) -> None:
    rows = flat_rows(write(tmp_path / f"o.{suffix}", make_answer(hits=2), make_answer("Deere", row=2)))
    assert [(row["row"], row["outcome"], row["listing"]) for row in rows] == [
        ("1", "hit", "us_bis_entity:0"),
        ("1", "hit", "us_bis_entity:1"),
        ("2", "no_match", ""),
    ]
    assert list(rows[0]) == [column.title for column in COLUMNS]


@pytest.mark.parametrize("suffix", FLAT)
def test_every_row_says_what_it_rests_on(tmp_path: Path, suffix: str) -> None:
    answer = make_answer(hits=1, remarks=("row 2: the same name as in row 1",))
    (row,) = flat_rows(write(tmp_path / f"o.{suffix}", answer))
    assert str(row["searched"]).startswith("us_bis_entity as of 2026-07-31 (sha256:0123")
    assert row["not_searched"] == "uk_sanctions; eu_fsf"
    assert row["citations"] == "84 FR 54004 (2019-10-09); 81 FR No. 12"
    assert str(row["reasons"]).endswith("+6.50 name: the same rare word")
    assert row["remarks"] == answer.remarks[0]
    assert row["valid_from"] == "2019-10-09"
    assert str(row["license_requirement"]).startswith("For all items")


def test_json_lines_hold_the_answers_themselves(tmp_path: Path) -> None:
    answers = [make_answer(hits=2), make_answer("海康威视", row=2)]
    lines = write(tmp_path / "o.jsonl", *answers).read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Screening) for line in lines] == answers
    assert json.loads(lines[0])["schema"] == "ringfence/1"


def test_parquet_keeps_types(tmp_path: Path) -> None:
    table = pq.read_table(write(tmp_path / "o.parquet", make_answer(hits=1)))
    (row,) = table.to_pylist()
    assert (row["row"], row["score"], row["at"]) == (1, make_hit().score, AT)
    assert row["valid_until"] is None


def test_parquet_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_PARQUET_ANSWERS", 10)
    monkeypatch.setattr(report, "_PARQUET_ROWS", 10)
    path = write(tmp_path / "o.parquet", *(make_answer(row=n) for n in range(25)))
    assert pq.ParquetFile(path).num_row_groups == 3
    assert len(flat_rows(path)) == 25


def test_a_sheet_that_is_full_is_continued_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_SHEET_ROWS", 3)
    path = write(tmp_path / "o.xlsx", *(make_answer(row=n) for n in range(1, 6)))
    assert python_calamine.load_workbook(path).sheet_names == ["Results", "Results 2", "Results 3", "Columns"]


def test_a_text_too_long_for_a_sheet_is_cut_and_says_so(tmp_path: Path) -> None:
    long = make_hit(license_review_policy="x" * 40_000)
    (row,) = flat_rows(write(tmp_path / "o.xlsx", make_answer(hits=(long,))))
    text = str(row["license_review_policy"])
    assert len(text) == 32_767
    assert text.endswith("CSV and JSON Lines formats]")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_without_answers_is_still_a_file(tmp_path: Path, suffix: str) -> None:
    assert write(tmp_path / f"o.{suffix}").is_file()


# --- Formulas ---------------------------------------------------------------------------------------


@given(st.text())
def test_no_neutralized_text_begins_like_a_formula(text: str) -> None:
    assert not neutralized(text).startswith(tuple(DANGEROUS))


@given(st.text(alphabet="'=+-@\t\rab"), st.text(alphabet="'=+-@\t\rab"))
def test_two_texts_never_become_the_same(one: str, other: str) -> None:
    assert (neutralized(one) == neutralized(other)) == (one == other)


@given(st.text(alphabet=st.characters(exclude_characters=DANGEROUS + "\n'＝＋－＠")))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert neutralized(text) == text


def test_a_formula_is_written_as_text_in_a_sheet(tmp_path: Path) -> None:
    path = write(
        tmp_path / "o.xlsx",
        make_answer("=1+1"),
        make_answer("https://x.test", row=2),
        make_answer("007", row=3),
    )
    assert [row["name"] for row in flat_rows(path)] == ["=1+1", "https://x.test", "007"]


hostile = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "'=1",
        'a"b',
        "a,b;c\td",
        "x\r\ny",
        "=cmd|' /C calc'!A0",
        "'",
    ]
)


@settings(max_examples=60)
@given(st.lists(hostile.filter(str.strip), min_size=1, max_size=5))
def test_hostile_names_come_back_through_csv_and_none_is_a_formula(names: list[str]) -> None:
    answers = [make_answer(name, row=n) for n, name in enumerate(names, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "o.csv", *answers)
        read_back = [str(row["name"]) for row in flat_rows(path)]
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple(DANGEROUS))]
    assert read_back == [neutralized(name) for name in names]


# --- Whole or not at all ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_no_trace_and_the_old_file(
    tmp_path: Path, suffix: str, fault: type[BaseException]
) -> None:
    target = tmp_path / f"o.{suffix}"
    target.write_text("old")

    def work() -> None:
        with writer_for(target) as writer:
            writer.write(make_answer(hits=1))
            raise fault

    with pytest.raises(fault):
        work()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_appears_before_all_is_written(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"o.{suffix}"
    with writer_for(target) as writer:
        writer.write(make_answer(hits=1))
        assert not target.exists()
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="could not be written whole"), writer_for(tmp_path / "o.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_work_itself_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writer_for(tmp_path / "o.csv"):
        (tmp_path / "other").read_text()


def test_permissions_and_links_of_the_target_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.csv"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "o.csv").symlink_to(real)
    write(tmp_path / "o.csv", make_answer())
    assert (tmp_path / "o.csv").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_bytes() != b"old"


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "p.csv"
    source.write_text("name\nFoo\n")
    (tmp_path / "link.csv").symlink_to(source)
    for path in (source, tmp_path / "." / "p.csv", tmp_path / "link.csv"):
        assert "this is the input file" in refusal(path, input_path=source)
    assert source.read_text() == "name\nFoo\n"


def test_where_nothing_can_be_written_is_said_on_entering(tmp_path: Path) -> None:
    assert "cannot be written in" in refusal(tmp_path / "none" / "o.csv")
    (tmp_path / "o.csv").mkdir()
    assert "this is a folder" in refusal(tmp_path / "o.csv")


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    for name in ("o.pdf", "o"):
        with pytest.raises(InputError, match=r"use one of \.csv, \.html, \.jsonl, \.parquet, \.xlsx"):
            writer_for(tmp_path / name)


def test_parquet_without_its_library_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'ringfence\[batch\]'"):
        writer_for(tmp_path / "o.parquet")


def test_standard_output_gets_json_lines(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with writer_for("-") as writer:
        writer.write(make_answer())
    assert msgspec.json.decode(capfdbinary.readouterr().out, type=Screening) == make_answer()


def test_the_titles_of_columns_are_unique_and_explained() -> None:
    assert len({column.title for column in COLUMNS}) == len(COLUMNS)
    assert all(column.meaning for column in COLUMNS)


def test_warnings_stand_in_every_row(tmp_path: Path) -> None:
    answer = make_answer(provenance=make_provenance(warnings=("not a current list",)))
    assert flat_rows(write(tmp_path / "o.csv", answer))[0]["warnings"] == "not a current list"


def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_is_at_work_stays(tmp_path: Path) -> None:
    target = tmp_path / "o[1].csv"
    dead, busy, other = (
        tmp_path / name
        for name in (".o[1].csv.0123abcd.part", ".o[1].csv.4567cdef.part", ".o1.csv.0123abcd.part")
    )
    for path in (dead, busy, other):
        path.write_bytes(b"half")
        os.utime(path, (1, 1))
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, 2); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(busy)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with writer_for(target):
            pass
        process.kill()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([target.name, busy.name, other.name])
