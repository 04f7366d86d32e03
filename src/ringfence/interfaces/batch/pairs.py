"""The rows of a table that met something, each with all that was asked about it: what alerts are made of."""

from collections import deque
from collections.abc import Iterable, Iterator

from ringfence.interfaces.batch.chunks import Answered, Asked
from ringfence.interfaces.batch.pieces import decoded
from ringfence.records import Query, Screening
from ringfence.review import Subject


class Pairs:
    """Gathers the pairs of a screening of the file or book named `source`."""

    def __init__(self, source: str) -> None:
        self.found: list[tuple[Subject, Screening]] = []
        self._source = source
        self._waiting: deque[Query] = deque()

    def noted(self, asked: Iterable[Asked]) -> Iterator[Asked]:
        """The questions, passed on and remembered: an answer echoes only a part of them."""
        for one in asked:
            self._waiting.append(one[0])
            yield one

    def met(self, chunk: Answered) -> None:
        """Take the next chunk, which must hold its answers as JSON Lines."""
        for answer in decoded(chunk.pieces["jsonl"]):
            query = self._waiting.popleft()
            if answer.hits:
                self.found.append((Subject.of_query(query, self._source), answer))
