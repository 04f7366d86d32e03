"""A desk on an empty store."""

from collections.abc import Iterator

import pytest

from ringfence.review import Desk


@pytest.fixture
def desk(location: str) -> Iterator[Desk]:
    """A desk where one person decides."""
    with Desk.open(location) as opened:
        yield opened
