"""Who may call what: keys, people, sessions, the proxy, roles, limits."""

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.routes import HTTPRoute

from ringfence import Settings
from ringfence.errors import NotKnown, TooManyRequests
from ringfence.interfaces.web.access.limits import Limit
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.access.roles import GRANTS, ROLES
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.store.address import registry_beside
from tests.interfaces.web.conftest import HIKVISION, NOW
from tests.interfaces.web.serving import serving

SEARCH = "/api/v1/search?name=Hikvision"

ROUTES = {
    "GET /alerts": "review",
    "GET /alerts/bulk/{bulk}": "review",
    "GET /alerts/{number}": "review",
    "POST /alerts/bulk": "review",
    "POST /alerts/bulk/preview": "review",
    "POST /alerts/bulk/{bulk}/undo": "review",
    "POST /alerts/{number}/approve": "approve",
    "POST /alerts/{number}/assign": "review",
    "POST /alerts/{number}/clear": "review",
    "POST /alerts/{number}/confirm": "review",
    "POST /alerts/{number}/escalate": "review",
    "POST /alerts/{number}/note": "review",
    "POST /alerts/{number}/reopen": "review",
    "POST /alerts/{number}/return": "approve",
    "POST /alerts/{number}/start": "review",
    "POST /alerts/{number}/undo": "review",
    "GET /": "read",
    "GET /search": "read",
    "GET /over-time": "read",
    "GET /lists/{list_id}": "read",
    "GET /lists": "read",
    "GET /listings/{listing_id}": "read",
    "GET /changes": "read",
    "GET /sign-in": "open",
    "GET /static/{edition}/{name}": "open",
    "POST /sign-in": "open",
    "POST /sign-out": "open",
    "GET /decide": "decide",
    "GET /decisions/{line}": "review",
    "GET /decisions/{line}/memo": "review",
    "GET /network": "screen",
    "GET /network/{name}": "screen",
    "GET /screenings": "screen",
    "GET /ledger": "review",
    "GET /rulings": "read",
    "GET /screenings/{upload_id}": "screen",
    "GET /screenings/{upload_id}/results/{form}": "screen",
    "GET /simulate": "screen",
    "GET /simulate/{name}": "screen",
    "POST /decide": "decide",
    "POST /decisions/{line}/replay": "review",
    "POST /network": "screen",
    "POST /network/{name}/delete": "screen",
    "POST /rulings": "approve",
    "POST /screenings": "screen",
    "POST /screenings/{upload_id}/alerts": "review",
    "POST /screenings/{upload_id}/cancel": "screen",
    "POST /screenings/{upload_id}/delete": "screen",
    "POST /screenings/{upload_id}/start": "screen",
    "POST /simulate": "screen",
    "POST /simulate/{name}/delete": "screen",
    "DELETE /api/v1/book": "review",
    "DELETE /api/v1/book/links": "review",
    "DELETE /api/v1/session": "read",
    "GET /algorithms": "read",
    "GET /api/v1/alerts": "review",
    "GET /api/v1/alerts/counts": "review",
    "GET /api/v1/alerts/reasons": "review",
    "GET /api/v1/alerts/{number}": "review",
    "GET /api/v1/book": "review",
    "GET /api/v1/book/diff": "review",
    "GET /api/v1/book/links": "review",
    "GET /api/v1/book/versions": "review",
    "GET /api/v1/changes": "read",
    "GET /api/v1/diff": "read",
    "GET /api/v1/ledger": "review",
    "GET /api/v1/ledger/verify": "review",
    "GET /api/v1/ledger/{name}": "review",
    "GET /api/v1/listings": "read",
    "GET /api/v1/listings/{listing_id}": "read",
    "GET /api/v1/listings/{listing_id}/history": "read",
    "GET /api/v1/listings/{listing_id}/party": "read",
    "GET /api/v1/lists": "read",
    "GET /api/v1/lists/{list_id}": "read",
    "GET /api/v1/openapi.json": "open",
    "GET /api/v1/parties/{party_id}/history": "read",
    "GET /api/v1/rulings": "read",
    "GET /api/v1/search": "read",
    "GET /api/v1/session": "read",
    "GET /api/v1/watch/reports": "review",
    "GET /api/v1/watch/reports/{number}": "review",
    "GET /catalog": "read",
    "GET /consolidated_screening_list/v1/search": "read",
    "GET /consolidated_screening_list/v1/sources": "read",
    "GET /entities/{entity_id}": "read",
    "GET /entities/{entity_id}/adjacent": "read",
    "GET /entities/{entity_id}/adjacent/{prop}": "read",
    "GET /gateway/v1/consolidated_screening_list/search": "read",
    "GET /gateway/v1/consolidated_screening_list/sources": "read",
    "GET /healthz": "open",
    "GET /metrics": "read",
    "GET /readyz": "open",
    "GET /reconcile/{dataset}": "read",
    "GET /reconcile/{dataset}/preview": "read",
    "GET /reconcile/{dataset}/suggest/entity": "read",
    "GET /reconcile/{dataset}/suggest/property": "read",
    "GET /reconcile/{dataset}/suggest/type": "read",
    "GET /search/{dataset}": "read",
    "GET /statements": "read",
    "POST /api/v1/alerts": "review",
    "POST /api/v1/alerts/bulk": "review",
    "POST /api/v1/alerts/bulk/preview": "review",
    "POST /api/v1/alerts/bulk/{bulk_id}/undo": "review",
    "POST /api/v1/alerts/{number}/approve": "approve",
    "POST /api/v1/alerts/{number}/assign": "review",
    "POST /api/v1/alerts/{number}/clear": "review",
    "POST /api/v1/alerts/{number}/confirm": "review",
    "POST /api/v1/alerts/{number}/escalate": "review",
    "POST /api/v1/alerts/{number}/note": "review",
    "POST /api/v1/alerts/{number}/reopen": "review",
    "POST /api/v1/alerts/{number}/return": "approve",
    "POST /api/v1/alerts/{number}/start": "review",
    "POST /api/v1/alerts/{number}/undo": "review",
    "POST /api/v1/book": "review",
    "POST /api/v1/book/links": "review",
    "POST /api/v1/decide": "decide",
    "POST /api/v1/exposure": "screen",
    "POST /api/v1/rulings": "approve",
    "POST /api/v1/screen": "screen",
    "POST /api/v1/session": "open",
    "POST /api/v1/simulate": "screen",
    "POST /match/{dataset}": "screen",
    "POST /reconcile/{dataset}": "read",
}
"""What every route asks of its caller. A route that is not in this table fails the test below."""

FORMS = {
    route
    for route in ROUTES
    if route.startswith("POST /") and not route[6:].startswith(("api/", "match/", "reconcile/"))
}
"""Forms of pages: they are taken only with the token of the page (`pages/test_forms.py`)."""

MAY = {
    "open": {"nobody", "viewer", "analyst", "approver", "administrator"},
    "read": {"viewer", "analyst", "approver", "administrator"},
    "screen": {"analyst", "approver", "administrator"},
    "decide": {"analyst", "approver", "administrator"},
    "review": {"analyst", "approver", "administrator"},
    "approve": {"approver", "administrator"},
    "administer": {"administrator"},
}
"""Who may do what."""


def test_every_route_is_in_the_table_with_what_it_asks(settings: Settings) -> None:
    found = {}
    for route in create_app(settings, now=lambda: NOW).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS"}:
                    found[f"{method} {route.path_format}"] = handler.opt.get("permission")
    assert found == ROUTES


def test_the_roles_grant_what_the_table_says() -> None:
    for permission, roles in MAY.items():
        if permission != "open":
            assert {role for role in ROLES if permission in GRANTS[role]} == roles


def test_each_role_is_let_through_exactly_where_the_table_says(
    guarded: httpx2.Client, registry: Registry
) -> None:
    keys = {role: registry.add_key(role, role, now=NOW)[1] for role in ROLES}
    for route, permission in ROUTES.items():
        method, path = route.split(" ")
        path = path.replace("{number}", "1").replace("{", "").replace("}", "")
        for role in ("nobody", *ROLES):
            headers = {"Authorization": f"Bearer {keys[role]}"} if role in keys else {}
            status = guarded.request(method, path, headers=headers).status_code
            refused = status in {401, 403}
            asks_for_more = path == "/api/v1/session" or route in FORMS
            assert refused == (role not in MAY[permission]) or (asks_for_more and method == "POST"), (
                route,
                role,
                status,
            )


@pytest.mark.parametrize(
    "header", ["Authorization: Bearer {}", "Authorization: ApiKey {}", "subscription-key: {}"]
)
def test_a_key_is_taken_in_each_way_that_clients_send_it(
    guarded: httpx2.Client, registry: Registry, header: str
) -> None:
    _, text = registry.add_key("erp", "viewer", now=NOW)
    name, value = header.format(text).split(": ")
    assert guarded.get(SEARCH, headers={name: value}).status_code == 200


def test_without_a_key_nobody_is_let_in_and_is_told_what_to_do(guarded: httpx2.Client) -> None:
    found = guarded.get(SEARCH)
    assert found.status_code == 401
    assert found.headers["www-authenticate"].startswith("Bearer")
    assert "ringfence keys add" in found.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer rf_00000000_made-up"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer \xff\xfe"},
        {"subscription-key": "x" * 4_000},
        {"Cookie": "ringfence_session=forged"},
        {"Cookie": "ringfence_session="},
        {"X-Email": "nobody@example.org"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-User": "root"},
    ],
)
def test_what_is_made_up_lets_nobody_in(guarded: httpx2.Client, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert guarded.get(SEARCH, headers=raw).status_code == 401  # type: ignore[arg-type]


def test_a_key_works_until_it_expires_and_not_a_second_longer(registry: Registry) -> None:
    ends = NOW + dt.timedelta(days=1)
    _, text = registry.add_key("erp", "analyst", now=NOW, expires_at=ends)
    assert registry.caller_by_key(text, now=ends - dt.timedelta(seconds=1)) is not None
    assert registry.caller_by_key(text, now=ends) is None


def test_a_key_does_no_more_than_its_scopes(guarded: httpx2.Client, registry: Registry) -> None:
    _, text = registry.add_key("monitor", "administrator", now=NOW, scopes=["read"])
    headers = {"Authorization": f"Bearer {text}"}
    assert guarded.get("/metrics", headers=headers).status_code == 200
    assert (
        guarded.post("/api/v1/screen", headers=headers, json={"queries": [{"name": "x"}]}).status_code == 403
    )


def test_a_rotated_key_works_on_for_its_grace_alone(registry: Registry) -> None:
    key, old = registry.add_key("erp", "analyst", now=NOW, scopes=["screen"])
    made, new = registry.rotate_key(key.id, now=NOW, grace=dt.timedelta(hours=1))
    assert made.scopes == ("screen",)
    later = NOW + dt.timedelta(hours=1)
    assert registry.caller_by_key(old, now=later - dt.timedelta(seconds=1)) is not None
    assert registry.caller_by_key(old, now=later) is None
    assert registry.caller_by_key(new, now=later) is not None


def test_a_revoked_key_ends_at_once_and_stays_on_record(registry: Registry) -> None:
    key, text = registry.add_key("erp", "analyst", now=NOW)
    registry.revoke_key(key.id, now=NOW)
    assert registry.caller_by_key(text, now=NOW) is None
    assert [one.id for one in registry.all_keys()] == [key.id]
    with pytest.raises(NotKnown):
        registry.revoke_key("nonsense", now=NOW)


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)  # a file can be searched byte by byte
def test_no_secret_is_found_in_the_registry(registry: Registry) -> None:
    _, key = registry.add_key("erp", "analyst", now=NOW)
    registry.put_person("ann", "approver", now=NOW, password="correct horse battery")
    session = registry.begin_session("ann", now=NOW)
    files = [*Path(registry.location).parent.glob(f"{Path(registry.location).name}*")]
    held = b"".join(one.read_bytes() for one in files)
    assert b"ann" in held
    for secret in (key, key.split("_", 2)[2], "correct horse battery", session):
        assert secret.encode() not in held


def test_looking_for_keys_makes_no_file(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "none.db"), cache=str(tmp_path / "cache"))
    with serving(create_app(settings, now=lambda: NOW)) as client:
        assert client.get(SEARCH, headers={"Authorization": "Bearer rf_x_y"}).status_code == 401
    assert not Path(registry_beside(settings.store)).exists()


@pytest.fixture
def signed_in(guarded: httpx2.Client, registry: Registry) -> tuple[httpx2.Client, str]:
    registry.put_person("ann", "approver", now=NOW, password="correct horse battery")
    found = guarded.post("/api/v1/session", json={"name": "ann", "password": "correct horse battery"})
    assert found.status_code == 201
    return guarded, found.json()["csrf_token"]


def test_a_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    settings: Settings, registry: Registry
) -> None:
    registry.put_person("ann", "viewer", now=NOW, password="correct horse battery")
    service = Service(anonymous="never", access=registry.location)
    with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
        found = client.post("/api/v1/session", json={"name": "ann", "password": "correct horse battery"})
    cookie = found.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "secure", "samesite=strict", "path=/", "max-age="))


def test_a_signed_in_person_reads_and_changes_only_with_the_token_of_the_session(
    signed_in: tuple[httpx2.Client, str],
) -> None:
    client, token = signed_in
    body = {"queries": [{"name": "Hikvision"}]}
    assert client.get(SEARCH).status_code == 200
    assert client.post("/api/v1/screen", json=body).status_code == 403
    assert client.post("/api/v1/screen", json=body, headers={"X-CSRF-Token": "x" * 64}).status_code == 403
    assert client.post("/api/v1/screen", json=body, headers={"X-CSRF-Token": token}).status_code == 200


def test_signing_out_ends_the_session_even_for_who_kept_the_cookie(
    signed_in: tuple[httpx2.Client, str],
) -> None:
    client, token = signed_in
    kept = client.cookies["ringfence_session"]
    assert client.delete("/api/v1/session", headers={"X-CSRF-Token": token}).status_code == 200
    assert client.get(SEARCH, headers={"Cookie": f"ringfence_session={kept}"}).status_code == 401


def test_a_session_ends_without_use_and_at_the_latest_after_its_life(registry: Registry) -> None:
    registry.put_person("ann", "viewer", now=NOW, password="correct horse battery")
    text = registry.begin_session("ann", now=NOW)
    idle, life = dt.timedelta(minutes=30), dt.timedelta(hours=2)

    def alive(minutes: int) -> bool:
        at = NOW + dt.timedelta(minutes=minutes)
        return registry.caller_by_session(text, now=at, idle=idle, life=life) is not None

    assert all(alive(minutes) for minutes in range(0, 120, 20))
    assert not alive(120)
    other = registry.begin_session("ann", now=NOW)
    at = NOW + dt.timedelta(minutes=30)
    assert registry.caller_by_session(other, now=at, idle=idle, life=life) is None


def test_a_changed_password_and_an_end_close_every_session(registry: Registry) -> None:
    span = {"idle": dt.timedelta(hours=1), "life": dt.timedelta(hours=2)}
    for change in (
        lambda: registry.put_person("ann", "viewer", now=NOW, password="another long password"),
        lambda: registry.end_person("ann", now=NOW),
    ):
        registry.put_person("ann", "viewer", now=NOW, password="correct horse battery")
        text = registry.begin_session("ann", now=NOW)
        assert registry.caller_by_session(text, now=NOW, **span) is not None
        change()
        assert registry.caller_by_session(text, now=NOW, **span) is None
    assert registry.caller_by_password("ann", "correct horse battery") is None


def test_wrong_passwords_are_bounded_and_do_not_say_which_part_was_wrong(
    guarded: httpx2.Client, registry: Registry
) -> None:
    registry.put_person("ann", "viewer", now=NOW, password="correct horse battery")
    answers = [
        guarded.post("/api/v1/session", json={"name": name, "password": "wrong wrong wrong"})
        for name in ("ann", "nobody", "ann", "ann")
    ]
    assert [one.status_code for one in answers] == [401, 401, 401, 429]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert int(answers[3].headers["retry-after"]) >= 1


def test_the_proxy_is_believed_only_from_a_trusted_address(settings: Settings, registry: Registry) -> None:
    registry.put_person("ann@example.org", "approver", now=NOW)
    headers = {"X-Email": "ann@example.org"}
    for trusted, status in (("127.0.0.1/32", 200), ("10.0.0.0/8", 401)):
        service = Service(
            anonymous="never", access=registry.location, proxy_header="X-Email", trusted_proxies=(trusted,)
        )
        with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
            assert client.get(SEARCH, headers=headers).status_code == status


def test_a_proxy_header_without_trusted_addresses_is_refused() -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        Service(proxy_header="X-Email")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "attacker.example"}, 401),
        ({"Host": "127.0.0.1.attacker.example"}, 401),
        ({"X-Forwarded-For": "203.0.113.9"}, 401),
        ({"Forwarded": "for=203.0.113.9"}, 401),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_a_program_on_this_machine_may_ask_without_a_key(
    client: httpx2.Client, headers: dict[str, str], status: int
) -> None:
    assert client.get(SEARCH, headers=headers).status_code == status


def test_no_web_page_may_read_answers_unless_it_is_named(client: httpx2.Client, settings: Settings) -> None:
    origin = {"Origin": "https://refine.example"}
    assert "access-control-allow-origin" not in client.get(SEARCH, headers=origin).headers
    service = Service(allow_origins=("https://refine.example",))
    with serving(create_app(settings, now=lambda: NOW, service=service)) as named:
        found = named.get(SEARCH, headers=origin)
    assert found.headers["access-control-allow-origin"] == "https://refine.example"


def test_a_caller_that_asks_too_often_is_told_how_long_to_wait(
    settings: Settings, registry: Registry
) -> None:
    _, text = registry.add_key("erp", "viewer", now=NOW)
    service = Service(anonymous="never", access=registry.location, per_minute=2)
    with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
        headers = {"Authorization": f"Bearer {text}"}
        found = [client.get("/api/v1/session", headers=headers) for _ in range(3)]
    assert [one.status_code for one in found] == [200, 200, 429]
    assert int(found[2].headers["retry-after"]) >= 1


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 20))
def test_no_minute_sees_more_than_twice_the_limit(waits: list[float], size: int) -> None:
    clock = [1.0]
    limit = Limit(size, lambda: clock[0])
    taken: list[float] = []
    for wait in waits:
        clock[0] += wait
        try:
            limit.take("a")
            taken.append(clock[0])
        except TooManyRequests:
            pass
    for begin in taken:
        assert sum(begin <= at < begin + 60 for at in taken) <= 2 * size


def test_the_access_log_holds_no_party_names_unless_asked(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for log_names in (False, True):
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="ringfence.access"):
            service = Service(log_names=log_names)
            with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
                client.get("/api/v1/search?name=Hikvision")
                client.get(f"/entities/{HIKVISION}")
        assert ("ikvision" in caplog.text) == log_names
        assert "/api/v1/search" in caplog.text


def test_the_access_log_says_why_the_service_could_not_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    app = create_app(Settings(store=str(broken), cache=str(tmp_path)), now=lambda: NOW)
    with (
        caplog.at_level(logging.INFO, logger="ringfence.access"),
        serving(app) as client,
    ):  # it ends with its last line logged
        told = client.get(SEARCH)
        assert told.status_code == 503
        assert client.get("/api/v1/nothing").status_code == 404
    lines: list[Any] = [one.msg for one in caplog.records if one.name == "ringfence.access"]
    assert [one.get("fault") for one in lines] == [f"StoreError: {told.json()['detail']}", None]


def test_every_answer_forbids_scripts_sniffing_and_framing(client: httpx2.Client) -> None:
    for path in (SEARCH, "/nowhere", "/api/v1/search", f"/reconcile/us/preview?id={HIKVISION}"):
        headers = client.get(path).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
