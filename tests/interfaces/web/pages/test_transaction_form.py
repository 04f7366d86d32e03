"""A transaction in a form says what it said: unknown stays unknown, none stays none, and faults stand at their field."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("litestar", reason="needs the web extra: pip install 'ringfence[web]'")

from ringfence import Transaction, read_transaction
from ringfence.errors import QueryError
from ringfence.interfaces.web.pages import transaction_form as forms
from ringfence.interfaces.web.pages.transaction_form import Field, faults_in, fields_of, flat, said_in, tidied

EXAMPLE = {
    "id": "T-1",
    "on": "2019-10-09",
    "activity": "export",
    "actor": {"country": "US", "us_person": True},
    "parties": [
        {
            "role": "ultimate_consignee",
            "name": "Hangzhou Hikvision Digital Technology Co., Ltd.",
            "country": "CN",
            "owners": [{"name": "CETHIK", "share": ["0.3959", "0.42"], "owners": []}],
            "identifiers": {"uscc": "91330000733796106P"},
        }
    ],
    "items": [
        {"description": "hard disk", "classification": "EAR99", "facts": [], "us_controlled_share": "0.3"}
    ],
    "destination": "CN",
    "end_use": [],
}

words = st.text("abc 公&<>'\"", min_size=1, max_size=8).map(str.strip).filter(bool)
fractions = st.decimals(0, 1, places=4)


def values(field: Field, depth: int) -> st.SearchStrategy[Any]:
    match field.kind:
        case "parts" | "part":
            assert field.of is not None
            part = shaped(field.of, depth + 1)
            return st.lists(part, max_size=2 if depth < 2 else 0) if field.kind == "parts" else part
        case "word":
            return st.sampled_from(field.words)
        case "words":
            return st.lists(st.sampled_from(field.words), unique=True, max_size=3)
        case "codes":
            return st.lists(st.sampled_from(["3E001", "3D001.a", "5E002"]), max_size=3)
        case "lines":
            return st.lists(words, max_size=2)
        case "pairs":
            return st.dictionaries(st.sampled_from(["lei", "uscc"]), words, max_size=2)
        case "country":
            return st.sampled_from(["CN", "US", "KR"])
        case "day":
            return st.dates().map(str)
        case "yes_no":
            return st.booleans()
        case "fraction":
            return fractions.map(str)
        case "span":
            return st.tuples(fractions, fractions).map(lambda two: [str(one) for one in sorted(two)])
        case "amount":
            return st.decimals(0, 10**9, places=2).map(str)
        case "count":
            return st.integers(0, 999)
    return st.just("EAR99") if field.name == "classification" else words


def later(field: Field, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: values(field, depth))


def shaped(struct: type[msgspec.Struct], depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    required, optional = {}, {}
    for one in msgspec.structs.fields(struct):
        field = fields_of(struct)[one.name]
        strategy = later(field, depth)
        (required if one.required else optional)[one.name] = strategy
    # Of a part in which nothing is known, a form shows nothing.
    return st.fixed_dictionaries(required, optional=optional).filter(bool)


@given(shaped(Transaction))
@example({"id": "1", "on": "2000-01-01", "activity": "export", "parties": [], "items": [{"facts": []}]})
@settings(max_examples=120)
def test_a_form_says_what_the_transaction_says(said: dict[str, Any]) -> None:
    asked = read_transaction(said)
    form = flat(said)
    assert faults_in(form) == {}
    assert read_transaction(said_in(form)) == asked
    assert read_transaction(said_in(tidied(form))) == asked


def test_unknown_none_and_some_are_three_things() -> None:
    form = flat({**EXAMPLE, "end_use": ["military"]})
    del (plain := dict(EXAMPLE))["end_use"]
    assert said_in(form)["end_use"] == ["military"]
    assert said_in(flat(EXAMPLE))["end_use"] == []
    assert "end_use" not in said_in(flat(plain))
    assert said_in(flat(EXAMPLE))["items"][0]["facts"] == []
    assert "facts" not in said_in(flat({**EXAMPLE, "items": [{"description": "x"}]}))["items"][0]


def test_what_is_ticked_counts_although_nobody_touched_unknown() -> None:
    form = flat(EXAMPLE) | {"end_use?": ("unknown",), "end_use": ("military", "nuclear")}
    assert said_in(form)["end_use"] == ["military", "nuclear"]


def test_none_and_some_together_are_a_fault_at_the_field() -> None:
    form = flat(EXAMPLE) | {"end_use?": ("none",), "end_use": ("military",), "items[0].facts": ("food",)}
    assert set(faults_in(form)) == {"end_use", "items[0].facts"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("on", "yesterday"),
        ("on", ""),
        ("activity", "smuggling"),
        ("destination", "Atlantis"),
        ("parties[0].name", " "),
        ("parties[0].role", ""),
        ("items[0].classification", "3Z999"),
        ("items[0].us_controlled_share", "25"),
        ("items[0].us_controlled_share", "NaN"),
        ("items[0].us_controlled_share", "1e999999999"),
        ("items[0].value_usd", "1e999999999"),
        ("items[0].value_usd", "-5"),
        ("items[0].value_usd", "many"),
        ("items[0].facts", "edible"),
        ("credit_days", "-1"),
        ("credit_days", "9" * 5_000),
        ("parties[0].owners[0].share", "60% - 50%"),
        ("parties[0].owners[0].share", "half"),
        ("parties[0].identifiers", "no colon"),
        ("en_route.order_dated", "2020-01-01"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_text_stays(field: str, typed: str) -> None:
    form = flat(EXAMPLE) | {"items[0].facts?": ("some",), field: (typed,)}
    found = faults_in(form)
    wanted = "en_route.since" if field == "en_route.order_dated" else field
    assert [path for path in found if path.startswith(wanted)], found
    assert tidied(form)[field] == (typed,)
    with pytest.raises(QueryError):
        read_transaction(said_in(form))


def test_every_fault_is_found_at_once() -> None:
    form = flat(EXAMPLE) | {"on": ("never",), "destination": ("Mars",), "parties[0].name": ("",)}
    assert set(faults_in(form)) == {"on", "destination", "parties[0].name"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("25%", ("0.25", "0.25")),
        ("25% - 50%", ("0.25", "0.5")),
        ("0.3 to 0.4", ("0.3", "0.4")),
        ("33.5 %", ("0.335",) * 2),
    ],
)
def test_shares_are_typed_as_people_write_them(typed: str, read: tuple[str, str]) -> None:
    found = read_transaction(said_in(flat(EXAMPLE) | {"parties[0].owners[0].share": (typed,)}))
    assert found.parties[0].owners
    assert found.parties[0].owners[0].share == tuple(map(Decimal, read))


def test_parts_are_added_and_taken_away() -> None:
    form = forms.with_part(flat(EXAMPLE), "parties")
    form = forms.with_part(form, "parties[1].owners") | {
        "parties[1].role": ("end_user",),
        "parties[1].name": ("B",),
        "parties[1].owners[0].name": ("C",),
    }
    assert [one["name"] for one in said_in(form)["parties"]] == [EXAMPLE["parties"][0]["name"], "B"]  # type: ignore[index]
    fewer = forms.without_part(form, "parties[0]")
    assert said_in(fewer)["parties"] == [{"role": "end_user", "name": "B", "owners": [{"name": "C"}]}]
    assert forms.parts_at(fewer, "parties") == [0]


def test_hostile_fields_are_left_out_and_parts_are_bounded() -> None:
    hostile = {
        "__class__": ("x",),
        "parties[0].__init__": ("x",),
        "items[0].facts.x": ("x",),
        "parties[999999].name": ("far",),
        "parties[9999999].name": ("too far",),
        "a" * 5_000: ("x",),
        "../../x": ("x",),
        "parties[0].owners" + "[0].owners" * 30 + "[0].name": ("deep",),
        **{f"items[{n}].description": ("x",) for n in range(500)},
    }
    form = tidied({**flat(EXAMPLE), **hostile})
    assert len(forms.parts_at(form, "items")) == forms.MOST_PARTS
    assert [one["name"] for one in said_in(form)["parties"]][1:] == ["far"]
    assert all(forms.key_of(name) for name in form)
    assert not any("__" in name or len(name) > 200 for name in form)
