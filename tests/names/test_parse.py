"""Names taken apart: scripts, disguises, abbreviations, Chinese compounds."""

import pytest

from ringfence.names import Role, fold, likeness, parse, readings, skeleton
from ringfence.names.script import latin_words
from ringfence.names.tables import FOLDER, table_rows
from ringfence.names.words import near_term


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Hangzhou Hikvision Digital Tech. Co., Ltd.", "hangzhou hikvision digital technology co ltd"),
        ("杭州海康威视数字技术股份有限公司", "hangzhou hikvision digital technology jsc"),
        ("和田地区公安局", "hotan prefecture public security bureau"),
        (
            "Ili Kazakh Autonomous Prefecture P.S.B.",
            "ili kazakh autonomous prefecture public security bureau",
        ),
        ("PSB II OOO", "psb ii llc"),
        ("哈爾濱工業大學", "harbin institute technology"),
        ("新疆警察学院", "xinjiang police college"),
        ("中国电子科技集团公司第五十四研究所", "china electronics technology group corp 54 institute"),
        ("Ｈｕａｗｅｉ", "huawei"),
        ("H.u.a.w.e.i", "huawei"),
        ("Нuаwеі", "huawei"),
        ("Xi?an Huawei", "xian huawei"),
        ("Общество с ограниченной ответственностью Щёлково", "llc shchelkovo"),
        ("54th Research Institute", "54 institute"),
        ("马化腾", "ma huateng"),
        ("中国人民解放军国防科技大学", "national university defense technology"),
        ("Xibei Gongye Daxue", "northwestern polytechnical university"),
        ("Sur\u200dgutmebel", "surgutmebel"),
    ],
)
def test_a_name_is_compared_by_its_plain_words(written: str, compared: str) -> None:
    assert parse(written).text == compared


def test_a_given_name_is_one_word_in_each_of_its_spellings() -> None:
    assert parse("Mohamed Abdulla").text == parse("Mukhammad Abdallah").text
    assert not any(" " in term for term, _ in table_rows("given_names"))


@pytest.mark.parametrize("form", ["stroitelny", "stroitelnaya", "stroitelnogo", "stroitelnoi", "stroitelnye"])
def test_a_russian_adjective_is_one_word_in_each_of_its_forms(form: str) -> None:
    assert parse(f"{form} kombinat").text == parse("construction kombinat").text


def test_a_short_name_in_brackets_at_the_end_is_a_name_of_its_own() -> None:
    assert [r.text for r in readings("National University of Defense Technology (NUDT)")][-1] == "nudt"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "Great Corporation 13th Institute (GC 13). Subordinate Institution - Tonghui Electronics",
            "tonghui electronics",
        ),
        ("United Shipyard Corporation “Factory Nerpa”", "factory nerpa"),
    ],
)
def test_the_body_within_another_is_a_reading(name: str, body: str) -> None:
    assert body in [reading.text for reading in readings(name) if reading.part == "within"]


def test_a_brand_in_quotation_marks_after_a_legal_form_is_no_body_within() -> None:
    assert [reading.part for reading in readings("OOO “Ravenstvo”")] == [""]


def test_a_short_name_in_the_middle_is_not() -> None:
    name = "Xinjiang Production and Construction Corps (XPCC) Public Security Bureau"
    assert all("bureau" in reading.text for reading in readings(name))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("mohamed", "muhamed"),
        ("svitzerland", "switzerland"),
        ("alzahrani", "zahrani"),
        ("srgtmbl", "surgutmebel"),
        ("kshvrzi", "keshavarzi"),
        ("strytrnsgz", "stroytransgaz"),
        ("dhghn", "dehghan"),
        ("kdyv", "kidyaev"),
        ("alyaksandr", "aliaksandr"),
        ("hfeei", "hefei"),
        ("alekesi", "aleksei"),
        ("coreizng", "corezing"),
        ("huawie", "huawei"),
    ],
)
def test_words_that_people_take_for_one_another_are_alike(a: str, b: str) -> None:
    assert likeness(a, b).degree > 0.5
    assert likeness(a, b) == likeness(b, a)


@pytest.mark.parametrize(
    ("a", "b"), [("39", "38"), ("hudson", "kishan"), ("beijing", "shanghai"), ("abc", "abd")]
)
def test_words_that_differ_are_not(a: str, b: str) -> None:
    assert likeness(a, b).degree < 0.5


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Хиквижн", "khikvision"),
        ("Солюшнс", "solyutions"),
        ("Корпорейшн", "korporation"),
        ("Продакшн", "prodaktion"),
        ("Пушкин", "pushkin"),
        ("Должен", "dolzhen"),
        ("Волошин", "voloshin"),
    ],
)
def test_an_english_word_that_cyrillic_spells_by_its_sound_ends_in_english(written: str, read: str) -> None:
    assert latin_words(written) == [read]


@pytest.mark.parametrize(("poor", "whole"), [("mnng", "mining"), ("rhllh", "rouhollah"), ("fth", "fatah")])
def test_consonants_agree_whether_vowels_were_left_out_before_or_after(poor: str, whole: str) -> None:
    assert skeleton(fold(poor)) == skeleton(fold(whole))


def test_letters_before_a_name_are_initials_and_after_it_a_legal_form() -> None:
    assert [word.role for word in parse("S. A. Yusuf").words][:2] == [Role.INITIAL, Role.INITIAL]
    assert parse("Yusuf S. A.").words[-1].role is Role.LEGAL


def test_letters_among_those_before_a_name_are_initials_too() -> None:
    assert [word.role for word in parse("R. C. V. Rodriguez").words][:3] == [Role.INITIAL] * 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Khors TOV", "Tovarystvo z obmezhenoyu vidpovidalnistyu Khors"),
        ("Private JSC Khors", "Khors Private Joint Stock Company"),
        ("Khors GmbH & Co. KG", "Khors OHG"),
    ],
)
def test_legal_forms_that_are_the_same_are_one_word(one: str, other: str) -> None:
    assert sorted(word.key for word in parse(one).words) == sorted(word.key for word in parse(other).words)
    assert sum(word.role is Role.LEGAL for word in parse(one).words) == 1


def test_a_name_is_as_common_under_the_spelling_it_is_compared_as() -> None:
    assert parse("John William").words[0].role is parse("John William").words[1].role is Role.COMMON


def test_a_small_l_before_capitals_is_an_i() -> None:
    assert parse("lRAN Air").text == parse("IRAN Air").text != parse("lran Air").text
    assert parse("Zibo lEim Trade").text == parse("Zibo leim Trade").text


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("technolgy", "technology"),
        ("compayn", "co"),
        ("c0mp4ny", "co"),
        ("cornpany", "co"),
        ("elctrncs", "electronics"),
        ("ppower", parse("power").text),
        ("kompany", "co"),
    ],
)
def test_a_slip_of_a_common_word_is_read_as_the_word(slip: str, meant: str) -> None:
    assert near_term(slip) == meant


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.stem)
def test_a_table_says_what_belongs_in_it_and_is_sorted(path) -> None:  # type: ignore[no-untyped-def]
    head = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert any("Origin:" in line for line in head)
    assert any("belongs" in line for line in head)
    rows = list(table_rows(path.stem))
    assert rows == sorted(rows)
    assert len(rows) == len({tuple(row) for row in rows})
