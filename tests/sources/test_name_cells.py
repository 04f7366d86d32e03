from ringfence.sources.name_cells import split_aliases, unpack_name


def texts(cell: str, places: tuple[str, ...] = ()) -> list[str]:
    return [name.text for name in unpack_name(cell, places).names]


def test_a_parent_packed_in_the_name_is_a_tie_and_not_a_name_of_the_entry() -> None:
    cell = unpack_name(
        "Huawei Technologies Co., Ltd. (Huawei).  Affiliated Entity:  Hangzhou Huawei Enterprises"
    )
    assert [name.text for name in cell.names] == ["Hangzhou Huawei Enterprises"]
    assert [(tie.relation, tie.name) for tie in cell.ties] == [
        ("affiliate_of", "Huawei Technologies Co., Ltd. (Huawei)")
    ]
    assert cell.names[0].published is not None


def test_a_numbered_institute_is_also_known_with_its_parent() -> None:
    cell = unpack_name("China Aerospace Second Academy.  Subordinate Institution - 23rd Research Institute")
    assert [name.text for name in cell.names] == [
        "23rd Research Institute",
        "China Aerospace Second Academy 23rd Research Institute",
    ]
    assert cell.ties[0].relation == "subordinate_of"


def test_a_parent_in_brackets_is_a_tie() -> None:
    cell = unpack_name(
        "Baotou Guanghua Chemical (Parent Organization: China National Nuclear Group Corporation (CNNC))"
    )
    assert cell.names[0].text == "Baotou Guanghua Chemical"
    assert cell.ties[0].name == "China National Nuclear Group Corporation (CNNC)"


def test_former_names_inside_the_name_are_aliases() -> None:
    cell = unpack_name("OAO Volgogradneftemash (f.k.a. Petrov Plant)")
    assert [(name.text, name.role) for name in cell.names] == [
        ("OAO Volgogradneftemash", "primary"),
        ("Petrov Plant", "former"),
    ]


def test_trailing_places_that_repeat_the_address_can_be_left_out() -> None:
    cell = "Chengdu Huawei Technologies Co., Ltd., Chengdu, Sichuan"
    assert texts(cell, ("chengdu", "sichuan")) == [cell, "Chengdu Huawei Technologies Co., Ltd."]
    assert texts(cell, ("shenzhen",)) == [cell]


def test_acronyms_in_brackets_are_names_of_their_own() -> None:
    assert texts("Academy of Aerospace Solid Propulsion Technology (AASPT)")[1:] == ["AASPT"]
    assert texts("Huawei Device (Dongguan) Co., Ltd.")[1:] == []


def test_aliases_lose_the_words_that_join_them_and_keep_what_was_printed() -> None:
    names = split_aliases(("Rosselkhozbank", "and RusAg", "f.k.a. Old Bank"))
    assert [(name.text, name.role, name.published) for name in names] == [
        ("Rosselkhozbank", "alias", None),
        ("RusAg", "alias", "and RusAg"),
        ("Old Bank", "former", "f.k.a. Old Bank"),
    ]
