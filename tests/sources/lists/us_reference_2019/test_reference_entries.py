"""The bundled entries against the facts of the rules: who, from which day, under which text."""

import datetime as dt
import tomllib
from collections import Counter, defaultdict
from importlib import resources
from itertools import pairwise

import msgspec
import pytest

from ringfence.records import Listing, Source, parse_citations
from ringfence.sources.lists.us_reference_2019.parse import REMARK_CODES, listings

OCTOBER = (84, 54002)
JUNE = (84, 29371)

COMPANIES = {
    "Beijing Sensetime Technology Development Co., Ltd.",
    "Dahua Technology",
    "Hangzhou Hikvision Digital Technology Co., Ltd.",
    "IFLYTEK",
    "Megvii Technology",
    "Xiamen Meiya Pico Information Co. Ltd.",
    "Yitu Technologies",
    "Yixin Science and Technology Co. Ltd.",
}
FOOTNOTE_4 = COMPANIES - {
    "Hangzhou Hikvision Digital Technology Co., Ltd.",
    "Xiamen Meiya Pico Information Co. Ltd.",
    "Yixin Science and Technology Co. Ltd.",
}
WRONGLY_DATED = {"NetPosa", "SenseNets", "Nanjing FiberHome Starrysky Communication Development Co."}

# Both spellings of each place, as a supplier may write them.
SPELLINGS = [
    ("Hetian Prefecture", "Hotan Prefecture"),
    ("Kashgar Prefecture", "Kashi Prefecture"),
    ("Kelamayi Municipality", "Karamay Municipality"),
    ("Hami Municipality", "Kumul Municipality"),
    ("Hami Municipality", "Qumul Municipality"),
    ("Turfan Municipality", "Turpan Municipality"),
    ("Tumushuke Municipal", "Tumxuk Municipal"),
    ("Yili Kazakh", "Ili Kazakh"),
    ("Boertala Mongolian", "Bortala Mongolian"),
    ("Kezilesu Kyrgyz", "Kizilsu Kyrgyz"),
    ("Aksu District", "Aqsu District"),
    ("Xinjiang Uighur", "Xinjiang Uyghur"),
]


@pytest.fixture(scope="module")
def versions() -> dict[str, list[Listing]]:
    """Every entry's versions by the entry's id, in the order of the set."""
    found: dict[str, list[Listing]] = defaultdict(list)
    for listing in listings():
        found[listing.id].append(listing)
    return dict(found)


def added_by(rule: tuple[int, int]) -> dict[str, list[Listing]]:
    """Entity List entries whose first citation is `rule`, by name."""
    found: dict[str, list[Listing]] = defaultdict(list)
    for listing in listings():
        if listing.citations and (listing.citations[0].volume, listing.citations[0].page) == rule:
            found[listing.party.name].append(listing)
    return dict(found)


def in_force(entries: dict[str, list[Listing]], on: str) -> dict[str, Listing]:
    """The one text of each entry that is the law on day `on`."""
    day = dt.date.fromisoformat(on)
    found = {}
    for name, texts in entries.items():
        current = [text for text in texts if text.in_force(day)]
        assert len(current) <= 1, name
        if current:
            found[name] = current[0]
    return found


def policy_for(listing: Listing, item: str) -> str:
    """The first test of the review policy that `item` meets."""
    assert listing.license_review_policy
    return next(
        test.policy for test in listing.license_review_policy.tests if not test.items or item in test.items
    )


def test_the_october_rule_adds_twenty_government_bodies_and_eight_companies() -> None:
    added = added_by(OCTOBER)
    assert len(added) == 28
    assert Counter(texts[0].party.kind for texts in added.values()) == {"government": 20, "company": 8}
    assert {name for name, texts in added.items() if texts[0].party.kind == "company"} == COMPANIES
    assert {text.destination for texts in added.values() for text in texts} == {"CN"}


def test_none_of_the_28_is_in_force_on_the_eighth_and_all_are_on_the_ninth() -> None:
    added = added_by(OCTOBER)
    assert in_force(added, "2019-10-08") == {}
    assert len(in_force(added, "2019-10-09")) == 28
    assert {text.valid_from for texts in added.values() for text in texts} == {dt.date(2019, 10, 9)}


def test_the_three_of_june_2020_are_not_in_force_before(versions: dict[str, list[Listing]]) -> None:
    three = {
        texts[0].party.name: texts for texts in versions.values() if texts[0].party.name in WRONGLY_DATED
    }
    assert set(three) == WRONGLY_DATED
    assert in_force(three, "2020-06-04") == {}
    assert set(in_force(three, "2020-06-05")) == WRONGLY_DATED
    cited = {str(citation) for texts in three.values() for text in texts for citation in text.citations}
    assert not cited & {"84 FR 54002", "84 FR 54004"}


def test_the_june_rule_adds_five_entities_and_revises_one() -> None:
    added = added_by(JUNE)
    assert set(added) == {
        "Chengdu Haiguang Integrated Circuit",
        "Chengdu Haiguang Microelectronics Technology",
        "Higon",
        "Sugon",
        "Wuxi Jiangnan Institute of Computing Technology",
    }
    assert in_force(added, "2019-06-23") == {}
    assert len(in_force(added, "2019-06-24")) == 5
    cites_it = {
        listing.party.name
        for listing in listings()
        if any((c.volume, c.page) == JUNE for c in listing.citations)
    }
    assert cites_it - set(added) == {"National University of Defense Technology (NUDT)"}


def test_a_revised_entry_is_in_force_before_its_revision() -> None:
    university = {"nudt": [text for text in listings() if text.party.name.endswith("(NUDT)")]}
    assert in_force(university, "2015-02-17") == {}
    assert [str(c) for c in in_force(university, "2019-06-23")["nudt"].citations] == [
        "80 FR 8524",
        "80 FR 8527",
    ]
    assert "84 FR 29373" in map(str, in_force(university, "2019-06-24")["nudt"].citations)


def test_huawei_is_in_force_from_the_sixteenth_of_may_not_the_day_of_print() -> None:
    added = added_by((84, 22961))
    assert "Huawei Technologies Co., Ltd." in added
    assert in_force(added, "2019-05-15") == {}
    assert len(in_force(added, "2019-05-16")) == len(added)


@pytest.mark.parametrize(
    ("on", "scope", "footnotes", "section"),
    [
        ("2019-05-16", "all_items", (), "744.11"),
        ("2020-05-15", "all_items", (1,), "736.2(b)(3)(vi)"),
        ("2020-06-18", "all_items_except", (1,), "standards organization"),
        ("2020-08-17", "all_items_except", (1, 2), "standards organization"),
        ("2022-02-03", "all_items_except", (1, 2), "734.9(e)"),
        ("2022-09-09", "all_items", (1, 2), "734.9(e)"),
    ],
)
def test_the_requirement_for_huawei_follows_its_rules(
    on: str, scope: str, footnotes: tuple[int, ...], section: str
) -> None:
    for name, text in in_force(added_by((84, 22961)), on).items():
        assert text.license_requirement, name
        assert (text.license_requirement.scope, text.footnotes) == (scope, footnotes), name
        assert section in text.license_requirement.text, name
        assert policy_for(text, "EAR99") == "presumption_of_denial", name


def test_entries_under_hong_kong_move_to_china_in_december_2020() -> None:
    hong_kong = {name: texts for name, texts in added_by((84, 22961)).items() if texts[0].destination == "HK"}
    assert len(hong_kong) == 2
    assert {text.destination for text in in_force(hong_kong, "2020-12-22").values()} == {"HK"}
    assert {text.destination for text in in_force(hong_kong, "2020-12-23").values()} == {"CN"}


@pytest.mark.parametrize(
    ("on", "item", "policy"),
    [
        ("2019-11-01", "1A004.c", "case_by_case"),
        ("2019-11-01", "2A983", "case_by_case"),
        ("2019-11-01", "note_1A995", "case_by_case"),
        ("2019-11-01", "1A004.a", "presumption_of_denial"),
        ("2019-11-01", "EAR99", "presumption_of_denial"),
        ("2020-07-21", "infectious_disease", "presumption_of_denial"),
        ("2020-07-22", "infectious_disease", "case_by_case"),
        ("2020-07-22", "3A991", "presumption_of_denial"),
    ],
)
def test_the_policy_of_the_28_depends_on_the_item_and_the_day(on: str, item: str, policy: str) -> None:
    current = in_force(added_by(OCTOBER), on)
    assert {policy_for(text, item) for text in current.values()} == {policy}


def test_footnote_4_marks_five_of_the_companies_and_changes_the_policy_of_dahua_alone() -> None:
    before = in_force(added_by(OCTOBER), "2022-10-06")
    after = in_force(added_by(OCTOBER), "2022-10-07")
    assert not any(text.footnotes for text in before.values())
    assert {name for name, text in after.items() if text.footnotes} == FOOTNOTE_4
    assert all(after[name].footnotes == (4,) for name in FOOTNOTE_4)
    denied = {name for name, text in after.items() if policy_for(text, "1A004.c") == "presumption_of_denial"}
    assert denied == {"Dahua Technology"}


def test_what_rests_on_an_unchecked_day_says_so() -> None:
    for listing in listings():
        if listing.footnotes == (4,):
            assert any(
                remark.code == "unverified" and "footnote 4" in remark.text for remark in listing.remarks
            )


def test_versions_of_an_entry_follow_each_other_without_gap_or_overlap(
    versions: dict[str, list[Listing]],
) -> None:
    for texts in versions.values():
        assert texts[0].version_from == texts[0].valid_from
        assert texts[-1].version_until is None
        for earlier, later in pairwise(texts):
            assert earlier.version_until
            assert later.version_from
            assert earlier.version_until + dt.timedelta(days=1) == later.version_from
            assert earlier.version_from
            assert earlier.version_from <= earlier.version_until


def test_a_version_cites_only_what_its_rule_had_printed(versions: dict[str, list[Listing]]) -> None:
    for texts in versions.values():
        for earlier, later in pairwise(texts):
            assert later.citations[: len(earlier.citations)] == earlier.citations
            assert len(later.citations) > len(earlier.citations)
            # Nothing cited was printed after the day that ends the version.
            assert all(c.published and c.published <= earlier.version_until for c in earlier.citations)  # type: ignore[operator]


def test_every_citation_is_read_whole() -> None:
    for listing in listings():
        assert bool(listing.citations) == (listing.list == "us_bis_entity")
        for citation in listing.citations:
            again = parse_citations(str(citation))
            assert not again.unread
            assert [(c.volume, c.page) for c in again.found] == [(citation.volume, citation.page)]
            assert citation.published
            assert citation.published.year == citation.year


def test_every_requirement_and_policy_is_understood() -> None:
    for listing in listings():
        if listing.list == "us_bis_entity":
            assert listing.license_requirement
            assert listing.license_requirement.scope != "unclassified"
            assert listing.license_review_policy
            assert listing.license_review_policy.strictest == "presumption_of_denial"


@pytest.mark.parametrize("pair", SPELLINGS, ids=" / ".join)
def test_both_spellings_of_a_place_lead_to_one_entry(pair: tuple[str, str]) -> None:
    ids = [
        {
            listing.id
            for listing in listings()
            for name in listing.party.names
            if name.text.startswith(f"{spelling} ") and "Public Security Bureau" in name.text
        }
        for spelling in pair
    ]
    assert len(ids[0]) == 1
    assert ids[0] == ids[1]


def test_names_and_values_that_are_ours_are_marked() -> None:
    for listing in listings():
        published = {name.text for name in listing.party.names if name.origin == "published"}
        assert listing.party.names[0].text in published
        assert all(name.isascii() for name in published), "the rules print no Chinese names"
    printed = {a.published for listing in listings() for a in listing.party.addresses if a.published}
    assert any("Hanzhou" in text for text in printed)
    assert any("S21866" in text for text in printed)
    assert not any("S21866" in a.text for listing in listings() for a in listing.party.addresses)


def test_every_one_of_the_28_has_a_chinese_name() -> None:
    for name, texts in added_by(OCTOBER).items():
        assert any(not n.text.isascii() for n in texts[0].party.names), name


def test_later_listings_for_investors_keep_their_days_apart(versions: dict[str, list[Listing]]) -> None:
    cmic = {texts[0].party.name: texts[0] for texts in versions.values() if texts[0].list == "us_ofac_cmic"}
    assert len(cmic) == 6
    hikvision = cmic["Hangzhou Hikvision Digital Technology Co., Ltd."]
    assert hikvision.valid_from == dt.date(2021, 6, 3)
    assert hikvision.directives == ("effective 2021-08-02", "divest by 2022-06-03")
    assert {i.scheme: i.value for i in hikvision.party.identifiers} == {
        "uscc": "91330000733796106P",
        "isin": "CNE100000PM8",
        "ticker": "002415 CN",
    }
    sensetime = cmic["SenseTime Group Limited"]
    assert sensetime.party.countries == ("HK",)
    assert [remark.code for remark in sensetime.remarks] == ["other_entity"]
    assert not any(word in name for name in cmic for word in ("Dahua", "IFLYTEK", "Yixin"))


def test_remark_codes_are_from_the_closed_list() -> None:
    assert {remark.code for listing in listings() for remark in listing.remarks} <= set(REMARK_CODES)


def test_the_declared_counts_are_the_counts() -> None:
    text = resources.files("ringfence.sources.lists.us_reference_2019").joinpath("source.toml").read_text()
    source = msgspec.convert(tomllib.loads(text), Source)
    entries = Counter(list_id for list_id, _ in {(listing.list, listing.id) for listing in listings()})
    assert source.bundled
    assert source.warning == "reference set of October 2019, not a current list"
    assert {feed.list: feed.least for feed in source.feeds} == entries
