"""What takes a second or more to tell of a world, told once: shared by all who ask meanwhile, and kept for those after."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from concurrent.futures import Future
from typing import Any, TypeVar

from litestar.concurrency import sync_to_thread

from ringfence.interfaces.web.worlds import World

T = TypeVar("T")

KEPT = 32
"""Answers that are kept: views of days (about 1 MB each) and histories of lists."""
KEPT_ITEMS = 120_000
"""Events in all of them together; a history longer than this is kept alone, until another is asked for."""


class Kept:
    """Answers by what was asked of which world; the one longest unused goes first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, world: World, asked_for: Hashable, make: Callable[[], T]) -> T:
        """The answer of `make`, or the one it gave before for this world. Who asks meanwhile waits for the first."""
        answer, first = self._answer(world, asked_for)
        if first:
            self._fill(answer, make)
        result: T = answer.result()
        return result

    async def awaited(self, world: World, asked_for: Hashable, make: Callable[[], T]) -> T:
        """The same for a coroutine: only the first to ask holds a thread."""
        answer, first = self._answer(world, asked_for)
        if first:
            await sync_to_thread(self._fill, answer, make)
        result: T = answer.result() if answer.done() else await asyncio.shield(asyncio.wrap_future(answer))
        return result

    def _answer(self, world: World, asked_for: Hashable) -> tuple[Future[Any], bool]:
        """The answer, perhaps still to come, and whether this is who has to make it."""
        key = (world.name, asked_for)
        with self._lock:
            known = self._answers.get(key)
            answer = known or self._answers.setdefault(key, Future())
            self._answers.move_to_end(key)
            held = {other: _items(one) for other, one in self._answers.items()}
            while len(self._answers) > 1 and (len(held) > KEPT or sum(held.values()) > KEPT_ITEMS):
                del held[self._answers.popitem(last=False)[0]]
        return answer, known is None

    def _fill(self, answer: Future[Any], make: Callable[[], Any]) -> None:
        try:
            answer.set_result(make())
        except BaseException as error:  # noqa: BLE001  whoever waits is told the same
            with self._lock:
                for key in [key for key, one in self._answers.items() if one is answer]:
                    del self._answers[key]
            answer.set_exception(error)


def _items(answer: Future[Any]) -> int:
    """How much an answer holds; one that is still to come, nothing."""
    if not answer.done() or answer.exception() is not None:
        return 0
    result = answer.result()
    return len(result) if isinstance(result, Sized) else 1
