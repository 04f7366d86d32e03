"""A table whose columns stand in another order than before is held back, whichever list it is of."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import python_calamine
import xlsxwriter
from lxml import etree

from ringfence.errors import SourceError
from ringfence.records import Checks
from ringfence.refresh import Report, refresh
from ringfence.sources.registry import source
from ringfence.store import Store, open_store

SAMPLES = Path(__file__).parent.parent / "lists"
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
FIRST, SECOND = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
Change = Callable[[list[str]], list[str]]


def swapped(cells: list[str]) -> list[str]:
    """A row with its last two cells in each other's place."""
    return [*cells[:-2], cells[-1], cells[-2]]


def turned(cells: list[str]) -> list[str]:
    """A row with its last cell before the two that stood before it."""
    return [*cells[:-3], cells[-1], *cells[-3:-1]]


def shortened(cells: list[str]) -> list[str]:
    """A row without its last cell."""
    return cells[:-1]


def unchanged(cells: list[str]) -> list[str]:
    return cells


def table(path: Path, change: Change, delimiter: str = ",", above: int = 0) -> bytes:
    """A file of rows with each changed alike, also the header; `above` lines stand over it."""
    raw = path.read_bytes()
    encoding = next(name for name in ("utf-8-sig", "cp1252") if _reads(raw, name))
    text = raw.decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([*rows[:above], *map(change, rows[above:])])
    return written.getvalue().encode(encoding.removesuffix("-sig"))


def _reads(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def workbook(path: Path, change: Change) -> bytes:
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, change(list(row)))
    return written.getvalue()


def code(path: Path, change: Change) -> bytes:
    tree = etree.parse(path)
    for row in tree.iter("TR"):
        cells = list(row)
        if len(cells) > 1:
            row[:] = change(cells)
    return bytes(etree.tostring(tree))


TABLES: dict[str, tuple[str, Callable[[Change], bytes]]] = {
    "the Screening List": ("us_csl", lambda c: table(SAMPLES / "us_csl" / "sample.csv", c)),
    "the workbook of Australia": ("au_dfat", lambda c: workbook(SAMPLES / "au_dfat" / "sample.xlsx", c)),
    "the closed list of OFSI": ("uk_ofsi", lambda c: table(SAMPLES / "uk_ofsi" / "sample.csv", c, above=1)),
    "its last form": ("uk_ofsi", lambda c: table(SAMPLES / "uk_ofsi" / "sample_later.csv", c, above=1)),
    "the UK Sanctions List": (
        "uk_sanctions",
        lambda c: table(SAMPLES / "uk_sanctions" / "sample.csv", c, above=1),
    ),
    "the old CSV of the EU": ("eu_fsf", lambda c: table(SAMPLES / "eu_fsf" / "sample_csv_old.csv", c, ";")),
    "the CSV 1.1 of the EU": ("eu_fsf", lambda c: table(SAMPLES / "eu_fsf" / "sample_csv_1_1.csv", c, ";")),
    "the text of the Denied Persons List": (
        "us_bis_denied",
        lambda c: table(SAMPLES / "us_bis_denied" / "sample_text.txt", c, "\t"),
    ),
    "the export of the Denied Persons List": (
        "us_bis_denied",
        lambda c: table(SAMPLES / "us_bis_denied" / "sample_export.csv", c),
    ),
    "the End User List of Japan": ("jp_meti", lambda c: table(SAMPLES / "jp_meti" / "sample.csv", c)),
    "the Entity List in the code": ("us_ecfr_744", lambda c: code(SAMPLES / "us_ecfr_744" / "sample.xml", c)),
}
"""Every publication that is a table with headings."""

BY_NAME = ("the UK Sanctions List", "the CSV 1.1 of the EU", "the export of the Denied Persons List",
           "the End User List of Japan")  # fmt: skip
"""Those whose columns are known by name: no real file fixes their order."""


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    with open_store(location) as opened:
        yield opened


Load = Callable[..., Report]


@pytest.fixture
def load(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a sample, which is shorter than a real release may be."""

    def small(source_id: str) -> object:
        found = source(source_id)
        feeds = tuple(msgspec.structs.replace(feed, least=0) for feed in found.feeds)
        return msgspec.structs.replace(found, feeds=feeds, checks=Checks(refused_rows=1.0, shrink=0.0))

    monkeypatch.setattr("ringfence.refresh.source", small)

    def loaded(which: str, change: Change, day: dt.date, **given: bool) -> Report:
        source_id, made = TABLES[which]
        path = tmp_path / f"release-{day}"
        path.write_bytes(made(change))
        return refresh(store, source_id, paths=[path], published_on=day, now=NOW, **given)  # type: ignore[arg-type]

    return loaded


@pytest.mark.parametrize("which", TABLES)
def test_a_table_in_another_order_is_held_back_and_the_last_good_one_stays(
    which: str, load: Load, store: Store
) -> None:
    good = load(which, unchanged, FIRST)
    assert good.outcome == "loaded"
    with pytest.raises(SourceError, match=r"another order|the columns") as refused:
        load(which, swapped, SECOND)
    assert f"The snapshot of {FIRST} stays in force." in str(refused.value)
    assert [release.published_on for release in store.snapshots()] == [FIRST]
    assert [attempt.outcome for attempt in store.attempts()] == ["held_back"]


@pytest.mark.parametrize("which", TABLES)
def test_a_table_that_lost_a_column_is_held_back(which: str, load: Load) -> None:
    load(which, unchanged, FIRST)
    with pytest.raises(SourceError, match=r"missing|the columns|headings|has \d+ fields|cells"):
        load(which, shortened, SECOND)


@pytest.mark.parametrize("which", BY_NAME)
def test_a_new_order_on_purpose_is_taken_with_the_same_records_and_then_stays(
    which: str, load: Load, store: Store
) -> None:
    good = load(which, unchanged, FIRST).snapshot
    taken = load(which, swapped, SECOND, new_layout=True).snapshot
    assert store.manifest(good) == store.manifest(taken)
    with pytest.raises(SourceError, match="another order"):
        load(which, turned, dt.date(2026, 11, 2))
