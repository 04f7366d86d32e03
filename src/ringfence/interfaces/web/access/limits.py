"""How often: a bucket of calls per caller, refilled steadily, forgotten when full."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable

from ringfence.errors import TooManyRequests

_CALLERS = 10_000
"""Buckets kept; the one longest unused is forgotten first, which only ever helps the caller."""


class Limit:
    """At most `per_minute` calls of one caller in a minute, in bursts of as many. 0 is no limit.

    `clock` counts seconds and never goes back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._size = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one call. Raises TooManyRequests, with the seconds to wait, when the bucket is empty."""
        if not self._size:
            return
        with self._lock:
            left = self._left(caller)
            self._put(caller, left - 1 if left >= 1 else left)
        if left < 1:
            wait = math.ceil((1 - left) * 60 / self._size)
            raise TooManyRequests(
                f"more than {self._size:,} calls in a minute. Try again in {wait} s.", retry_after=wait
            )

    def check(self, caller: str) -> None:
        """Raise TooManyRequests when the bucket is empty; count nothing."""
        with self._lock:
            left = self._left(caller)
        if self._size and left < 1:
            wait = math.ceil((1 - left) * 60 / self._size)
            raise TooManyRequests(f"too many failed attempts. Try again in {wait} s.", retry_after=wait)

    def _left(self, caller: str) -> float:
        left, at = self._buckets.get(caller, (float(self._size), 0.0))
        return min(float(self._size), left + (self._clock() - at) * self._size / 60) if at else left

    def _put(self, caller: str, left: float) -> None:
        self._buckets[caller] = (left, self._clock())
        self._buckets.move_to_end(caller)
        while len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)
