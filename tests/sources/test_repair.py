import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.sources.repair import repair


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
