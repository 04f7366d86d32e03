from ringfence.sources.places import split_addresses


def test_an_address_ends_where_a_country_code_ends() -> None:
    found = split_addresses(
        "113 Hezuo Road; 2nd floor, Shijiazhuang, Hebei, CN; CN; Kalanchevskaya 27, Moscow, 107078, RU"
    )
    assert [(a.text, a.city, a.region, a.postal_code, a.country) for a in found] == [
        ("113 Hezuo Road; 2nd floor, Shijiazhuang, Hebei, CN", "Shijiazhuang", "Hebei", None, "CN"),
        ("CN", None, None, None, "CN"),
        ("Kalanchevskaya 27, Moscow, 107078, RU", "Moscow", None, "107078", "RU"),
    ]


def test_an_address_without_a_country_is_kept() -> None:
    assert [(a.text, a.country) for a in split_addresses("Bldg. 5, Dubai")] == [("Bldg. 5, Dubai", None)]


def test_hong_kong_is_its_own_jurisdiction_however_it_is_printed() -> None:
    assert [a.country for a in split_addresses("Sha Tin, Hong Kong, CN; Kowloon, HK")] == ["HK", "HK"]
