"""What somebody may send on purpose: each is refused or shown harmlessly, and nothing fails unforeseen."""

import contextlib
import json
import socket
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Request

from ringfence import Settings
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from tests.interfaces.web.conftest import NOW
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.serving import serving

NAMES = {
    "ten thousand letters": "x" * 10_000,
    "ten thousand words": "ab " * 3_333,
    "ten thousand Han": "公" * 10_000,
    "control characters": "Hik\x00vi\x07si\x1bon\x7f",
    "right-to-left override": "Hikvision\u202egnp.exe",
    "invisible": "H\u200bi\u200dk\ufeffvision",
    "combining": "H" + "\u0301" * 500,
    "HTML": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE version; --",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "template": "{{7*7}}${7*7}#{7*7}",
    "path": "../../../../etc/passwd",
    "line breaks": "Hikvision\r\nSet-Cookie: a=b",
    "only spaces": " \t\n ",
    "only dots": "....",
    "emoji": "🏴‍☠️" * 100,
    "not a character": "\uffff\ufdd0",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_is_answered_as_a_name(client: httpx2.Client, name: str) -> None:
    posted = [
        client.post("/api/v1/screen", json={"queries": [{"name": name, "aliases": [name]}]}),
        client.post(
            "/match/default", json={"queries": {"q": {"schema": "Company", "properties": {"name": name}}}}
        ),
        client.post("/reconcile/default", data={"queries": json.dumps({"q": {"query": name}})}),
    ]
    got = (
        [
            client.get("/api/v1/search", params={"name": name}),
            client.get("/search/default", params={"q": name}),
            client.get("/consolidated_screening_list/v1/search", params={"name": name}),
            client.get("/reconcile/default/suggest/entity", params={"prefix": name}),
        ]
        if len(name.encode()) < 20_000
        else []
    )  # a longer one does not fit an address
    for found in (*posted, *got):
        assert found.status_code == 200, (found.request.url.path, found.text[:300])
        assert found.headers["content-type"].startswith("application/json")
        assert "set-cookie" not in found.headers


@pytest.mark.parametrize("length", [10_001, 15_000])
def test_a_longer_name_is_refused(client: httpx2.Client, length: int) -> None:
    for found in (
        client.get("/api/v1/search", params={"name": "x" * length}),
        client.post("/api/v1/screen", json={"queries": [{"name": "x" * length}]}),
        client.get("/search/default", params={"q": "x" * length}),
    ):
        assert found.status_code == 400


@pytest.mark.parametrize(
    "dataset",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "us_bis_entity%00",
        "x" * 3_000,
        "us;rm -rf",
        "<b>",
        "*",
        "none",
    ],
)
def test_a_dataset_that_is_not_there_is_not_found(client: httpx2.Client, dataset: str) -> None:
    for path in ("/search/{}?q=x", "/reconcile/{}", "/api/v1/lists/{}"):
        found = client.get(path.format(dataset))
        assert found.status_code == 404, (path, found.text[:200])
        assert "root:" not in found.text
    found = client.post(f"/match/{dataset}", json={"queries": {"q": {"properties": {"name": "x"}}}})
    assert found.status_code == 404


@pytest.mark.parametrize(
    "entity", ["..%2f..%2fx", "us_bis_entity:%00", "~", "us_bis_entity:x~entry", ":", "a:b:c", "%F0%9F%92%A9"]
)
def test_an_entity_that_is_not_there_is_not_found(client: httpx2.Client, entity: str) -> None:
    for path in ("/entities/{}", "/entities/{}/adjacent", "/api/v1/listings/{}", "/api/v1/listings/{}/party"):
        assert client.get(path.format(entity)).status_code == 404, path


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b'{"queries": "x"}', "application/json"),
        (b'{"queries": [{"name": "\\ud800"}]}', "application/json"),
        (b'{"queries": [{"name": "\xff\xfe"}]}', "application/json"),
        (b'{"queries": [{"name": 1e999}]}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"queries":' * 5_000, "application/json"),
        (b"name=x", "application/x-www-form-urlencoded"),
        (b"\x93\x01\x02\x03", "application/msgpack"),
        (b'{"queries": [{"name": "x"}]}', "text/plain; charset=nonsense"),
    ],
)
def test_a_broken_body_is_refused(client: httpx2.Client, body: bytes, kind: str) -> None:
    for path in ("/api/v1/screen", "/match/default", "/api/v1/exposure", "/api/v1/decide", "/api/v1/session"):
        found = client.post(path, content=body, headers={"Content-Type": kind})
        assert 400 <= found.status_code < 500, (path, found.status_code, found.text[:200])
        assert found.headers["content-type"] == "application/problem+json"


def test_a_body_beyond_the_bound_is_refused(client: httpx2.Client) -> None:
    found = client.post(
        "/api/v1/screen", content=b" " * 17_000_000, headers={"Content-Type": "application/json"}
    )
    assert found.status_code == 413


def test_a_body_that_lies_about_its_length_is_cut_off(client: httpx2.Client) -> None:
    def pieces():  # type: ignore[no-untyped-def]
        for _ in range(40):
            yield b" " * 500_000

    try:
        found = client.post("/api/v1/screen", content=pieces(), headers={"Content-Type": "application/json"})
    except httpx2.WriteError:
        return  # the service hung up before everything was sent
    assert found.status_code == 413


def test_a_batch_of_the_largest_size_is_answered_and_one_more_is_not(client: httpx2.Client) -> None:
    names = [{"name": f"Party {number}"} for number in range(1_001)]
    assert client.post("/api/v1/screen", json={"queries": names[:1_000]}).status_code == 200
    assert client.post("/api/v1/screen", json={"queries": names}).status_code == 400
    queries = {str(number): {"properties": {"name": "x"}} for number in range(101)}
    assert client.post("/match/default", json={"queries": queries}).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_there_is_refused(client: httpx2.Client, method: str) -> None:
    assert client.request(method, "/api/v1/search").status_code in {404, 405}


def test_header_bombs_and_slow_clients_do_not_keep_others_waiting(client: httpx2.Client) -> None:
    port = client.base_url.port
    assert port
    lines = "".join(f"X-{number}: {'a' * 200}\r\n" for number in range(2_000))
    with (
        socket.create_connection(("127.0.0.1", port)) as bomb,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        slow.sendall(b"POST /api/v1/screen HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        try:
            bomb.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
            refused = bomb.recv(100)
        except OSError:
            refused = b""  # cut off
        assert b" 200 " not in refused
        assert client.get("/healthz").status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    kind=st.sampled_from(["company", "person", "unknown"]),
    extra=st.dictionaries(
        st.sampled_from(["city", "address", "postal_code", "birth_date"]),
        st.text(string.printable, max_size=20),
    ),
)
def test_whatever_is_asked_is_answered_or_refused(
    client: httpx2.Client, name: str, kind: str, extra: dict[str, str]
) -> None:
    found = client.post("/api/v1/screen", json={"queries": [{"name": name, "kind": kind, **extra}]})
    assert found.status_code in {200, 400}
    if found.status_code == 400:
        assert found.json()["path"] == "queries[0].birth_date"


def test_an_upload_goes_to_disk_as_it_comes_and_never_whole_through_memory(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"name\n" + b"A party of some length\n" * 300_000
    read: list[int] = []
    whole = Request.body

    async def body(request: Request[Any, Any, Any]) -> bytes:
        found = await whole(request)
        read.append(len(found))
        return found

    monkeypatch.setattr(Request, "body", body)
    app = create_app(
        settings, now=lambda: NOW, service=Service(uploads=str(tmp_path / "uploads"), secure_cookies=False)
    )
    with serving(app) as client, contextlib.closing(Reader(client)) as reader:
        reader.open("/screenings")
        reader.send("/screenings", files={"file": ("big.csv", content)})
        assert reader.answer.status_code == 200
        token = reader.token()

        def without_end() -> Iterator[bytes]:
            """A form that does not say how long it is, and is too long."""
            yield b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + token.encode()
            yield b'\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\n'
            yield from (content for _ in range(3))

        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        refused = reader._client.post("/screenings", content=without_end(), headers=kind)
        assert refused.status_code == 413
    (kept,) = (tmp_path / "uploads").glob("*/*/big.csv")
    assert kept.read_bytes() == content
    assert max(read, default=0) < 1_000_000


@pytest.mark.parametrize(
    ("method", "path", "size", "status", "told"),
    [
        ("GET", "/api/v1/nowhere", 0, 404, "openapi.json"),
        ("PUT", "/api/v1/screen", 0, 405, "openapi.json"),
        ("POST", "/api/v1/screen", 16_000_001, 413, "in parts"),
    ],
)
def test_a_refusal_of_the_framework_says_what_to_do_now(
    client: httpx2.Client, method: str, path: str, size: int, status: int, told: str
) -> None:
    found = client.request(method, path, content=b" " * size, headers={"Content-Type": "application/json"})
    assert found.status_code == status
    assert told in found.json()["detail"]


def test_the_figures_name_their_charset_once(client: httpx2.Client) -> None:
    assert client.get("/metrics").headers["content-type"].count("charset") == 1
