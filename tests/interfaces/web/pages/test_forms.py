"""Forms are ours, sessions are theirs: tokens, signing in and out, notices, where a redirect may lead."""

import base64
import json

import httpx2
import pytest

from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.pages.answer import local
from tests.interfaces.web.conftest import NOW
from tests.interfaces.web.pages.conftest import Read

PASSWORD = "correct horse battery"


@pytest.fixture
def ann(registry: Registry) -> str:
    """Somebody who may sign in."""
    registry.put_person("ann", "analyst", now=NOW, password=PASSWORD)
    return "ann"


def test_who_is_not_known_is_led_to_sign_in_and_back(guarded: httpx2.Client, read: Read, ann: str) -> None:
    reader = read(guarded)
    reader.open("/", as_of="2019-10-12")
    assert reader.answer.url.path == "/sign-in"
    reader.send("/sign-in", name=ann, password=PASSWORD)
    assert reader.answer.url.path == "/"
    assert reader.answer.url.query == b"as_of=2019-10-12"
    assert "Signed in as ann." in reader.text
    reader.open("/")
    assert "Signed in" not in reader.text, "a notice is shown once"
    reader.send("/sign-out")
    assert reader.answer.url.path == "/sign-in"
    assert "signed out" in reader.text
    reader.open("/")
    assert reader.answer.url.path == "/sign-in"


def test_a_wrong_password_is_told_and_bounded(guarded: httpx2.Client, read: Read, ann: str) -> None:
    reader = read(guarded)
    reader.open("/sign-in")
    for _ in range(3):
        reader.send("/sign-in", name=ann, password="<b>wrong</b>")
        assert reader.answer.status_code == 401
        assert "wrong" in reader.text
        assert "<b>wrong" not in reader.answer.text
    reader.send("/sign-in", name=ann, password=PASSWORD)
    assert reader.answer.status_code == 429


def test_a_form_from_elsewhere_is_refused(guarded: httpx2.Client, read: Read, ann: str) -> None:
    reader = read(guarded)
    assert reader.post("/sign-in", name=ann, password=PASSWORD).status_code == 403
    reader.open("/sign-in")
    for forged in ("", "x" * 64, "é", "0" * 10_000):
        answer = reader.post("/sign-in", name=ann, password=PASSWORD, csrf=forged)
        assert answer.status_code == 403
    other = read(guarded)
    other.open("/sign-in")
    token = other.page.forms[0].form_values()[0][1]
    assert reader.post("/sign-in", name=ann, password=PASSWORD, csrf=token).status_code == 403


def test_a_token_from_before_signing_in_does_not_hold_after_it(
    guarded: httpx2.Client, read: Read, ann: str
) -> None:
    reader = read(guarded)
    reader.open("/sign-in")
    token = dict(reader.page.forms[0].form_values())["csrf"]
    reader.send("/sign-in", name=ann, password=PASSWORD)
    assert reader.post("/sign-out", csrf=token).status_code == 403
    reader.open("/")
    assert reader.answer.url.path == "/"


def test_a_session_that_is_forged_or_over_leads_to_sign_in_and_is_taken_back(
    guarded: httpx2.Client, read: Read, ann: str
) -> None:
    for forged in ("x", "x" * 3_000, "%00", '"; DROP TABLE access_session; --'):
        reader = read(guarded, Cookie=f"ringfence_session={forged}")
        reader._client.follow_redirects = False
        reader.answer = reader._client.get("/")
        assert reader.answer.status_code == 303
        assert reader.answer.headers["location"] == "/sign-in"
        assert "ringfence_session=" in reader.answer.headers["set-cookie"]
        assert "Max-Age=0" in reader.answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "forged",
    [
        "x",
        "////",
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
        base64.urlsafe_b64encode(json.dumps(["session.welcome", {}]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps(["no.such", {}]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps([["a"], 3]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps({"a": 1}).encode()).decode(),
    ],
)
def test_a_forged_notice_says_nothing(client: httpx2.Client, read: Read, forged: str) -> None:
    reader = read(client, Cookie=f"ringfence_notice={forged}")
    page = reader.open("/")
    assert reader.answer.status_code == 200
    assert not page.xpath("//*[@role='status']")


def test_a_notice_is_a_text_and_no_markup(client: httpx2.Client, read: Read) -> None:
    said = base64.urlsafe_b64encode(json.dumps(["session.welcome", {"name": "<script>x"}]).encode()).decode()
    reader = read(client, Cookie=f"ringfence_notice={said}")
    reader.open("/")
    assert "<script>x" in reader.text
    assert "<script>x" not in reader.answer.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "/\tx",
        "evil",
        "",
        None,
    ],
)
def test_no_redirect_leads_elsewhere(elsewhere: str | None) -> None:
    assert local(elsewhere) == "/"
    assert local("/listings/a:b?as_of=2019-10-09") == "/listings/a:b?as_of=2019-10-09"


def test_cookies_that_are_nonsense_change_nothing(client: httpx2.Client, read: Read) -> None:
    for name in ("ringfence_language", "ringfence_theme", "ringfence_form", "ringfence_notice"):
        for value in ("%00", "x" * 4_000, "../../etc/passwd", "<script>alert(1)</script>"):
            reader = read(client, Cookie=f"{name}={value}")
            reader.open("/")
            assert reader.answer.status_code == 200, (name, value)
            assert "<script>alert" not in reader.answer.text


def test_headers_that_are_forged_let_nobody_in(guarded: httpx2.Client, read: Read) -> None:
    for header in (
        {"Authorization": "Bearer x"},
        {"X-Email": "nobody@example.org"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Host": "evil.example"},
        {"Accept-Language": "zh;q=" + "9" * 5_000},
        {"X-Fragment": "1"},
    ):
        reader = read(guarded, **header)
        reader._client.follow_redirects = False
        answer = reader._client.get("/search?q=Hikvision")
        assert answer.status_code in {303, 401}, header
        assert "Hikvision Digital" not in answer.text


def test_a_form_that_is_broken_is_refused(client: httpx2.Client, read: Read) -> None:
    reader = read(client)
    reader.open("/sign-in")
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/plain",
        "",
    ):
        answer = reader._client.post(
            "/sign-in", content=b"--x\r\n\xff\x00" * 50, headers={"Content-Type": kind}
        )
        assert 400 <= answer.status_code < 500, (kind, answer.status_code)
