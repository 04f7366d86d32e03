"""The shipped supplier file and its expected outcomes agree with each other and with the reference set."""

import csv
from collections import Counter
from pathlib import Path

from ringfence.sources.lists.us_reference_2019.parse import listings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OUTCOMES = {"hit", "review", "no_match", "hit|review", "no_match|review"}


def read(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


SUPPLIERS = {row["supplier_id"]: row for row in read("suppliers.csv")}
EXPECTED = {row["supplier_id"]: row for row in read("suppliers.expected.csv")}


def test_every_supplier_has_one_expected_outcome() -> None:
    assert len(SUPPLIERS) == len(read("suppliers.csv"))
    assert len(read("suppliers.csv")) >= 60
    assert [row["supplier_id"] for row in read("suppliers.expected.csv")] == list(SUPPLIERS)


def test_outcomes_are_known_and_have_a_reason() -> None:
    for row in EXPECTED.values():
        assert row["expected"] in OUTCOMES, row
        assert row["why"], row


def test_what_may_be_a_hit_names_an_entry_of_the_reference_set() -> None:
    known = {listing.id for listing in listings()}
    for row in EXPECTED.values():
        assert bool(row["listing"]) == ("hit" in row["expected"].split("|")), row
        assert not row["listing"] or row["listing"] in known, row


def test_names_that_must_not_hit_are_no_name_of_the_set() -> None:
    listed = {name.text.casefold() for listing in listings() for name in listing.party.names}
    for supplier_id, row in EXPECTED.items():
        if not row["listing"]:
            assert SUPPLIERS[supplier_id]["supplier_name"].strip().casefold() not in listed, row


def test_the_file_holds_the_hard_cases() -> None:
    names = [row["supplier_name"] for row in SUPPLIERS.values()]
    assert names.count("") == 1
    assert [name for name, count in Counter(names).items() if count > 1] == [
        "Hangzhou Hikvision Digital Technology Co., Ltd."
    ]
    assert sum(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in names) >= 10
    for name in ("Jiangxi Police College", "Carvana Co.", "HangzhouHikvision", "Global Trading Co", "Li Wei"):
        assert name in names
    outcomes = Counter(row["expected"] for row in EXPECTED.values())
    assert outcomes["hit"] >= 30
    assert outcomes["no_match"] >= 20
