"""An entry as the law prints it, its history, two days word by word; lists, changes and a list over time."""

import datetime as dt
from collections import Counter
from pathlib import Path

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import Engine, ListStatus, Settings, open_store
from ringfence.errors import SourceError
from ringfence.interfaces.citing import cited, linked
from ringfence.interfaces.language.texts import texts_in
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.pages.chart import Bar, chart
from ringfence.interfaces.web.pages.compared import compared, words
from ringfence.interfaces.web.pages.lists import standing
from ringfence.interfaces.web.pages.moves import by, moves_of, over_time
from ringfence.records import ListedTie, ListUsed
from ringfence.refresh import refresh
from ringfence.sources.registry import legal_lists, source
from tests.interfaces.web.conftest import HIKVISION, NOW
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.serving import serving
from tests.store.entries import entry

TEXT = st.text(st.sampled_from("ab ,.§海康\n"), max_size=40)


def test_an_entry_reads_like_the_law(reader: Reader) -> None:
    page = reader.open(f"/listings/{HIKVISION}")
    assert "In force on 20 October 2019" in reader.text
    assert "For all items subject to the EAR" in reader.text
    links = page.xpath("//main//a/@href")
    assert "https://www.federalregister.gov/citation/84-FR-54002" in links
    assert "https://www.ecfr.gov/current/title-15/section-744.11" in links
    assert "case by case" in reader.text
    assert "supplied by ringfence" in reader.text
    assert page.xpath("//ol[contains(@class, 'timeline')]/li[contains(@class, 'add')]")


def test_an_entry_on_a_day_before_it_began_says_that_it_was_not_in_force(reader: Reader) -> None:
    reader.open(f"/listings/{HIKVISION}", as_of="2019-10-08")
    assert "Not in force on 8 October 2019" in reader.text
    assert "the last text that is known" in reader.text


def test_two_days_are_compared(reader: Reader) -> None:
    page = reader.open(f"/listings/{HIKVISION}", **{"from": "2019-10-08", "to": "2019-10-09"})
    assert "From 8 October 2019 to 9 October 2019" in reader.text
    assert "For all items" in " ".join(one.text_content() for one in page.xpath("//ins"))
    reader.open(f"/listings/{HIKVISION}", **{"from": "2019-10-10", "to": "2019-10-12"})
    assert "nothing changed" in reader.text
    reader.open(f"/listings/{HIKVISION}", **{"from": "2019-10-12", "to": "2019-10-10"})
    assert reader.answer.status_code == 400


@given(was=TEXT, now=TEXT)
def test_a_comparison_loses_no_letter_of_either_side(was: str, now: str) -> None:
    pieces = words(was, now)
    assert "".join(piece.text for piece in pieces if piece.kind != "come") == was
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == now


def test_a_comparison_marks_the_words_that_changed_and_no_others() -> None:
    assert [
        tuple(piece) for piece in words("presumption of denial for all", "case by case for all items")
    ] == [
        ("gone", "presumption of denial"),
        ("come", "case by case"),
        ("same", " for all"),
        ("come", " items"),
    ]


def test_the_order_of_names_is_no_change() -> None:
    with Engine.open(Settings(store="/nowhere.db"), now=NOW) as engine:
        listed = engine.in_force(HIKVISION)
        assert listed
        english = texts_in("en")
        assert not any(field.changed for field in compared(listed, listed, english))
        assert all(field.changed and field.law for field in compared(None, listed, english))


def test_ties_countries_and_days_are_compared_in_the_readers_language() -> None:
    before = entry(ties=(ListedTie("affiliate_of", "Beta Works"),), valid_until=dt.date(2021, 3, 1))
    after = msgspec.structs.replace(before, ties=(ListedTie("subordinate_of", "Beta Works"),))
    found = {one.key: one.lines for one in compared(before, after, texts_in("zh"))}
    assert [tuple(piece) for piece in found["ties"][0]][:2] == [("gone", "关联"), ("come", "隶属")]
    assert found["valid_until"] == [[("same", "2021年3月1日")]]
    english = {one.key: one.lines for one in compared(before, after, texts_in("en"))}
    assert [tuple(piece) for piece in english["ties"][0]][:2] == [
        ("gone", "affiliate"),
        ("come", "subordinate"),
    ]


def test_citations_lead_to_the_page_that_prints_them() -> None:
    assert cited("84 FR 54002").link == "https://www.federalregister.gov/citation/84-FR-54002"
    assert cited("84 FR No. 197").link is None
    assert cited("javascript:alert(1)").link is None
    text = "For all items (See § 744.11 and 746.8(a)(12)(ii) of the EAR), 1.744.11 apart"
    assert "".join(piece.text for piece in linked(text)) == text
    assert [piece.text for piece in linked(text) if piece.link] == ["744.11", "746.8"]


def test_the_lists_tell_how_they_stand(reader: Reader) -> None:
    page = reader.open("/lists")
    assert "reference set, not current" in reader.text
    assert "are not loaded and answer nothing" in reader.text
    for path in page.xpath("//main//a[starts-with(@href, '/lists/')]/@href"):
        reader.open(path)
        assert reader.answer.status_code == 200
        assert "What being listed means" in reader.text


def test_the_numbers_over_time_are_those_of_the_history(reader: Reader, settings: Settings) -> None:
    page = reader.open("/over-time", list="us_bis_entity")
    with Engine.open(settings, now=NOW) as engine:
        events = engine.diff(dt.date(1990, 1, 1), engine.on, lists=["us_bis_entity"])
    added = sum(event.kind in {"add", "reinstate"} for event in events)
    assert int(page.xpath("//ul[@class='counts']/li/b")[0].text.replace(",", "")) == added
    for number in range(1, 3):
        column = page.xpath(f"(//section//table)[{number}]//td[1]")
        assert sum(int(cell.text.replace(",", "")) for cell in column) == added
    in_table = page.xpath("//figure//tbody//td[1]")
    assert sum(int(cell.text) for cell in in_table) == added
    drawn = page.xpath("//*[local-name()='svg']//*[local-name()='a']/@aria-label")
    assert len(drawn) >= len(in_table)


def test_a_click_narrows_to_a_rule_a_country_and_a_month(reader: Reader) -> None:
    page = reader.open("/over-time", list="us_bis_entity")
    rule = page.xpath("//section[@aria-labelledby='by-rule']//a/@href")[0]
    page = reader.open(rule)
    assert page.xpath("//a[contains(@class, 'chip')]")
    assert "2019" in reader.text
    for bad in ("/over-time?list=nowhere", "/over-time?year=1", "/over-time?month=13&year=2019"):
        reader.open(bad)
        assert reader.answer.status_code == 400
    reader.open("/over-time?list=us_bis_entity&year=1950&country=%3Cscript%3E")
    assert reader.answer.status_code == 200
    assert "<script>" not in reader.answer.text.replace('<script type="module"', "")


def test_changes_are_told_with_their_feed(client: httpx2.Client, reader: Reader) -> None:
    page = reader.open("/changes", since="2019-10-01", list="us_bis_entity")
    feed = page.xpath("//link[@rel='alternate']/@href")[0]
    assert page.xpath("//main//tbody/tr")
    told = client.get(feed)
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("application/atom+xml")
    reader.open("/changes", since="2019-10-01", page=999)
    assert reader.answer.status_code == 400
    reader.open("/changes", since="2019-10-19")
    assert "No release published after 19 October 2019" in reader.text


BARS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=60)


@given(BARS)
def test_bars_are_as_long_as_their_numbers_and_stay_in_the_picture(counts: list[tuple[int, int]]) -> None:
    picture = chart([Bar(place, up, down) for place, (up, down) in enumerate(counts)])
    lengths = {
        round(length / count, 6)
        for box in picture.boxes
        for count, length in ((box.bar.added, box.up_height), (box.bar.removed, box.down_height))
        if count
    }
    assert len(lengths) <= 1, "one unit is as long everywhere"
    for box in picture.boxes:
        assert 0 <= box.up_y <= picture.zero
        assert box.up_y + box.up_height == pytest.approx(picture.zero)
        assert box.down_y + box.down_height <= 300
        assert box.x >= 0
        assert box.x + box.width <= 960
    assert 0 in {mark.value for mark in picture.marks}


def test_every_move_is_in_one_bar_and_under_one_heading(settings: Settings) -> None:
    with Engine.open(settings, now=NOW) as engine:
        moves = moves_of(engine.diff(dt.date(1990, 1, 1), engine.on))
    bars = over_time(moves, None)
    assert sum(bar.added + bar.removed for bar in bars) == sum(move.day is not None for move in moves)
    years = Counter(move.day.year for move in moves if move.day)
    for year, count in years.items():
        assert sum(bar.added + bar.removed for bar in over_time(moves, year)) == count
    assert sum(line.both for line in by(moves, lambda move: move.country)) == len(moves)


@pytest.mark.slow
def test_a_release_that_was_held_back_is_red(tmp_path: Path, shared: Path, read: Read) -> None:
    settings = Settings(store=str(tmp_path / "store.db"), cache=str(tmp_path / "cache"))
    now = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
    with open_store(settings.store) as store:
        data = shared / "data/us/csl"
        refresh(store, "us_csl", paths=[data / "consolidated_2022-04-21.csv.gz"], now=now)
        with pytest.raises(SourceError):
            refresh(store, "us_csl", paths=[data / "consolidated_2023-11_truncated.csv.gz"], now=now)
    with serving(create_app(settings, now=lambda: now)) as client:
        page = read(client).open("/lists")
        told = page.xpath("//*[contains(@class, 'notice') and contains(@class, 'bad')]")
        assert len(told) == 1, "one notice for one refresh"
        assert "truncated" in told[0].text_content()
        assert len(page.xpath("//td/span[@class='badge bad']")) > 2


def test_a_list_that_is_no_longer_kept_is_not_called_current() -> None:
    used = ListUsed(id="uk_ofsi", source="uk_ofsi", snapshot="s", as_of=NOW.date(), fetched_at=NOW, entries=1)
    status = ListStatus(
        legal=legal_lists()["uk_ofsi"],
        source=source("uk_ofsi"),
        used=used,
        age_days=0,
        stale=False,
        attempt=None,
    )
    assert standing(status) == "closed"
    other = msgspec.structs.replace(status, source=source("un_sc"))
    assert standing(other) == "current"
