"""Readers of the pages of a service."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Settings
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.store import open_store
from tests.interfaces.web.conftest import NOW
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.serving import serving

Read = Callable[..., Reader]


@pytest.fixture
def read() -> Iterator[Read]:
    """Makes readers of a running service."""
    made: list[Reader] = []

    def reader(client: httpx2.Client, **headers: str) -> Reader:
        made.append(Reader(client, **headers))
        return made[-1]

    yield reader
    for one in made:
        one.close()


@pytest.fixture
def reader(client: httpx2.Client, read: Read) -> Reader:
    """Somebody at this machine, without signing in."""
    return read(client)


@pytest.fixture(scope="session")
def plain(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service on plain HTTP, whose cookies programs send back, with a folder of its own for uploads."""
    service = Service(secure_cookies=False, uploads=str(tmp_path_factory.mktemp("uploads") / "uploads"))
    app = create_app(settings, now=lambda: NOW, service=service)
    with serving(app) as client:
        app.state.worlds.world()
        yield client


@pytest.fixture
def writer(plain: httpx2.Client, read: Read) -> Reader:
    """Somebody at this machine, without signing in, whose forms are taken."""
    return read(plain)


@pytest.fixture
def stored(settings: Settings, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A service with a store of its own, `store.db` in the folder of the test."""
    location = str(tmp_path / "store.db")
    with open_store(location):
        pass
    kept = Settings(store=location, cache=settings.cache)
    with serving(create_app(kept, now=lambda: NOW, service=Service(secure_cookies=False))) as client:
        yield client
