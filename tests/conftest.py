"""What tests share: the real lists beside the repository, where they are to be had."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import postgres as server
from tests.stores import Files, Stores

# Tests measure no time: a busy machine must not make a property fail.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real lists beside the repository; the test is skipped where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the real lists in ../shared/data, which are not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.Postgres]:
    """A PostgreSQL server of this session; the test is skipped where it is not installed."""
    pytest.importorskip("psycopg", reason="needs the postgres extra: pip install 'ringfence[postgres]'")
    where = server.binaries()
    if where is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with server.running(where) as running:
        yield running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Stores on SQLite, then on PostgreSQL: a test that asks for it, or for `location`, runs on both."""
    if request.param == "sqlite":
        return Files(tmp_path_factory.mktemp("stores"))
    found: Stores = request.getfixturevalue("postgres")
    return found


@pytest.fixture
def location(stores: Stores) -> Iterator[str]:
    """Where there is an empty store: a path, or the address of a database."""
    with stores.lent() as lent:
        yield lent
