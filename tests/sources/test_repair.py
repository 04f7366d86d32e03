import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.sources.repair import in_one_script, repair


@pytest.mark.parametrize(
    ("published", "meant"),
    [
        ("Huawei Technologies Co”peratief U.A.", "Huawei Technologies Coöperatief U.A."),
        ("CID A‚roport International L‚opold Senghor", "CID Aéroport International Léopold Senghor"),
        ("Delegaci¢n Cuajimalpa", "Delegación Cuajimalpa"),
        ("Ciudad de Panam\u00a0", "Ciudad de Panamá"),
        ("51B - 11§.A 1990-085", "51B - 11º.A 1990-085"),
        ("DÅsseldorf", "Düsseldorf"),
    ],
)
def test_letters_garbled_by_old_code_pages_are_restored(published: str, meant: str) -> None:
    assert repair(published) == meant


@pytest.mark.parametrize(
    "sound", ["the “Corps” of Engineers", "O’Brien’s", "Ågotnes", "Çelik Ä.Ş.", "see § 744.11", "a – b"]
)
def test_sound_text_is_left_alone(sound: str) -> None:
    assert repair(sound) == sound


@given(st.text())
def test_repairing_twice_is_repairing_once(text: str) -> None:
    assert repair(repair(text)) == repair(text)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_ascii_is_never_changed(text: str) -> None:
    assert repair(text) == text


def test_cyrillic_letters_that_look_latin_are_latin_in_a_latin_name() -> None:
    assert (
        in_one_script("Shenzhen Ditai Technology \u0421\u043e., Ltd.")
        == "Shenzhen Ditai Technology Co., Ltd."
    )


@pytest.mark.parametrize("sound", ["ООО Восток Co.", "АО", "Завод Kvant", "Alpha Co., Ltd."])
def test_a_name_in_cyrillic_keeps_its_letters(sound: str) -> None:
    assert in_one_script(sound) == sound


@given(st.text(alphabet="АВСаеоЖжяABCabc .,"))
def test_putting_a_name_in_one_script_twice_is_once(text: str) -> None:
    once = in_one_script(text)
    assert in_one_script(once) == once
    assert len(once) == len(text)
