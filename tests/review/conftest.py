"""A desk on an empty store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.review import Desk
from tests.store.entries import empty_store_in


@pytest.fixture
def location(tmp_path: Path) -> str:
    """Where the store of a test is."""
    return empty_store_in(tmp_path)


@pytest.fixture
def desk(location: str) -> Iterator[Desk]:
    """A desk where one person decides."""
    with Desk.open(location) as opened:
        yield opened
