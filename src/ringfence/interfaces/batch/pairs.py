"""The rows of a table that met something, each with all that was asked about it: what alerts are made of."""

from collections import deque
from collections.abc import Iterable, Iterator

from ringfence.interfaces.batch.amounts import Stake
from ringfence.interfaces.batch.chunks import Answered, Asked
from ringfence.interfaces.batch.pieces import decoded
from ringfence.records import Query, Screening
from ringfence.review import Subject


class Pairs:
    """Gathers the pairs of a screening of the file or book named `source`."""

    def __init__(self, source: str) -> None:
        self.found: list[tuple[Subject, Screening]] = []
        self.unused: list[str] = []
        """Remarks on amounts and currencies of these rows that were not used."""
        self._source = source
        self._waiting: deque[tuple[Query, Stake]] = deque()

    def noted(self, rows: Iterable[tuple[Query, tuple[str, ...], Stake]]) -> Iterator[Asked]:
        """The questions of the rows, passed on and remembered: an answer echoes only a part of them."""
        for query, remarks, stake in rows:
            self._waiting.append((query, stake))
            yield query, remarks

    def met(self, chunk: Answered) -> None:
        """Take the next chunk, which must hold its answers as JSON Lines."""
        for answer in decoded(chunk.pieces["jsonl"]):
            query, stake = self._waiting.popleft()
            if answer.hits:
                subject = Subject.of_query(query, self._source, amount=stake.amount, currency=stake.currency)
                self.found.append((subject, answer))
                self.unused += [
                    one for one in answer.remarks if ": the amount " in one or ": the currency " in one
                ]
