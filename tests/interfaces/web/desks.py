"""A service with alerts, an analyst and an approver, and a policy that asks two to clear an entry of the Entity List."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx2

from ringfence import Settings
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from tests.interfaces.web.serving import serving

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
"""Later than the clock of the other tests: the investment list came in 2021."""
PASSWORD = "correct horse battery"
POLICY = """
[[four_eyes]]
lists = ["us_bis_entity"]
verdict = "cleared"
why = "Entries of the Entity List are cleared by two."
"""
PARTIES = [
    {"id": "S-1", "name": "Hikvision", "country": "CN", "amount": 125000, "currency": "USD",
     "address": "555 Qianmo Road, Hangzhou"},
    {"id": "S-2", "name": "Dahua Technologie", "country": "CN"},
    {"id": "S-3", "name": "海康威视", "country": "CN", "city": "杭州"},
    {"id": "S-4", "name": "<b>IFLYTEK</b> \u202e", "country": "CN"},
    {"id": "S-5", "name": "Quiet Garden Bakery", "country": "FR"},
]  # fmt: skip


@contextlib.contextmanager
def desk_service(store: str, cache: str, home: Path, now: dt.datetime = NOW) -> Iterator[httpx2.Client]:
    """A client of the service; the alerts of `PARTIES` are raised, `ana` reviews and `ben` approves."""
    (home / "review.toml").write_text(POLICY, "utf-8")
    settings = Settings(store=store, cache=cache, review_policy=str(home / "review.toml"))
    with Registry(str(home / "access.db")) as registry:
        for name, role in (("ana", "analyst"), ("ben", "approver")):
            registry.put_person(name, role, now=now, password=PASSWORD)  # type: ignore[arg-type]
        _, key = registry.add_key("erp", "analyst", now=now)
        service = Service(anonymous="never", access=registry.location, secure_cookies=False)
        with serving(create_app(settings, now=lambda: now, service=service)) as client:
            raised = client.post(
                "/api/v1/alerts",
                json={"source": "suppliers.csv", "parties": PARTIES},
                headers={"Authorization": f"Bearer {key}"},
            )
            assert raised.status_code == 200, raised.text
            yield client
