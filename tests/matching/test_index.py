"""The index: finds what comparing finds, saves and loads, refuses what it cannot read."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.matching.conftest import KERNELS

from ringfence.errors import StoreError
from ringfence.matching import HIT_AT, REVIEW_AT, Index, Kernel, compare, discriminates, tables_digest
from ringfence.matching.arrays import type_of, write_arrays
from ringfence.matching.form import FORM
from ringfence.records import Listing, Match, Name, Party, Query, score_of


def listing(name: str, *aliases: str, kind: str = "unknown", countries: tuple[str, ...] = ()) -> Listing:
    names = tuple(Name(text) for text in (name, *aliases))
    return Listing("test:x", "test", "test", Party("x", kind, names, countries))  # type: ignore[arg-type]


LISTED = [
    listing("Hangzhou Hikvision Digital Technology Co., Ltd.", "Hikvision", countries=("CN",)),
    listing("Hetian Prefecture Public Security Bureau", "Hotan Prefecture Public Security Bureau"),
    listing("Aksu District Public Security Bureau"),
    listing("Xinjiang Police College"),
    listing("Xinjiang Production and Construction Corps (XPCC) Public Security Bureau"),
    listing("Huawei Technologies Co., Ltd."),
    listing("IVANOV, Sergey Petrovich", kind="person"),
    listing("OCEAN STAR", kind="vessel"),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(enumerate(LISTED))


def refs(found: list[Match]) -> list[int]:
    return [match.ref for match in found]


@pytest.mark.parametrize(
    ("asked", "ref"),
    [
        ("Hangzhou Hikvision Digital Technology Co., Ltd.", 0),
        ("杭州海康威视数字技术股份有限公司", 0),
        ("和田地区公安局", 1),
        ("新疆警察学院", 3),
        ("Sergei IVANOV", 6),
        ("Нuаwеі Тесhnоlоgіеѕ", 5),
        ("H.u.a.w.e.i Technologies", 5),
        ("HuaweiTechnologies", 5),
    ],
)
def test_a_listed_party_is_found_under_another_spelling_or_script(index: Index, asked: str, ref: int) -> None:
    found = index.search(Query(name=asked))
    assert refs(found)[:1] == [ref]
    assert found[0].score >= REVIEW_AT


@pytest.mark.parametrize(
    "asked", ["Jiangxi Police College", "Carvana Co.", "Apple Inc.", "Kunming Public Security Bureau"]
)
def test_a_party_that_is_not_listed_is_no_hit(index: Index, asked: str) -> None:
    assert all(match.score < HIT_AT for match in index.search(Query(name=asked)))


@pytest.mark.parametrize(
    ("parent", "unit"),
    [
        (
            "Xinjiang Production and Construction Corps",
            "Xinjiang Production and Construction Corps (XPCC) Public Security Bureau",
        ),
        ("Rosneft Holding", "Rosneft Holding Laboratory of Catalysis"),
        ("Bank Melli Iran", "Bank Melli Iran, Hamburg Branch"),
    ],
)
def test_a_parent_is_told_from_a_body_within_it(parent: str, unit: str) -> None:
    found = compare(Query(name=parent), listing(unit))
    assert found.score < compare(Query(name=unit), listing(unit)).score
    assert [(r.weight < 0, r.listed) for r in found.reasons if r.relation == "unit"] == [(True, "")]
    again = compare(Query(name=unit), listing(unit))
    assert not any(r.relation == "unit" for r in again.reasons)


def test_two_names_of_one_body_are_not_told_apart_as_parent_and_unit() -> None:
    match = compare(Query(name="Rosneft Research Academy"), listing("Rosneft Research Institute"))
    assert not any(r.relation == "unit" for r in match.reasons)


def test_reasons_add_up_to_the_score(index: Index) -> None:
    for match in index.search(Query(name="Hikvision Digital Tech", countries=("CN",)), threshold=0.01):
        assert score_of(match.reasons) == match.score


def test_comparing_two_gives_the_score_of_the_index(index: Index) -> None:
    query = Query(name="Hikvision Technology", countries=("US",))
    for match in index.search(query, threshold=0.01):
        assert compare(query, LISTED[match.ref], index, ref=match.ref) == match


def test_a_saved_index_answers_as_before(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "names.index")
    again = Index.load(tmp_path / "names.index")
    query = Query(name="Hikvision")
    assert again.search(query) == index.search(query)
    assert (len(again), again.names) == (len(index), index.names)


def test_every_index_has_the_form_that_a_loaded_one_must_have() -> None:
    for entries in ([], enumerate(LISTED)):
        assert {name: type_of(array) for name, array in Index.build(entries)._arrays.items()} == FORM


def test_a_loaded_index_is_saved_byte_for_byte(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "one.index")
    Index.load(tmp_path / "one.index").save(tmp_path / "other.index")
    assert (tmp_path / "other.index").read_bytes() == (tmp_path / "one.index").read_bytes()


def test_a_damaged_index_is_refused(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "names.index"
    index.save(path)
    whole = path.read_bytes()
    at = len(whole) * 2 // 3
    flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    renamed = whole.replace(b"engine", b"engime", 1)
    for bad in (b"", b"something else", whole[:24], whole[:100], whole[:-1], whole + b"0", renamed, flipped):
        path.write_bytes(bad)
        with pytest.raises(StoreError):
            Index.load(path)
    with pytest.raises(StoreError):
        Index.load(tmp_path / "absent")


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("lost", ["keys", "units", "name_words", "bones_hash", "facts", "entry_person"])
def test_a_file_that_lacks_an_array_is_refused(
    index: Index, tmp_path: Path, lost: str, kernel: Kernel
) -> None:
    arrays = {name: array for name, array in index._arrays.items() if name != lost}
    write_arrays(tmp_path / "older.index", arrays, tables_digest())
    with pytest.raises(StoreError, match="build it again"):
        Index.load(tmp_path / "older.index", kernel=kernel)


def test_an_index_of_another_matcher_is_refused(index: Index, tmp_path: Path) -> None:
    write_arrays(tmp_path / "other.index", index._arrays, "sha256:other")
    with pytest.raises(StoreError, match="another matcher"):
        Index.load(tmp_path / "other.index")


def test_an_index_of_nothing_is_saved_and_loaded(tmp_path: Path) -> None:
    Index.build([]).save(tmp_path / "empty.index")
    assert len(Index.load(tmp_path / "empty.index")) == 0


@pytest.mark.parametrize("kernel", KERNELS)
def test_threads_that_ask_one_index_get_the_answers_of_one_thread(kernel: Kernel) -> None:
    chance = random.Random(5)
    words = sorted({word for entry in LISTED for name in entry.party.names for word in name.text.split()})
    asked = [Query(name=" ".join(chance.sample(words, 3))[: chance.randrange(8, 40)]) for _ in range(150)]
    alone = Index.build(enumerate(LISTED), kernel=kernel)
    wanted = [alone.search(query, threshold=0.05) for query in asked]
    shared = Index.build(enumerate(LISTED), kernel=kernel)

    def ask(start: int) -> list[list[Match]]:
        turned = asked[start:] + asked[:start]
        found = list(shared.search_many(turned, threshold=0.05))
        return found[len(asked) - start :] + found[: len(asked) - start]

    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(ask, (0, 40, 80, 120)):
                assert found == wanted
    finally:
        sys.setswitchinterval(often)


def test_a_name_of_common_words_cannot_discriminate() -> None:
    assert not discriminates(Query(name="Global Trading Co"))
    assert discriminates(Query(name="Hetian Prefecture Public Security Bureau"))
    assert discriminates(Query(name="Huawei"))


def test_an_index_of_nothing_answers_nothing() -> None:
    empty = Index.build([])
    assert empty.search(Query(name="Huawei")) == []
    assert len(empty) == 0


OTHERS = [listing(f"Filler{n} Organization Waterway Tianjin Production Trading") for n in range(60)]
SHORTENED = [
    listing("Global Communications Construction Company Tianjin Waterway Bureau"),
    listing("Haji Juma Khan Organization"),
    listing("KJH Trading"),
    *OTHERS,
]


@pytest.mark.parametrize(
    ("asked", "ref"),
    [
        ("GCCC Tianjin Waterway Bureau", 0),
        ("HJK Organization", 1),
        ("Karim Juma Haji Trading", 2),
    ],
)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_word_made_of_first_letters_meets_the_words_in_a_longer_name(
    asked: str, ref: int, kernel: Kernel
) -> None:
    found = Index.build(enumerate(SHORTENED), kernel=kernel).search(Query(name=asked), threshold=0.05)
    assert refs(found)[:1] == [ref]
    assert any(reason.relation == "first_letters" for reason in found[0].reasons)


CUT = (
    listing("PUBLIC JOINT STOCK COMPANY SHIPBUILDING PLANT ZARYA"),
    listing("Nord Weapons (Private) Limited, Karachi"),
    listing("State Research Institute of Zirconium Nord"),
    *OTHERS,
)


@pytest.mark.parametrize(
    ("asked", "ref", "relation"),
    [
        ("PJSC Shipbuilding Pl", 0, "cut"),
        ("PUBLIC JOINT STOCK COMPANY SHIPBUIL", 0, "cut"),
        ("Public Joint-Stock Company Ship", 0, "cut"),
        ("Nord Weapons (Private) Lim", 1, "cut"),
        ("Nord Weapons (Private)", 1, "begins"),
        ("STATE RESEARCH INSTITUTE OF ZIR", 2, "cut"),
        ("State Research Institute of Zirconium", 2, "begins"),
    ],
)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_name_that_was_cut_off_is_found_by_its_beginning(
    asked: str, ref: int, relation: str, kernel: Kernel
) -> None:
    index = Index.build(enumerate(CUT), kernel=kernel)
    found = index.search(Query(name=asked), threshold=0.05)
    assert refs(found)[:1] == [ref]
    assert relation in {reason.relation for reason in found[0].reasons}
    assert found[0] == compare(Query(name=asked), CUT[ref], index, ref=ref)


def test_a_short_or_another_beginning_is_no_cut() -> None:
    for asked in (
        "Nord Weap",
        "Zarya Weapons (Private) Lim",
        "JSC Na",
        "PJSC Shipbuil",
        "Open Joint Stock Company Shipbuil",
    ):
        for entry in CUT:
            told = {reason.relation for reason in compare(Query(name=asked), entry).reasons}
            assert not told & {"cut", "begins"}


def test_of_listings_that_score_the_same_the_nearest_spelling_comes_first() -> None:
    listed = [listing("Huawei Technologies Co., Ltd."), listing("Huawei Technology Company Limited"), *OTHERS]
    index = Index.build(enumerate(listed))
    found = index.search(Query(name="Huawei Technology Company Limtd"), threshold=0.01)
    assert found[0].score == found[1].score
    assert refs(found) == [1, 0]


def test_a_word_that_no_list_holds_is_read_as_the_one_it_looks_like() -> None:
    listed = [listing("Integral KOB"), listing("Integral"), listing("EP-IRT", kind="aircraft"), *OTHERS]
    index = Index.build(enumerate(listed))
    assert refs(index.search(Query(name="Integral K0B"), threshold=0.01))[:1] == [0]
    assert refs(index.search(Query(name="EP-lRT"), threshold=0.1))[:1] == [2]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_part_of_an_index_measures_words_by_the_whole(kernel: Kernel) -> None:
    whole = Index.build(enumerate(LISTED), kernel=kernel)
    part = Index.build(list(enumerate(LISTED))[:3], kernel=kernel, measure=whole)
    for name in (
        "Hikvision Police",
        "Huawei Hikvision Digital Tech",
        "Hetian Prefecture Xinjiang Star Bureau",
        "Hikvision 0cean",
    ):
        query = Query(name=name)
        wanted = [match for match in whole.search(query, threshold=0.01, limit=None) if match.ref < 3]
        assert part.search(query, threshold=0.01, limit=None) == wanted != []
