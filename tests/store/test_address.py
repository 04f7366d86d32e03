"""What may be said where a store is, and that no password gets out."""

import logging
import sys
import traceback

import pytest

from ringfence.errors import StoreError
from ringfence.store import open_store
from ringfence.store.address import address_of, is_made
from ringfence.store.database import Database
from tests.postgres import Postgres

SECRET = "S3cr3t-horse"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (
            f"postgresql://ann:{SECRET}@db.example.org:5433/desk",
            "postgresql://ann:***@db.example.org:5433/desk",
        ),
        (f"postgres://ann:{SECRET}@db/desk?sslmode=require", "postgresql://ann:***@db/desk?sslmode=require"),
        (f"postgresql+psycopg://ann@db/desk?password={SECRET}", "postgresql://ann:***@db/desk"),
        ("postgresql:///desk?host=/run/postgresql", "postgresql:///desk?host=%2Frun%2Fpostgresql"),
        ("sqlite:////var/lib/desk.db", "/var/lib/desk.db"),
        ("/var/lib/desk.db", "/var/lib/desk.db"),
    ],
)
def test_an_address_is_shown_without_its_password(location: str, shown: str) -> None:
    found = address_of(location)
    assert found.shown == shown
    assert SECRET not in repr(found.url)


@pytest.mark.parametrize(
    "location",
    [
        f"mysql://ann:{SECRET}@db/desk",
        f"postgresql+asyncpg://ann:{SECRET}@db/desk",
        f"https://ann:{SECRET}@example.org",
        f"postgresql://ann:{SECRET}@db:port/desk",
        "sqlite://",
    ],
)
def test_another_kind_of_address_is_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(StoreError, match="postgresql://") as refused:
        Database.at(location)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_server_that_is_not_there_is_said_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("psycopg")
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(StoreError, match=r"cannot be opened .* Check the address") as refused,
        open_store(f"postgresql://ann:{SECRET}@127.0.0.1:1/desk"),
    ):
        pass
    assert SECRET not in "".join(traceback.format_exception(refused.value)) + caplog.text


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"ringfence\[postgres\]"):
        Database.at("postgresql://ann@db/desk")


def test_a_server_that_was_started_again_is_asked_again(postgres: Postgres) -> None:
    with postgres.lent() as address, open_store(address) as store:
        assert store.snapshots() == []
        postgres.end_sessions(address)
        assert store.snapshots() == []


def test_a_server_is_taken_to_hold_a_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("made") / "x.db"
    assert is_made("postgresql://db/desk")
    assert not is_made(str(path))
    path.touch()
    assert is_made(str(path))
