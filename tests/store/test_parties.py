"""One party across lists: joined on evidence, kept apart without it, overruled by people."""

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Identifier, ListedTie, Listing, Name, PartialDate
from ringfence.store import Parties, Ruling, join_parties
from tests.store.entries import entry, instant
from tests.stores import Stores, lent_store

CMIC, SDN = "us_ofac_cmic", "us_ofac_sdn"
BUILDING = "No. 36 Zhongguancun Software Park, No. 8 Dongbeiwang West Road, Haidian District, Beijing"
HIKVISION = entry("Hangzhou Hikvision Digital Technology Co., Ltd.", "Hikvision", key="hikvision")
HIKVISION_CMIC = entry(
    "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD.", list_id=CMIC, key="30946", party_id="ofac-30946"
)


def together(*listings: Listing, rulings: Sequence[Ruling] = ()) -> bool:
    parties = join_parties(listings, rulings)
    return len({parties.id_of(listing) for listing in listings}) == 1


def ruling(action: str, one: Listing, other: Listing, hour: int = 0) -> Ruling:
    return Ruling(action, one.id, other.id, "because", "A. Lawyer", instant(hour))  # type: ignore[arg-type]


def born(year: int) -> tuple[PartialDate, ...]:
    return (PartialDate(dt.date(year, 5, 1), dt.date(year, 5, 1), str(year)),)


def test_one_name_and_country_on_two_lists_is_one_party_with_its_evidence() -> None:
    parties = join_parties([HIKVISION, HIKVISION_CMIC])
    assert parties.id_of(HIKVISION) == parties.id_of(HIKVISION_CMIC) == HIKVISION.party.id
    (join,) = parties.evidence
    assert (join.basis, join.joined) == ("name", True)
    assert "country CN" in join.text


def test_an_alias_without_its_legal_form_needs_an_address_or_a_second_name() -> None:
    sugon = entry("Sugon", "Dawning Information Industry", key="sugon", addresses=(BUILDING,))
    dawning = "DAWNING INFORMATION INDUSTRY CO., LTD"
    assert together(sugon, entry(dawning, list_id=CMIC, key="1", party_id="ofac-1", addresses=(BUILDING,)))
    assert together(sugon, entry(dawning, "SUGON", list_id=CMIC, key="1", party_id="ofac-1"))
    alone = entry(dawning, list_id=CMIC, key="1", party_id="ofac-1")
    parties = join_parties([sugon, alone])
    assert parties.id_of(sugon) != parties.id_of(alone)
    assert [join.joined for join in parties.evidence] == [False]
    assert "legal form" in parties.evidence[0].text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry("Beijing Sensetime Technology Development Co., Ltd.", "Sense Time", key="a"),
         entry("SENSETIME GROUP LIMITED", list_id=CMIC, key="b")),
        (entry("Yitu Technologies", key="a"), entry("YITU LIMITED", list_id=CMIC, key="b", countries=("KY",))),
        (entry("Xinjiang Production and Construction Corps (XPCC)", "XPCC", key="a"),
         entry("Xinjiang Production and Construction Corps (XPCC) Public Security Bureau", "XPCC", key="b")),
        (entry("Huawei Technologies Co., Ltd. (Huawei)", key="a", cites="84 FR 22961"),
         entry("Huawei Technologies (Vietnam) Company Limited", key="b", countries=("VN", "CN"), cites="84 FR 22961")),
        (entry("Gamma Optics Works", "GOW", key="a"), entry("Great Ocean Winds Trading", "GOW", list_id=SDN, key="b")),
        (entry("Gamma Optics Works", key="a"), entry("Gamma Optics Works", list_id=SDN, key="b", countries=("RU",))),
        (entry("Gamma Optics Works", key="a", kind="vessel"), entry("Gamma Optics Works", list_id=SDN, key="b")),
        (entry("Hangzhou Works", key="a"), entry("HANGZHOU", list_id=SDN, key="b")),
        (entry("Hebei Guanlang Biotech Co., Ltd.", list_id=SDN, key="1", party_id="ofac-1"),
         entry("HEBEI GUANLANG BIOTECH CO. LIMITED", list_id=SDN, key="2", party_id="ofac-2")),
    ],
    ids=["SenseTime Group", "Yitu Limited", "XPCC bureau", "Huawei affiliate", "acronym", "country", "kind", "one word",
         "two numbers of one publisher"],
)  # fmt: skip
def test_these_are_two_parties(one: Listing, other: Listing) -> None:
    assert not together(one, other)


def test_xpcc_with_and_without_its_short_name_is_one_party() -> None:
    entity = entry("Xinjiang Production and Construction Corps (XPCC)", "XPCC", key="xpcc")
    assert together(
        entity, entry("XINJIANG PRODUCTION AND CONSTRUCTION CORPS", list_id=SDN, key="2", party_id="ofac-2")
    )


def test_identifiers_join_whatever_the_names_and_contradict_whatever_the_names() -> None:
    uscc = (Identifier("uscc", "91330000733796106P"),)
    other = (Identifier("uscc", "91440300618839XXXX"),)
    left = entry("Alpha Optical Works", key="a", identifiers=uscc)
    assert together(left, entry("Omega Holdings", list_id=CMIC, key="b", identifiers=uscc))
    assert not together(left, entry("Alpha Optical Works", list_id=CMIC, key="b", identifiers=other))


def test_a_reference_that_several_entries_of_a_list_bear_joins_none_of_them() -> None:
    un = entry(
        "KOREA DAESONG BANK", key="KPe.023", list_id="un_sc", party_id="un_sc-KPe.023", countries=("KP",)
    )
    un = with_reference(un)
    uk = [
        with_reference(entry(name, key=key, list_id="uk_ofsi", party_id=f"uk_ofsi-{key}", countries=("KP",)))
        for key, name in (("1", "KORYO CREDIT DEVELOPMENT BANK"), ("2", "KANGBONG TRADING CORPORATION"))
    ]
    assert together(un, uk[0])
    parties = join_parties([un, *uk])
    assert len({parties.id_of(one) for one in (un, *uk)}) == 3
    assert all("several entries of one list bear it" in join.text for join in parties.evidence)


def with_reference(listing: Listing) -> Listing:
    party = msgspec.structs.replace(listing.party, identifiers=(Identifier("un", "KPe.023"),))
    return msgspec.structs.replace(listing, party=party)


def test_a_passport_needs_its_birth_date() -> None:
    passport = (Identifier("passport", "X0906223", "CH"),)
    one = entry(
        "Jane Roe",
        key="1",
        list_id=SDN,
        party_id="ofac-1",
        kind="person",
        identifiers=passport,
        birth_dates=born(1960),
    )
    same = entry("J. Roe", key="a", kind="person", identifiers=passport, birth_dates=born(1960))
    assert together(one, same)
    assert not together(
        one, entry("J. Roe", key="a", kind="person", identifiers=passport, birth_dates=born(1961))
    )
    assert not together(one, entry("J. Roe", key="a", kind="person", identifiers=passport))


def test_the_name_of_a_person_alone_joins_nothing_and_another_birth_date_keeps_apart() -> None:
    one = entry("Ivan Sergeyevich Petrov", key="a", kind="person", countries=("RU",), birth_dates=born(1960))
    assert not together(
        one,
        entry(
            "PETROV, Ivan Sergeyevich",
            list_id=SDN,
            key="1",
            party_id="ofac-1",
            kind="person",
            countries=("RU",),
        ),
    )
    assert together(
        one,
        entry(
            "PETROV, Ivan Sergeyevich",
            list_id=SDN,
            key="1",
            party_id="ofac-1",
            kind="person",
            countries=("RU",),
            birth_dates=born(1960),
        ),
    )
    parties = join_parties(
        [
            one,
            entry(
                "Ivan Sergeyevich Petrov",
                list_id=SDN,
                key="1",
                kind="person",
                countries=("RU",),
                birth_dates=born(1980),
            ),
        ]
    )
    assert parties.evidence == ()


def test_a_name_that_many_bear_joins_nobody() -> None:
    many = [entry("United Trading", list_id=f"list_{n}", key="u", countries=("AE",)) for n in range(5)]
    parties = join_parties(many)
    assert len({parties.id_of(one) for one in many}) == 5


def test_one_list_prints_a_party_once_for_each_destination() -> None:
    france = entry("Dart Aviation", key="dart-fr", countries=("FR",), cites="79 FR 44683")
    iran = entry("Dart Aviation", key="dart-ir", countries=("IR",), cites="79 FR 44683")
    assert together(france, iran)
    assert not together(france, entry("Dart Aviation", key="dart-gb", countries=("GB",), cites="81 FR 61595"))


def test_weak_and_editorial_names_are_no_evidence() -> None:
    def named(name: Name, key: str, list_id: str) -> Listing:
        listing = entry(f"Something {key}", key=key, list_id=list_id)
        party = msgspec.structs.replace(listing.party, names=(*listing.party.names, name))
        return msgspec.structs.replace(listing, party=party)

    plain = entry("Gamma Optics Works", list_id=SDN, key="1", party_id="ofac-1")
    assert together(named(Name("Gamma Optics Works", "alias"), "a", "us_bis_entity"), plain)
    assert not together(named(Name("Gamma Optics Works", "alias", weak=True), "a", "us_bis_entity"), plain)
    assert not together(
        named(Name("Gamma Optics Works", "alias", origin="editorial"), "a", "us_bis_entity"), plain
    )


def test_a_ruling_overrules_evidence_and_the_latest_on_a_pair_holds() -> None:
    split, join = ruling("split", HIKVISION, HIKVISION_CMIC), ruling("join", HIKVISION_CMIC, HIKVISION, 1)
    assert not together(HIKVISION, HIKVISION_CMIC, rulings=[split])
    assert together(HIKVISION, HIKVISION_CMIC, rulings=[split, join])
    stranger = entry("Omega Holdings", list_id=SDN, key="9", party_id="ofac-9")
    assert together(HIKVISION, stranger, rulings=[ruling("join", HIKVISION, stranger)])


def test_a_split_holds_through_a_third_listing() -> None:
    third = entry("Hangzhou Hikvision Digital Technology Co., Ltd.", list_id="us_bis_meu", key="hikvision")
    parties = join_parties([HIKVISION, HIKVISION_CMIC, third], [ruling("split", HIKVISION, HIKVISION_CMIC)])
    assert parties.id_of(HIKVISION) != parties.id_of(HIKVISION_CMIC)
    refused = [join for join in parties.evidence if not join.joined]
    assert refused
    assert all("a ruling keeps them apart" in join.text for join in refused)


def test_an_affiliate_is_tied_to_its_parent_and_not_joined() -> None:
    tie = ListedTie("affiliate_of", "Huawei Technologies Co., Ltd.")
    affiliate = entry("Hangzhou Huawei Digital Technology Co., Ltd.", key="a", ties=(tie,))
    parent = entry("Huawei Technologies Co., Ltd.", key="h")
    parties = join_parties([affiliate, parent])
    told = parties.about(affiliate, {affiliate.id: affiliate, parent.id: parent}.get)
    assert told.listings == (affiliate.id,)
    assert [(one.relation, one.name) for one in told.parents] == [
        ("affiliate_of", "Huawei Technologies Co., Ltd.")
    ]


def test_two_parties_that_their_lists_call_the_same_have_two_ids() -> None:
    one = entry("Ali Hassan", key="a", kind="person", countries=("AE",))
    other = entry("Ali Hassan", key="a", list_id="us_bis_denied", kind="person", countries=("US",))
    assert one.party.id == other.party.id
    parties = join_parties([one, other])
    assert parties.id_of(one) != parties.id_of(other)


def test_rulings_are_kept_and_known_only_from_when_they_were_made(stores: Stores) -> None:
    with lent_store(stores) as store:
        first, second = (
            ruling("split", HIKVISION, HIKVISION_CMIC),
            ruling("join", HIKVISION, HIKVISION_CMIC, 5),
        )
        store.rule(first)
        store.rule(second)
        assert store.rulings() == [first, second]
        assert store.rulings(known_at=instant(1)) == [first]


pool = [
    entry(name, list_id=list_id, key=f"{number}", countries=countries, cites=cites)
    for number, (name, list_id, countries, cites) in enumerate(
        (name, list_id, countries, cites)
        for name in ("Alpha Optical Works", "ALPHA OPTICAL WORKS LTD", "Beta Marine Trading")
        for list_id in ("us_bis_entity", SDN, CMIC)
        for countries, cites in ((("CN",), "84 FR 1000"), (("CN", "RU"), "84 FR 1000; 85 FR 2000"))
    )
]


@given(st.permutations(pool), st.lists(st.tuples(st.sampled_from(pool), st.sampled_from(pool)), max_size=4))
def test_rulings_always_hold_and_the_order_of_listings_does_not_matter(
    shuffled: list[Listing], split: list[tuple[Listing, Listing]]
) -> None:
    rulings = [ruling("split", one, other) for one, other in split if one.id != other.id]
    parties: Parties = join_parties(shuffled, rulings)
    assert parties == join_parties(pool, rulings)
    for one in rulings:
        by_id = {listing.id: listing for listing in pool}
        assert parties.id_of(by_id[one.one]) != parties.id_of(by_id[one.other])
    for party, members in parties.groups.items():
        assert {parties.id_of(listing) for listing in pool if listing.id in members} == {party}
