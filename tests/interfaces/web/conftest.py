"""The service on the bundled reference set, at a clock that stands still: small, and the same everywhere."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("litestar", reason="needs the web extra: pip install 'ringfence[web]'")

import httpx2

from ringfence import Settings
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from tests.interfaces.web.serving import serving
from tests.stores import Stores

NOW = dt.datetime(2019, 10, 20, 12, tzinfo=dt.UTC)
HIKVISION = "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"

Serve = Callable[..., Iterator[httpx2.Client]]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store that is not there: the reference set answers."""
    folder = tmp_path_factory.mktemp("service")
    return Settings(store=str(folder / "none.db"), cache=str(folder / "cache"))


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[httpx2.Client]:
    """The service as it starts by default, asked from this machine."""
    app = create_app(settings, now=lambda: NOW)
    with serving(app) as client:
        app.state.worlds.world()
        yield client


@pytest.fixture
def registry(stores: Stores) -> Iterator[Registry]:
    """Keys and people of a service that lets nobody in without one."""
    with stores.bare() as bare, Registry(bare) as opened:
        yield opened


@pytest.fixture
def guarded(settings: Settings, registry: Registry) -> Iterator[httpx2.Client]:
    """A service that lets nobody in without a key, a session, or the proxy at this machine's address."""
    service = Service(
        anonymous="never",
        access=registry.location,
        secure_cookies=False,
        proxy_header="X-Email",
        trusted_proxies=("127.0.0.1/32",),
        sign_ins_per_minute=3,
    )
    with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
        yield client
