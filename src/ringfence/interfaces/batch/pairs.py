"""The rows of a table that met something, each with all that was asked about it: what alerts are made of."""

from collections import deque
from collections.abc import Iterable, Iterator

from ringfence.interfaces.batch.chunks import Answered, Asked
from ringfence.interfaces.batch.pieces import decoded
from ringfence.records import Query, Screening
from ringfence.review import NOTHING, Stake, Stakes, Subject


class PartyStakes:
    """What is at stake with each party of a file: the amounts of all its rows, added up by currency.

    Rows are of one party when they have its id, or, where they have none, when they say the same of it.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._stakes = Stakes()

    def note(self, query: Query, stake: Stake, *, met: bool) -> None:
        """One row, and whether it met something. A row without an id met what every row like it met."""
        if stake != NOTHING and (met or query.id):
            self._stakes.add(Subject.of_query(query, self._source).id, stake)

    def subject(self, query: Query) -> Subject:
        """The party of a row, with what is at stake by all rows that were noted."""
        plain = Subject.of_query(query, self._source)
        return Subject.of_query(query, self._source, self._stakes.of(plain.id))


class Pairs:
    """Gathers the pairs of a screening of the file or book named `source`."""

    def __init__(self, source: str) -> None:
        self.unused: list[str] = []
        """Remarks on amounts and currencies of these rows that were not used."""
        self._at_stake = PartyStakes(source)
        self._met: list[tuple[Query, Screening]] = []
        self._waiting: deque[tuple[Query, Stake]] = deque()

    @property
    def found(self) -> Iterator[tuple[Subject, Screening]]:
        """Every row that met something, as the desk takes it; once all rows are in."""
        return ((self._at_stake.subject(query), answer) for query, answer in self._met)

    def noted(self, rows: Iterable[tuple[Query, tuple[str, ...], Stake]]) -> Iterator[Asked]:
        """The questions of the rows, passed on and remembered: an answer echoes only a part of them."""
        for query, remarks, stake in rows:
            self._waiting.append((query, stake))
            yield query, remarks

    def met(self, chunk: Answered) -> None:
        """Take the next chunk, which must hold its answers as JSON Lines."""
        for answer in decoded(chunk.pieces["jsonl"]):
            query, stake = self._waiting.popleft()
            self._at_stake.note(query, stake, met=bool(answer.hits))
            if answer.hits:
                self._met.append((query, answer))
                self.unused += [
                    one for one in answer.remarks if ": the amount " in one or ": the currency " in one
                ]
