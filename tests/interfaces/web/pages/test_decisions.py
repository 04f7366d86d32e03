"""A transaction on the pages: asked step by step or whole, settled by what was missing, recorded, printed, replayed."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Ledger
from ringfence.interfaces.language.texts import LANGUAGES, messages
from ringfence.interfaces.web.pages.transaction_form import Field, fields_of, flat, key_of
from ringfence.records.transaction import Transaction
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader

EXPORT = {
    "id": "T-9",
    "on": "2019-10-09",
    "activity": "export",
    "parties[0].name": "Hangzhou Hikvision Digital Technology Co., Ltd.",
    "parties[0].role": "ultimate_consignee",
    "parties[0].country": "CN",
}
SETTLED = EXPORT | {
    "destination": "CN",
    "actor.us_person": "yes",
    "items[0].classification": "EAR99",
    "items[0].origin": "US",
    "items[0].located_in": "US",
    "items[0].facts?": "none",
    "end_use?": "none",
    "whole": "1",
}


def test_the_answer_asks_for_what_would_settle_it(writer: Reader) -> None:
    writer.open("/decide")
    writer.send("/decide", do="ask", **EXPORT)
    assert writer.answer.status_code == 200
    assert "Not determined" in writer.text
    asked = writer.page.xpath("//section[@aria-labelledby='missing']//*[@name]/@name")
    assert {"destination", "items[0].classification"} <= set(asked)
    writer.send(
        "/decide", do="ask", destination="CN", **{"items[0].classification": "EAR99", "items[0].origin": "US"}
    )
    assert "License required" in writer.text
    assert "15 CFR 744.11" in writer.text
    assert "T-9" in writer.text, "what was said before is carried along"


def test_the_whole_form_is_shown_again_with_each_fault_at_its_field(writer: Reader) -> None:
    writer.open("/decide", whole="1")
    faulty = {"items[0].classification": "3Z9", "items[0].us_controlled_share": "many", "on": "soon"}
    writer.send("/decide", do="ask", whole="1", **(EXPORT | faulty))
    assert writer.answer.status_code == 422
    for path in faulty:
        place = writer.page.xpath(f"//*[@id='at-{path}']")[0]
        assert "wrong" in place.get("class")
        assert place.xpath(".//p[contains(@class, 'fault')]")
    assert writer.page.xpath("//input[@name='items[0].classification']/@value") == ["3Z9"]
    assert len(writer.page.xpath("//div[@id='faults']//li")) == 3


def test_parts_are_added_and_removed_by_buttons(writer: Reader) -> None:
    writer.open("/decide", whole="1")
    for do in ("add:parties", "add:items", "add:parties[0].owners", "add:authorizations"):
        writer.send("/decide", do=do)
        assert writer.answer.status_code == 200
    names = set(writer.page.xpath("//@name"))
    assert {
        "parties[1].name",
        "items[0].facts?",
        "parties[0].owners[0].share",
        "authorizations[0].kind",
    } <= names
    writer.send("/decide", do="remove:parties[0]")
    assert "parties[1].name" not in writer.page.xpath("//@name")
    for do in (
        "add:nonsense",
        "add:id",
        "remove:parties",
        "add:parties[0]",
        "add:" + "x" * 5_000,
        "remove:../x[0]",
    ):
        writer.open("/decide", whole="1")
        writer.send("/decide", do=do)
        assert writer.answer.status_code == 400, do


@pytest.mark.parametrize(
    "name",
    [
        "x" * 10_000,
        "<script>alert(1)</script>",
        "a\u202eb",
        "=cmd|'/c calc'!A0",
        "'; DROP TABLE--",
        "{{7*7}}",
        "\x00\x07",
    ],
)
def test_a_hostile_name_is_a_name(writer: Reader, name: str) -> None:
    writer.open("/decide")
    writer.send("/decide", do="ask", **(EXPORT | {"parties[0].name": name}))
    assert writer.answer.status_code in (200, 422)
    assert "<script>alert" not in writer.answer.text
    writer.open("/decide")
    memo = writer.post("/decide", csrf=writer.token(), do="memo", **(SETTLED | {"parties[0].name": name}))
    assert memo.status_code in (200, 422)
    assert "<script>alert" not in memo.text


def test_a_name_too_long_and_too_many_fields_are_refused(writer: Reader) -> None:
    writer.open("/decide")
    writer.send("/decide", do="ask", **(EXPORT | {"parties[0].name": "x" * 10_001}))
    assert writer.answer.status_code in (400, 422)
    writer.open("/decide")
    many = {f"items[{n}].description": "x" for n in range(5_000)}
    assert writer.post("/decide", csrf=writer.token(), do="ask", **EXPORT, **many).status_code == 400


def test_without_a_store_nothing_is_recorded_and_it_is_said(writer: Reader) -> None:
    writer.open("/decide")
    writer.send("/decide", do="record", **SETTLED)
    assert "there is no store" in writer.text
    assert writer.get("/decisions/1").status_code == 404


def test_a_recorded_answer_has_an_address_a_memo_and_is_replayed(
    stored: httpx2.Client, read: Read, tmp_path: Path
) -> None:
    reader = read(stored)
    reader.open("/decide")
    reader.send("/decide", do="record", **SETTLED)
    assert reader.answer.url.path == "/decisions/1"
    assert "Recorded as line 1" in reader.text
    assert "License required" in reader.text
    memo = reader.get("/decisions/1/memo")
    assert "Determination memo" in memo.text
    assert "script" not in memo.headers["content-security-policy"]
    reader.open("/decisions/1")
    reader.send("/decisions/1/replay")
    assert "the same bytes" in reader.text
    reader.open("/decide", line="1")
    assert reader.page.xpath("//input[@name='parties[0].name']/@value") == [EXPORT["parties[0].name"]]
    for odd in ("2", "0", "x", "²", "-1", "1" * 400):
        assert reader.get(f"/decisions/{odd}").status_code in (400, 404)
    with Ledger.open(str(tmp_path / "store.db")) as ledger:
        assert not ledger.verify().faults


def test_every_field_and_word_of_the_contract_has_its_text() -> None:
    def walked(struct: type, path: str = "") -> Iterator[tuple[str, Field]]:
        for name, field in fields_of(struct).items():
            yield f"{path}{name}", field
            if field.of is not None and path.count("owners") < 2:
                yield from walked(
                    field.of, f"{path}{name}[0]." if field.kind == "parts" else f"{path}{name}."
                )

    for language in LANGUAGES:
        known = messages(language)
        for path, field in walked(Transaction):
            if field.kind != "part" and path not in ("parties", "authorizations"):
                assert f"decide.field.{key_of(path)}" in known, path
            for word in field.words:
                assert f"decide.word.{'another' if word == 'other' else word}" in known, word
            if field.kind == "parts":
                assert f"decide.add.{key_of(path)}" in known, path


def test_a_form_of_nothing_is_a_form() -> None:
    assert all(not any(values) or name.endswith("?") for name, values in flat({}).items())
