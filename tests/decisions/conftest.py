import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.stores import Stores

from ringfence import Engine, read_settings
from ringfence.sources.private_list import read_private_list

HERE = Path(__file__).parent
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


def engine(folder: Path, store: str, *, seeds: bool = True, **given: Any) -> Any:
    settings = read_settings({}, store=store, cache=str(folder / "cache"))
    extra = read_private_list(HERE / "worked_seeds.csv") if seeds else ()
    return Engine.open(settings, now=NOW, extra=extra, **given)


@pytest.fixture(scope="session")
def on_reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The bundled reference set, with the seeds that the worked cases need besides."""
    folder = tmp_path_factory.mktemp("reference")
    with engine(folder, str(folder / "none.db")) as opened:
        yield opened


@pytest.fixture(scope="session")
def on_real_lists(tmp_path_factory: pytest.TempPathFactory, shared: Path, stores: Stores) -> Iterator[Engine]:
    """The whole Consolidated Screening List of 2022."""
    from ringfence.refresh import refresh
    from ringfence.store import open_store

    folder = tmp_path_factory.mktemp("real")
    with stores.lent() as location:
        with open_store(location) as store:
            path = shared / "data/us/csl/consolidated_2022-04-21.csv.gz"
            refresh(store, "us_csl", paths=[path], now=NOW - dt.timedelta(days=1))
        with engine(folder, location, seeds=False) as opened:
            yield opened
