import copy
import datetime as dt
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import QueryError
from ringfence.records import transaction as t

WHOLE: dict[str, Any] = {
    "id": "T-1",
    "on": "2019-10-09",
    "activity": "export",
    "actor": {"country": "US", "us_person": True},
    "parties": [
        {
            "role": "ultimate_consignee",
            "name": "Hangzhou Hikvision Digital Technology Co., Ltd.",
            "country": "CN",
            "addresses": ["No. 555 Qianmo Rd."],
            "identifiers": {"uscc": "91330000733796106P"},
            "incorporated_in": "CN",
            "nationality": "CN",
            "owners": [{"name": "Somebody", "country": "CN", "share": [0.5, 0.5]}],
        }
    ],
    "items": [
        {
            "description": "hard disk",
            "kind": "commodity",
            "jurisdiction": "EAR",
            "classification": "EAR99",
            "origin": "US",
            "located_in": "US",
            "made_in": "KR",
            "us_controlled_share": 0.3,
            "direct_product_of": ["3E001"],
            "plant_direct_product_of": ["3D001"],
            "value_usd": 1200,
            "facts": ["note_1A995", "below_5g"],
        }
    ],
    "destination": "CN",
    "end_use": ["military", "746.5_project"],
    "en_route": {"since": "2019-10-07", "order_dated": "2019-09-20"},
    "authorizations": [{"kind": "bis_license", "id": "D-1"}],
    "credit_days": 90,
    "other_license_required": False,
    "knowledge": ["violation"],
}


def test_the_whole_contract_is_read() -> None:
    found = t.read_transaction(WHOLE)
    assert found.on == dt.date(2019, 10, 9)
    assert found.parties[0].owners is not None
    assert found.parties[0].owners[0].share == (Decimal("0.5"), Decimal("0.5"))
    assert found.items is not None
    assert found.items[0].us_controlled_share == Decimal("0.3")


def test_an_empty_list_is_known_to_be_none_and_an_absent_one_is_unknown() -> None:
    least = {"id": "T", "on": "2020-01-01", "activity": "export", "parties": []}
    assert t.read_transaction(least).end_use is None
    assert t.read_transaction({**least, "end_use": []}).end_use == ()


def broken(**paths: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WHOLE), **paths}


def party(**changes: Any) -> dict[str, Any]:
    return broken(parties=[WHOLE["parties"][0], {"role": "end_user", "name": "X", **changes}])


def item(**changes: Any) -> dict[str, Any]:
    return broken(items=[{}, changes])


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (broken(destnation="CN"), "destnation"),
        ({key: value for key, value in WHOLE.items() if key != "on"}, "on"),
        (broken(on="2019-13-01"), "on"),
        (broken(activity="sell"), "activity"),
        (broken(destination="China"), "destination"),
        (broken(end_use=["military", "nonsense"]), "end_use[1]"),
        (broken(knowledge=["hunch"]), "knowledge[0]"),
        (broken(authorizations=[{"kind": "letter"}]), "authorizations[0].kind"),
        (broken(en_route={}), "en_route.since"),
        (broken(credit_days=-1), "credit_days"),
        (broken(actor={"us_person": "yes"}), "actor.us_person"),
        (broken(parties={}), "parties"),
        (party(role="owner"), "parties[1].role"),
        (party(name="  "), "parties[1].name"),
        (broken(parties=[{"role": "end_user"}]), "parties[0].name"),
        (party(nmae="X"), "parties[1].nmae"),
        (party(owners=[{"name": "Y"}, {"share": [0, 1]}]), "parties[1].owners[1].name"),
        (party(owners=[{"name": "Y", "share": [0.6, 0.5]}]), "parties[1].owners[0].share"),
        (party(owners=[{"name": "Y", "share": [0, 60]}]), "parties[1].owners[0].share"),
        (item(facts=["shiny"]), "items[1].facts[0]"),
        (item(classification="camera"), "items[1].classification"),
        (item(us_controlled_share=30), "items[1].us_controlled_share"),
        (item(direct_product_of=["EAR99"]), "items[1].direct_product_of[0]"),
        (item(us_controlled_share="NaN"), "items[1].us_controlled_share"),
        (item(value_usd="-Infinity"), "items[1].value_usd"),
        (item(kind="service"), "items[1].kind"),
        (item(classification="\uff13A001"), "items[1].classification"),
        (item(us_controlled_share="1e-999999"), "items[1].us_controlled_share"),
        (item(value_usd="1e-999999"), "items[1].value_usd"),
        (party(owners=[{"name": "Y", "share": ["1e-999999", 1]}]), "parties[1].owners[0].share"),
        ("text", ""),
    ],
)
def test_the_path_of_the_field_at_fault_is_named(value: Any, path: str) -> None:
    with pytest.raises(QueryError) as error:
        t.read_transaction(value)
    assert error.value.path == path
    assert str(error.value)


@given(st.sampled_from(sorted(WHOLE)), st.sampled_from([[], {}, "x", 7, True, [[]], [{}]]))
def test_whatever_stands_in_a_field_is_read_or_refused_at_that_field(field: str, value: Any) -> None:
    try:
        t.read_transaction({**WHOLE, field: value})
        path: str | None = field
    except QueryError as error:
        path = error.path
    assert path is not None
    assert path.startswith(field)


@pytest.mark.parametrize(
    ("words", "meanings"),
    [(t.ItemFact, t.FACTS), (t.EndUse, t.END_USES), (t.Knowledge, t.KNOWLEDGE)],
)
def test_every_word_of_a_closed_list_has_its_meaning(words: Any, meanings: dict[str, str]) -> None:
    assert list(get_args(words)) == list(meanings)
