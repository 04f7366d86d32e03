"""The desk in a browser without scripts: every form works by itself, and a mistake loses nothing that was typed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Settings
from ringfence.store.outbox import Outbox, Owed
from ringfence.store.outbox import owe as owed
from tests.interfaces.web.desks import NOW, PASSWORD, desk_service
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader

WHY = {"reason": "different_country", "text": "Another register."}


@pytest.fixture
def desk(location: str, settings: Settings, tmp_path: Path) -> Iterator[httpx2.Client]:
    with desk_service(location, settings.cache, tmp_path) as client:
        yield client


@pytest.fixture
def ana(desk: httpx2.Client, read: Read) -> Reader:
    return signed_in(read(desk), "ana")


@pytest.fixture
def ben(desk: httpx2.Client, read: Read) -> Reader:
    return signed_in(read(desk), "ben")


def signed_in(reader: Reader, name: str) -> Reader:
    reader.open("/alerts")
    reader.send("/sign-in", name=name, password=PASSWORD)
    assert reader.answer.url.path == "/alerts"
    return reader


def number_of(reader: Reader, name: str, listed: str) -> str:
    reader.open("/alerts", view="all")
    for row in reader.page.xpath("//tr[@data-row]"):
        if name in row.text_content() and listed in row.text_content():
            return str(row.xpath(".//input[@name='alert']/@value")[0].partition(":")[0])
    raise AssertionError(f"no alert on {name} and {listed}: {reader.text}")


def test_two_people_clear_an_alert_with_forms_alone(ana: Reader, ben: Reader) -> None:
    number = number_of(ana, "Hikvision", "Entity List")
    ana.open(f"/alerts/{number}")
    assert "555 Qianmo Road" in ana.text
    ana.send(f"/alerts/{number}/start")
    assert "is yours" in ana.text
    ana.send(f"/alerts/{number}/clear", **WHY)
    assert "waits for a second reviewer" in ana.text
    assert not [form for form in ana.page.forms if (form.action or "").endswith("/approve")]
    ben.open("/alerts", view="inbox")
    assert "ana proposes" in ben.text
    ben.open(f"/alerts/{number}")
    ben.send(f"/alerts/{number}/return", text="Which register?")
    ana.open(f"/alerts/{number}")
    assert "Which register?" in ana.text
    ana.send(f"/alerts/{number}/clear", reason="different_country", text="That of Chile.")
    ben.open(f"/alerts/{number}")
    ben.send(f"/alerts/{number}/approve", text="Agreed.")
    assert "in force" in ben.text
    assert "Approved by ben" in ben.text


def test_a_mistake_is_told_and_what_was_typed_stays(ana: Reader) -> None:
    number = number_of(ana, "海康威视", "NS-CMIC")
    ana.open(f"/alerts/{number}")
    ana.send(
        f"/alerts/{number}/clear", reason="different_country", text="Long text.", expires_on="2035-01-01"
    )
    assert ana.answer.status_code == 400
    assert "too far away" in ana.text
    typed = ana.page.xpath("//form[contains(@action, '/clear')]//textarea")[0]
    assert typed.text == "Long text."
    assert ana.page.xpath("//form[contains(@action, '/clear')]//option[@selected]/@value") == [
        "different_country"
    ]


def test_who_acts_on_what_has_moved_on_is_shown_what_happened(ana: Reader, ben: Reader) -> None:
    number = number_of(ana, "Dahua", "Entity List")
    ana.open(f"/alerts/{number}")
    ben.open(f"/alerts/{number}")
    ben.send(f"/alerts/{number}/escalate", text="Same director.", to="ana")
    ana.send(f"/alerts/{number}/clear", **WHY)
    assert ana.answer.status_code == 412
    assert "ben escalated it" in ana.text
    assert "Another register." in ana.page.xpath("//textarea[@id='c-text']")[0].text


def test_many_are_chosen_seen_cleared_and_taken_back(ana: Reader) -> None:
    ana.open("/alerts", list="us_ofac")
    chosen = ana.page.xpath("//input[@name='alert']/@value")
    assert len(chosen) > 1
    ana.send("/alerts/bulk/preview", alert=chosen)
    assert "choose a reason" in ana.text
    ana.send("/alerts/bulk", reason="nonsense", text="x")
    assert ana.answer.status_code == 400
    ana.send("/alerts/bulk", reason="other", text="Older list.")
    assert ana.answer.url.path.startswith("/alerts/bulk/bulk-")
    assert f"{len(chosen)} decided" in ana.text
    ana.send(ana.answer.url.path, text="Wrong list.")
    assert f"{len(chosen)} taken back" in ana.text
    assert "Nothing of it can be undone" in ana.text


def test_hostile_names_are_shown_as_they_are(ana: Reader) -> None:
    number = number_of(ana, "IFLYTEK", "Entity List")
    ana.open(f"/alerts/{number}")
    assert "<b>IFLYTEK</b>" in ana.text
    assert "<b>IFLYTEK" not in ana.answer.text
    ana.send(f"/alerts/{number}/note", text="<script>alert(1)</script>")
    assert "<script>alert(1)" in ana.text
    assert "<script>alert(1)" not in ana.answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/alerts/999", 404),
        ("/alerts/99999999999999999999", 400),
        ("/alerts?page=0", 400),
        ("/alerts?state=asleep", 400),
        ("/alerts?q=%00", 200),
        ("/alerts/bulk/..%2f..%2fetc", 404),
        ("/alerts/1?page=-4&at=-9", 400),
    ],
)
def test_what_is_not_there_is_said_on_a_page(ana: Reader, path: str, status: int) -> None:
    ana.answer = ana._client.get(path)
    assert ana.answer.status_code == status
    assert ana.answer.headers["content-type"].startswith("text/html")


def test_without_a_store_the_queue_says_how_to_begin(reader: Reader) -> None:
    reader.open("/alerts")
    assert "--alerts" in reader.text


def test_the_desk_tells_who_has_not_taken_a_message(ana: Reader, location: str) -> None:
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with Outbox.open(location) as outbox:
        owe = {"fresh": NOW, "slow": long_ago, "dead": NOW}
        with outbox._database.write() as connection:
            for receiver, at in owe.items():
                owed(connection, [Owed(receiver=receiver, id=one, body=b"{}") for one in ("1", "2")], at=at)
        ana.open("/alerts")
        assert "dead" not in ana.text
        first = outbox.next("dead")
        assert first is not None
        outbox.failed(first, "dead: answered 500", due_at=NOW)
        ana.open("/alerts")
    told = [one.text_content() for one in ana.page.xpath("//*[contains(@class, 'notice')]")]
    assert [one.split(" has not taken ")[0].strip() for one in told] == ["dead", "slow"]
    assert "2 messages, the oldest waiting since 1 January 2020, 00:00 UTC" in told[1]


def test_the_queue_is_narrowed_to_a_person_and_a_list_by_their_names(ana: Reader) -> None:
    number = number_of(ana, "Hikvision", "Entity List")
    ana.open(f"/alerts/{number}")
    ana.send(f"/alerts/{number}/start")
    ana.open("/alerts")
    choices = {
        select.get("name"): [one.text_content() for one in select]
        for select in ana.page.xpath("//form//select[@name]")
    }
    assert {"ana", "ben"} <= set(choices["whose"])
    assert "Entity List" in choices["list"]
    ana.open("/alerts", whose="ana")
    assert len(ana.page.xpath("//tr[@data-row]")) == 1
    ana.open("/alerts", whose="ben")
    assert not ana.page.xpath("//tr[@data-row]")
    ana.open("/alerts", list="us")
    assert ana.page.xpath("//select[@name='list']/option[@selected]/@value") == ["us"]
    assert ana.page.xpath("//tr[@data-row]")


def test_an_alert_says_before_it_is_decided_that_two_will_be_asked_and_why(ana: Reader) -> None:
    ana.open(f"/alerts/{number_of(ana, 'Hikvision', 'Entity List')}")
    (said,) = ana.page.xpath("//details[@id='clear']//p[contains(@class, 'notice')]")
    assert "cleared by two" in said.text_content()
    assert not ana.page.xpath("//details[@id='confirm']//p[contains(@class, 'notice')]")
    ana.open(f"/alerts/{number_of(ana, 'Hikvision', 'NS-CMIC')}")
    assert not ana.page.xpath("//details[@id='clear']//p[contains(@class, 'notice')]")
