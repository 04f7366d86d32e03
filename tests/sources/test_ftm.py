"""FollowTheMoney data sets: each a list of its own, known by name when it is loaded."""

from pathlib import Path

import msgspec
import pytest

from ringfence.errors import HeldBack, InputError, LayoutChanged
from ringfence.records import Listing
from ringfence.sources.document import document_of
from ringfence.sources.registry import legal_lists, parser, source, sources
from ringfence.sources.row import Account

SAMPLE = (Path(__file__).parents[1] / "lists" / "ftm" / "sample.json").read_bytes()


def read(data: bytes, list_id: str = "ftm_example") -> tuple[dict[str, Listing], Account]:
    account = Account()
    document = document_of("entities.ftm.json", data, 10_000_000)
    return {one.id: one for one in parser(list_id)(document, account)}, account


def test_a_data_set_is_a_publication_and_a_list_of_its_own() -> None:
    described = source("ftm_au_dfat_sanctions")
    assert described.feeds[0].list == "ftm_au_dfat_sanctions"
    assert described.urls[0].endswith("/au_dfat_sanctions/entities.ftm.json")
    assert legal_lists()["ftm_au_dfat_sanctions"].short == "au_dfat_sanctions"


def test_the_family_itself_is_no_data_set() -> None:
    with pytest.raises(InputError, match="stands for many data sets"):
        source("ftm")


@pytest.mark.parametrize("list_id", ["ftm_", "ftm_Bad Name", "nothing_at_all", "us_csl_more"])
def test_an_id_of_no_family_is_unknown(list_id: str) -> None:
    assert list_id not in sources()
    assert list_id not in legal_lists()


def test_the_entities_may_stand_in_any_order() -> None:
    lines = SAMPLE.splitlines()
    assert read(b"\n".join(lines))[0] == read(b"\n".join(lines[::-1]))[0]


def test_a_party_that_is_only_pointed_at_is_not_listed() -> None:
    found, account = read(SAMPLE)
    assert "ftm_example:ex-parent" not in found
    assert account.ignored["not listed: Company"] == 1
    assert [tie.party for tie in found["ftm_example:ex-hik"].ties] == ["ex-parent"]


def test_each_sanction_of_a_party_is_a_listing() -> None:
    second = SAMPLE.splitlines()[1].replace(b"ex-s1", b"ex-s2").replace(b"2019-10-09", b"2021-06-03")
    found, _ = read(SAMPLE + second + b"\n")
    days = {str(one.valid_from) for key, one in found.items() if "ex-hik" in key}
    assert days == {"2019-10-09", "2021-06-03"}


def test_nested_entities_are_read_as_their_own() -> None:
    lines = [msgspec.json.decode(line) for line in SAMPLE.splitlines()]
    company, sanction, address = lines[:3]
    del sanction["properties"]["entity"]
    company["properties"]["addressEntity"] = [address]
    sanction["properties"]["entity"] = [company["id"]]
    company["properties"]["sanctions"] = [sanction]
    nested = b"\n".join(msgspec.json.encode(line) for line in [company, *lines[3:]])
    assert read(nested)[0]["ftm_example:ex-hik"] == read(SAMPLE)[0]["ftm_example:ex-hik"]


def test_a_property_without_a_place_is_kept_and_told() -> None:
    found, account = read(SAMPLE)
    assert "sector: video surveillance" in found["ftm_example:ex-hik"].notes
    assert account.unclassified["property: sector"] == 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (SAMPLE[:-40], HeldBack),
        (b"<html><body>no</body></html>", HeldBack),
        (b'{"results": []}\n', LayoutChanged),
        (b"id,name\n", HeldBack),
    ],
)
def test_another_file_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(data)
