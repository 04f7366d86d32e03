"""A private list joins the lists whose rules it says apply, for one call or in the store."""

import csv
import datetime as dt
import gzip
import json
from pathlib import Path

import pytest

from ringfence import Engine, Query, Settings, open_store, read_private_list
from ringfence.errors import InputError
from ringfence.refresh import refresh

NOW = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
HEADER = "list,name,country,since,until,programs,license_requirement,license_review_policy,footnotes,scope,reason,expiry"
ROW = (
    'us_bis_entity,"Quenzal Widget Works Ltd.",CN,2024-07-10,2026-12-31,,For all items subject to the EAR,'
    "Presumption of denial,4,lasers,letter of July 2024,2026-07-09"
)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    return path


def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store.db"), cache=str(tmp_path / "cache"))


def test_a_row_is_a_listing_under_the_law_of_its_list(seeds: Path) -> None:
    (listing,) = read_private_list(seeds)
    assert listing.list == "us_bis_entity"
    assert listing.valid_from == dt.date(2024, 7, 10)
    assert listing.valid_until == dt.date(2026, 7, 9), "the earlier of until and expiry holds"
    assert listing.footnotes == (4,)
    assert listing.license_requirement
    assert listing.license_requirement.scope == "all_items"
    assert listing.notes == ("scope: lasers", "reason: letter of July 2024")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("us_bis_entity", "us_bis_nothing"), "unknown list"),
        (("2024-07-10", "soon"), "since 'soon'"),
        (("2026-12-31", "2020-01-01"), "before since"),
        (("CN", "China!"), "country code"),
        (('"Quenzal Widget Works Ltd."', ""), "name is empty"),
        (("scope", "shape"), "'shape'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(seeds: Path, change: tuple[str, str], message: str) -> None:
    seeds.write_text(f"{HEADER}\n{ROW}\n".replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_private_list(seeds)


def test_every_form_of_table_says_the_same(seeds: Path, tmp_path: Path, location: str) -> None:
    cells = dict(zip(HEADER.split(","), next(csv.reader([ROW])), strict=True))
    lines = tmp_path / "seeds.jsonl"
    lines.write_text(json.dumps(cells), encoding="utf-8")
    packed = tmp_path / "seeds.csv.gz"
    packed.write_bytes(gzip.compress(seeds.read_bytes()))
    assert read_private_list(seeds) == read_private_list(lines) == read_private_list(packed)
    with open_store(location) as store:
        assert refresh(store, "private", paths=[lines], now=NOW).snapshot.entries == 1


@pytest.mark.parametrize("damaged", [b"", b"\x1f\x8b damaged", b"list,name\n\xff\xfe\n", b"PK\x03\x04"])
def test_a_file_that_is_no_table_is_refused(seeds: Path, damaged: bytes) -> None:
    seeds.write_bytes(damaged)
    with pytest.raises(InputError, match=r"seeds\.csv: "):
        read_private_list(seeds)


def test_a_list_for_one_call_is_searched_and_told(seeds: Path, tmp_path: Path) -> None:
    extra = read_private_list(seeds)
    query = Query(name="Quenzal Widget Works")
    with Engine.open(settings(tmp_path), now=NOW, extra=extra) as engine:
        answer = engine.search(query)
    assert answer.hits[0].list == "us_bis_entity"
    assert answer.hits[0].footnotes == (4,)
    assert "private" in {one.source for one in answer.provenance.lists}
    with Engine.open(settings(tmp_path), now=NOW) as engine:
        assert not engine.search(query).hits


def test_a_list_for_one_call_ends_when_it_expires(seeds: Path, tmp_path: Path) -> None:
    extra = read_private_list(seeds)
    for on, found in ((dt.date(2026, 7, 9), True), (dt.date(2026, 7, 10), False)):
        with Engine.open(settings(tmp_path), now=NOW, on=on, extra=extra) as engine:
            assert bool(engine.search(Query(name="Quenzal Widget Works Ltd.")).hits) is found


def test_a_kept_list_joins_the_published_one_and_never_takes_its_place(
    seeds: Path, location: str, tmp_path: Path
) -> None:
    with open_store(location) as store:
        refresh(store, "private", paths=[seeds], now=NOW)
    with Engine.open(Settings(store=location, cache=str(tmp_path)), now=NOW) as engine:
        own = engine.search(Query(name="Quenzal Widget Works"))
        published = engine.search(Query(name="Hangzhou Hikvision Digital Technology"))
        shown = engine.entry("us_bis_entity:private-quenzal-widget-works-ltd-cn")
    assert own.outcome == "hit"
    assert published.outcome == "hit"
    assert shown.texts[0][0].party.name == "Quenzal Widget Works Ltd."
