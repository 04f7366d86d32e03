"""Readers of the pages of a service."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.interfaces.web.pages.reading import Reader

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
