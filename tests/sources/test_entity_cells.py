"""Entity cells of part 744: where names end, which lines are aliases, and what belongs to whom."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.sources.ear.entity_cells import Body, read_cell


def _one(text: str) -> Body:
    (body,) = read_cell(text)
    return body


def test_the_comma_before_a_legal_form_belongs_to_the_name() -> None:
    body = _one(
        "Baoding Giant Import and Export Co., Ltd., Room 905, No. 77 Fuxing Road, Baoding City, China."
    )
    assert body.name == "Baoding Giant Import and Export Co., Ltd."
    assert body.addresses == ("Room 905, No. 77 Fuxing Road, Baoding City, China",)


def test_russian_forms_after_a_comma_belong_to_the_name() -> None:
    assert (
        _one("Gazprom, OAO (a.k.a. OAO Gazprom; a.k.a. Gazprom) Address: 16 Nametkina St., Moscow").name
        == "Gazprom, OAO"
    )


def test_an_address_that_follows_a_form_without_a_comma_is_told_apart() -> None:
    body = _one("Kelvo Inc 6600 21st Avenue, Laval, Canada")
    assert (body.name, body.addresses) == ("Kelvo Inc", ("6600 21st Avenue, Laval, Canada",))


def test_a_person_beside_an_institute_is_not_part_of_it() -> None:
    body = _one("Hamid Sepehrian, Jaber Ibn Hayan Research Institute, AEOI, P.O. Box 11365, Tehran, Iran.")
    assert body.name == "Hamid Sepehrian"


def test_aliases_end_where_the_announced_number_is_reached() -> None:
    body = _one(
        "Kral Aviation, a.k.a., the following two aliases: Kral Havacilik; and Kral Aviation Ltd. No: 1, Istanbul; and "
        "No. 3, Istanbul"
    )
    assert body.aliases == ("Kral Havacilik", "Kral Aviation Ltd.")
    assert body.addresses == ("No: 1, Istanbul", "No. 3, Istanbul")


def test_fewer_aliases_than_announced_are_said() -> None:
    body = _one(
        "X Trading, a.k.a., the following two aliases:\n—Y Trading.\n5 Some Street, Kabul, Afghanistan."
    )
    assert body.doubts == ("2 aliases are announced and 1 printed",)


def test_a_last_alias_that_runs_on_into_the_address_ends_at_its_full_stop() -> None:
    body = _one(
        "Alfakomponent, a.k.a., the following one alias:\n—OOO Alfakomponent. 140 Leninski Prospect, Saint Petersburg, Russia."
    )
    assert body.aliases == ("OOO Alfakomponent",)
    assert body.addresses == ("140 Leninski Prospect, Saint Petersburg, Russia",)


def test_cross_references_are_ties_and_no_addresses() -> None:
    body = _one(
        "Mohammed Katranji, 1st floor, Hujij Building, Beirut, Lebanon. (See alternate addresses under U.A.E.)."
    )
    assert [(tie.relation, tie.name) for tie in body.ties] == [("see_also", "U.A.E.")]
    assert body.addresses == ("1st floor, Hujij Building, Beirut, Lebanon",)


def test_subordinate_institutions_get_the_addresses_given_for_all() -> None:
    bodies = read_cell(
        "CETC 14, a.k.a., the following one alias, and one subordinate institution:\n—NRIET.\nSubordinate institution\n"
        "Nanjing SunSea Industry Corporation.\nThe following addresses apply to the entity and the subordinate institution:\n"
        "No 1 Dinghuaimen, Nanjing, China."
    )
    assert [body.name for body in bodies] == ["CETC 14", "Nanjing SunSea Industry Corporation"]
    assert {body.addresses for body in bodies} == {("No 1 Dinghuaimen, Nanjing, China",)}
    assert [tie.name for tie in bodies[1].ties] == ["CETC 14"]


def test_subordinate_entities_among_aliases_become_bodies_of_their_own() -> None:
    bodies = read_cell(
        "Pakistan Atomic Energy Commission (PAEC), a.k.a., the following one alias:\n—Power Plant Workshops, P.O. Box 1114, "
        "Islamabad; and the following two subordinate entities:\n—National Development Complex (NDC), a.k.a., the following one "
        "alias:\n—National Defense Complex.\nFateh Jang, Rawalpindi, Pakistan;\n—Pakistan Institute for Nuclear Science and "
        "Technology (PINSTECH), Nilore, Islamabad"
    )
    assert [body.name for body in bodies] == [
        "Pakistan Atomic Energy Commission (PAEC)",
        "National Development Complex (NDC)",
        "Pakistan Institute for Nuclear Science and Technology (PINSTECH)",
    ]
    assert bodies[1].aliases == ("National Defense Complex",)
    assert bodies[2].addresses == ("Nilore, Islamabad",)


_WORD = st.text("abcdefghijklmnoprstuvz", min_size=5, max_size=9).map(str.capitalize)
_NAME = st.tuples(_WORD, _WORD, st.sampled_from(["Co., Ltd.", "LLC", "Trading Company", "OOO"])).map(" ".join)
_STREET = st.tuples(st.integers(1, 999), _WORD, _WORD).map(
    lambda p: f"{p[0]} {p[1]} Street, {p[2]}, Pakistan"
)
_NUMBERS = ("", "one", "two", "three", "four")


@given(
    _NAME,
    st.lists(_NAME, min_size=1, max_size=4, unique=True),
    st.lists(_STREET, min_size=1, max_size=3, unique=True),
)
def test_a_cell_written_by_its_grammar_is_read_back(
    name: str, aliases: list[str], addresses: list[str]
) -> None:
    lines = [f"—{alias};" for alias in aliases[:-1]] + [f"—{aliases[-1].rstrip('.')}."]
    announced = (
        f"{name}, a.k.a., the following {_NUMBERS[len(aliases)]} alias{'es' if len(aliases) > 1 else ''}:"
    )
    body = _one("\n".join([announced, *lines, "; and ".join(addresses) + "."]))
    assert body.name == name
    assert [alias.rstrip(".") for alias in body.aliases] == [a.rstrip(".") for a in aliases if a != name]
    assert body.addresses == tuple(addresses)
    assert not body.doubts
