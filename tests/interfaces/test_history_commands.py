"""History, differences, feeds, parties and reconciliation as a person asks for them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from lxml import etree

from tests.interfaces.conftest import Run

HIKVISION = "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"
CHANGE = {
    "listing", "list", "kind", "editorial", "effective_on", "published_on", "observed_at", "citations", "before",
    "after",
}  # fmt: skip


def test_the_diff_of_two_days_names_the_rule(run: Run) -> None:
    found = run("diff", "--from", "2019-10-08", "--to", "2019-10-09")
    assert found.returncode == 0
    row = next(line for line in found.stdout.splitlines() if "84 FR 54002" in line)
    assert "2019-10-09" in row
    assert "  28  " in row
    assert "Addition of 28 entities (Xinjiang)" in row


def test_changes_follow_the_contract(run: Run) -> None:
    lines = run("diff", "--from", "2019-10-08", "--to", "2019-10-09", "--json").stdout.splitlines()
    assert len(lines) == 28
    for line in lines:
        change = json.loads(line)
        assert change.keys() >= CHANGE
        assert change["schema"] == "ringfence/1"
        assert (change["kind"], change["editorial"], change["effective_on"]) == ("add", False, "2019-10-09")
        assert change["before"] is None
        assert change["after"]["id"] == change["listing"]


def test_a_feed_is_well_formed_and_its_items_keep_their_ids(run: Run) -> None:
    for shape, item, mark in (
        ("atom", "{http://www.w3.org/2005/Atom}entry", "{http://www.w3.org/2005/Atom}id"),
        ("rss", "item", "guid"),
    ):
        feeds = [
            etree.fromstring(run("changes", "--since", "2019-10-08", "--format", shape).stdout.encode())
            for _ in range(2)
        ]
        marks = [[one.findtext(mark) for one in feed.iter(item)] for feed in feeds]
        assert len(marks[0]) == len(set(marks[0])) >= 28
        assert marks[0] == marks[1]


def test_the_history_of_an_entry_is_a_timeline_with_rules(run: Run) -> None:
    told = run("history", HIKVISION).stdout
    assert "2019-10-09     added  84 FR 54002" in told
    assert "announced 2019-10-07, published 2019-10-09" in told
    assert "2020-07-22     revised  85 FR 44159" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("history", "Hikvision"), "'Hikvision' is the id of no listing, and of no party in force on"),
        (("search", ""), "the name is empty"),
        (("search", " ", " "), "the name is empty"),
        (("explain", "Hikvision", ""), "the name is empty"),
        (("history", "us_bis_entity:nobody"), "ringfence search"),
        (("parties", "show", "us_bis_entity:nobody"), "ringfence search"),
        (("reconcile", "us_csl", "us_ecfr_744"), "us_csl"),
        (("diff", "--from", "2020-01-02", "--to", "2020-01-01"), "is before"),
        (("changes", "--since", "yesterday"), "not a"),
        (("parties", "join", HIKVISION, HIKVISION, "--why", "x", "--by", "y"), "itself"),
        (("parties", "split", HIKVISION, "us_bis_entity:nobody", "--why", "x", "--by", "y"), "nobody"),
        (("parties", "split", HIKVISION, HIKVISION, "--why", " ", "--by", "y"), "--why is empty"),
    ],
)
def test_a_wrong_request_is_refused_in_a_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    found = run(*arguments)
    assert found.returncode == 2
    assert says in found.stderr
    assert "Traceback" not in found.stderr


def csl(folder: Path, name: str, rows: list[tuple[str, str, str]]) -> Path:
    """A release in the publisher's shape: enough made-up rows to pass its checks, and those given."""
    from tests.refresh.test_refresh import COLUMNS, release

    lines = release().decode().splitlines()
    for source, party, number in rows:
        fields = dict.fromkeys(COLUMNS, "") | {
            "_id": party,
            "source": source,
            "name": party,
            "entity_number": number,
        }
        fields |= {"addresses": "Hangzhou, CN", "start_date": "2020-01-02" if "Bureau" in source else ""}
        lines.append(",".join(f'"{fields[column]}"' for column in COLUMNS))
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ENTITY = "Entity List (EL) - Bureau of Industry and Security"
CMIC = "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury Department"


def test_a_party_is_shown_overruled_and_the_ruling_kept(run_stored: Run, tmp_path: Path) -> None:
    rows = [(ENTITY, "Zephyr Optical Works Co., Ltd.", ""), (CMIC, "ZEPHYR OPTICAL WORKS CO., LTD.", "99001")]
    loaded = run_stored("refresh", "us_csl", "--file", csl(tmp_path, "release_2026-11-01.csv", rows))
    assert loaded.returncode == 0, loaded.stderr
    entity, cmic = "us_bis_entity:zephyr-optical-works-co-ltd-cn", "us_ofac_cmic:99001"
    shown = json.loads(run_stored("parties", "show", entity, "--json").stdout)
    assert shown["listings"] == [entity, cmic]
    assert shown["evidence"][0]["basis"] == "name"
    hits = json.loads(run_stored("search", "Zephyr Optical Works", "--json").stdout)["hits"]
    assert {hit["party"] for hit in hits} == {shown["id"]}
    assert (
        run_stored("parties", "split", entity, cmic, "--why", "two factories", "--by", "A. Lawyer").returncode
        == 0
    )
    apart = json.loads(run_stored("parties", "show", entity, "--json").stdout)
    assert apart["listings"] == [entity]
    assert "a ruling keeps them apart" in apart["possible"][0]["text"]
    hits = json.loads(run_stored("search", "Zephyr Optical Works", "--json").stdout)["hits"]
    assert len({hit["party"] for hit in hits}) == 2
    assert (
        run_stored(
            "parties", "join", entity, cmic, "--why", "one register entry", "--by", "B. Lawyer"
        ).returncode
        == 0
    )
    assert json.loads(run_stored("parties", "show", cmic, "--json").stdout)["listings"] == [entity, cmic]
    log = [json.loads(line) for line in run_stored("parties", "log", "--json").stdout.splitlines()]
    assert [(one["action"], one["by"], one["why"]) for one in log] == [
        ("split", "A. Lawyer", "two factories"),
        ("join", "B. Lawyer", "one register entry"),
    ]
    assert dt.datetime.fromisoformat(log[0]["at"]).tzinfo is not None


@pytest.mark.shared
@pytest.mark.slow
def test_two_publications_of_the_law_are_reconciled(run_stored: Run, shared: Path) -> None:
    data = shared / "data" / "us"
    run_stored("refresh", "us_csl", "--file", data / "csl" / "consolidated_2026-07-31_projection.json.gz")
    run_stored("refresh", "us_ecfr_744", "--file", data / "ecfr" / "title-15_part-744_2026-07-23.xml.gz")
    found = run_stored("reconcile", "us_csl", "us_ecfr_744", "--list", "us_bis_entity", "--json")
    differences = [json.loads(line) for line in found.stdout.splitlines()]
    assert {"entry", "alias", "citation"} <= {one["what"] for one in differences}
    assert all(one["cause"] for one in differences)
    entries = [one for one in differences if one["what"] == "entry"]
    assert len(entries) < 300
    assert any(one["cause"] == "split rows" and "207th Research Institute" in one["value"] for one in entries)


@pytest.mark.shared
@pytest.mark.slow
def test_between_two_editions_of_the_code_nothing_changed_but_wording(run_stored: Run, shared: Path) -> None:
    for day in ("2026-03-25", "2026-07-23"):
        run_stored(
            "refresh",
            "us_ecfr_744",
            "--file",
            shared / "data" / "us" / "ecfr" / f"title-15_part-744_{day}.xml.gz",
        )
    lines = run_stored(
        "diff", "--from", "2026-03-25", "--to", "2026-07-23", "--list", "us_bis_entity", "--json"
    ).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert len(events) > 90
    assert {(event["kind"], event["editorial"]) for event in events} == {("correct", True)}
    assert all(
        event["before"]["citations"] == event["after"]["citations"] or event["editorial"] for event in events
    )
    told = run_stored("diff", "--from", "2026-03-25", "--to", "2026-07-23", "--list", "us_bis_entity")
    assert "No change of law is known" in told.stdout
    assert "wording only" in told.stderr
