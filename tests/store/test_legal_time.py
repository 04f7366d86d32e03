"""The law's own dates, against the checks of the October 2019 set and the date table of known rules."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.engine import Engine
from ringfence.records import parse_citations
from ringfence.refresh import load_documents, refresh
from ringfence.settings import Settings
from ringfence.sources.ear.rules import rule_of
from ringfence.store import open_store
from tests.stores import Stores

D = dt.date
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
XINJIANG = "84 FR 54002"


@pytest.mark.parametrize(
    ("citation", "announced", "effective", "published"),
    [
        ("84 FR 22961", D(2019, 5, 16), D(2019, 5, 16), D(2019, 5, 21)),
        ("84 FR 29371", D(2019, 6, 21), D(2019, 6, 24), D(2019, 6, 24)),
        ("84 FR 43493", D(2019, 8, 19), D(2019, 8, 19), D(2019, 8, 21)),
        (XINJIANG, D(2019, 10, 7), D(2019, 10, 9), D(2019, 10, 9)),
        ("84 FR 54004", D(2019, 10, 7), D(2019, 10, 9), D(2019, 10, 9)),
        ("85 FR 51596", D(2020, 8, 17), D(2020, 8, 17), D(2020, 8, 20)),
        ("90 FR 47201", D(2025, 9, 29), D(2025, 9, 29), D(2025, 9, 30)),
        ("90 FR 50857", D(2025, 11, 10), D(2025, 11, 10), D(2025, 11, 12)),
    ],
)
def test_the_days_of_a_rule_are_kept_apart(citation: str, announced: D, effective: D, published: D) -> None:
    rule = rule_of(parse_citations(citation).found[0])
    assert rule is not None
    assert (rule.announced_on, rule.effective_on, rule.published_on) == (announced, effective, published)


def engine_on(settings: Settings, on: D | None = None) -> Engine:
    return Engine.open(settings, now=NOW, on=on)  # type: ignore[return-value]


def test_the_bundled_set_alone_tells_28_additions_on_9_october_2019(tmp_path: Path) -> None:
    with engine_on(Settings(store=str(tmp_path / "none.db"), cache=str(tmp_path))) as engine:
        events = engine.diff(D(2019, 10, 8), D(2019, 10, 9), lists=["us_bis_entity"])
        june = engine.diff(D(2019, 6, 21), D(2019, 6, 24), lists=["us_bis_entity"])
    assert Counter(event.kind for event in events) == {"add": 28}
    assert {event.effective_on for event in events} == {D(2019, 10, 9)}
    assert {event.announced_on for event in events} == {D(2019, 10, 7)}
    assert {event.document for event in events} == {"2019-22210"}
    assert all(event.after and event.after.party.countries == ("CN",) for event in events)
    assert Counter(event.kind for event in june)["add"] == 5


@pytest.fixture(scope="module")
def csl(shared: Path, stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = shared / "data" / "us" / "csl"
    with stores.lent() as location:
        with open_store(location) as store:
            for name in ("consolidated_2022-04-21.csv.gz", "consolidated_2026-07-31_projection.json.gz"):
                refresh(store, "us_csl", paths=[folder / name], now=NOW)
        yield Settings(store=location, cache=str(tmp_path_factory.mktemp("csl")))


@pytest.fixture
def own(location: str, tmp_path: Path) -> Settings:
    """An empty store."""
    return Settings(store=location, cache=str(tmp_path))


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("day", "count"), [(D(2019, 10, 8), 0), (D(2019, 10, 9), 28)])
def test_the_entries_of_october_2019_are_in_force_from_their_day(csl: Settings, day: D, count: int) -> None:
    with engine_on(csl, day) as engine:
        found = [
            listing
            for _, listing in engine.view.entries()
            if listing.list == "us_bis_entity"
            and {"84 FR 54002", "84 FR 54004"} & {str(c) for c in listing.citations}
        ]
    assert len(found) == count


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last_day_without"),
    [
        ("NetPosa", D(2020, 6, 4)),
        ("SenseNets", D(2020, 6, 4)),
        ("Nanjing FiberHome Starrysky Communication Development Co.", D(2020, 6, 4)),
        ("Huawei Technologies Co., Ltd. (Huawei)", D(2019, 5, 15)),
        ("Sugon", D(2019, 6, 23)),
    ],
)
def test_an_entry_is_not_in_force_before_its_rule(csl: Settings, name: str, last_day_without: D) -> None:
    def listed(day: D) -> int:
        with engine_on(csl, day) as engine:
            return sum(
                one.party.name == name and one.list == "us_bis_entity" for _, one in engine.view.entries()
            )

    assert listed(last_day_without) == 0
    assert listed(last_day_without + dt.timedelta(days=1)) >= 1


@pytest.mark.shared
@pytest.mark.slow
def test_the_june_rule_added_five_and_revised_one(csl: Settings) -> None:
    with engine_on(csl) as engine:
        events = engine.diff(D(2019, 6, 23), D(2019, 6, 24), lists=["us_bis_entity"])
    assert Counter(event.kind for event in events) == {"add": 5, "revise": 1}
    assert [event.name for event in events if event.kind == "revise"] == [
        "National University of Defense Technology (NUDT)"
    ]


@pytest.mark.shared
@pytest.mark.slow
def test_four_years_are_told_by_rule_and_wording_is_kept_apart(csl: Settings) -> None:
    with engine_on(csl) as engine:
        events = engine.diff(D(2022, 4, 21), D(2026, 7, 31), lists=["us_bis_entity"])
    added = Counter(cited for event in events if event.kind == "add" for cited in event.citations)
    # Counts of added rows by rule, from the citations of the later file alone.
    assert added["89 FR 96837"] == 138
    assert added["89 FR 68548"] == 123
    assert added["88 FR 12158"] == 76
    kinds = Counter((event.kind, event.editorial) for event in events)
    assert kinds["add", False] > 1_400
    assert kinds["remove", False] < 60
    assert kinds["correct", True] > 100
    assert not any(event.editorial for event in events if event.kind != "correct")
    names = {event.name for event in events if event.kind == "remove"}
    assert "Nanchang O-Film Tech" in names


@pytest.mark.shared
@pytest.mark.slow
def test_one_party_across_real_lists(csl: Settings) -> None:
    with engine_on(csl, D(2022, 4, 22)) as engine:
        listed = {listing.id: listing for _, listing in engine.view.entries()}
        party = {key: engine.parties.id_of(listing) for key, listing in listed.items()}
    entity = "us_bis_entity:"
    hikvision = f"{entity}hangzhou-hikvision-digital-technology-co-ltd-cn"
    assert party[hikvision] == party["us_ofac_cmic:30946"]
    assert party[f"{entity}sugon-cn"] == party["us_ofac_cmic:33113"]
    assert party[f"{entity}xiamen-meiya-pico-information-co-ltd-cn"] == party["us_ofac_cmic:33896"]
    # The same building in Beijing and the same name but for its form; the Cayman company's own address differs.
    assert party[f"{entity}megvii-technology-cn"] == party["us_ofac_cmic:33091"]
    assert party[f"{entity}beijing-sensetime-technology-development-co-ltd-cn"] != party["us_ofac_cmic:33114"]
    assert party[f"{entity}yitu-technologies-cn"] != party["us_ofac_cmic:33893"]
    corps = f"{entity}xinjiang-production-and-construction-corps-xpcc"
    assert party[f"{corps}-cn"] != party[f"{corps}-public-security-bureau-cn"]
    assert party[f"{corps}-cn"] == party["us_ofac_sdn:29299"]
    # Affiliates of Huawei are parties of their own.
    huawei = party[f"{entity}huawei-technologies-co-ltd-huawei-cn"]
    affiliates = [
        k
        for k, one in listed.items()
        if k.startswith(entity) and any(t.relation == "affiliate_of" for t in one.ties)
    ]
    assert affiliates
    assert huawei not in {party[key] for key in affiliates}


@pytest.mark.shared
@pytest.mark.slow
def test_what_a_later_release_no_longer_prints_is_told_in_the_hit(csl: Settings) -> None:
    from ringfence.records import Query

    with engine_on(csl, D(2022, 4, 22)) as engine:
        hit = engine.search(Query(name="Nanchang O-Film Tech")).hits[0]
    assert hit.valid_until == D(2026, 7, 30)
    assert "observed" in hit.remarks[0]


@pytest.mark.shared
@pytest.mark.slow
def test_the_code_dates_its_copy_and_documents_name_the_rule(shared: Path, own: Settings) -> None:
    data = shared / "data" / "us"
    with open_store(own.store) as store:
        for name in ("consolidated_2022-04-21.csv.gz", "consolidated_2026-07-31_projection.json.gz"):
            refresh(store, "us_csl", paths=[data / "csl" / name], now=NOW)
        refresh(store, "us_ecfr_744", paths=[data / "ecfr" / "title-15_part-744_2026-07-23.xml.gz"], now=NOW)
        load_documents(
            store, paths=[data / "federal_register" / "bis_documents_2020-01_2026-02.json.gz"], now=NOW
        )
    with engine_on(own) as engine:
        events = engine.diff(D(2022, 4, 21), D(2026, 7, 31), lists=["us_bis_entity"])
        named = {cited: event for event in events if event.kind == "add" for cited in event.citations}
        assert (named["88 FR 70352"].published_on, named["88 FR 70352"].document) == (
            D(2023, 10, 11),
            "2023-22536",
        )
        # Not in the documents loaded, but the code prints its day.
        assert (named["89 FR 96837"].published_on, named["89 FR 96837"].document) == (D(2024, 12, 5), None)


@pytest.mark.shared
@pytest.mark.slow
def test_one_edition_of_the_code_tells_when_entries_began(shared: Path, own: Settings) -> None:
    edition = shared / "data" / "us" / "ecfr" / "title-15_part-744_2026-07-23.xml.gz"
    with open_store(own.store) as store:
        refresh(store, "us_ecfr_744", paths=[edition], now=NOW)
    with engine_on(own) as engine:
        october = engine.diff(D(2019, 10, 8), D(2019, 10, 9), lists=["us_bis_entity"])
        june = engine.diff(D(2019, 6, 23), D(2019, 6, 24), lists=["us_bis_entity"])
        may = engine.diff(D(2019, 5, 15), D(2019, 5, 16), lists=["us_bis_entity"])
    assert Counter(event.kind for event in october) == {"add": 28}
    assert Counter(event.kind for event in june) == {"add": 5, "revise": 1}
    assert all("Huawei" in (event.title or "") for event in may)
    assert {event.effective_on for event in may} == {D(2019, 5, 16)}
    for day, count in ((D(2019, 10, 8), 0), (D(2019, 10, 9), 28)):
        with engine_on(own, day) as engine:
            cited = [
                {str(c) for c in one.citations}
                for _, one in engine.view.entries()
                if one.list == "us_bis_entity"
            ]
        assert sum(bool({"84 FR 54002", "84 FR 54004"} & pages) for pages in cited) == count
