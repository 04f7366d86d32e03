"""Answers of a run on disk: written one by one, and any page of any outcome read back at once.

`answers.jsonl` holds an answer a line, without what all of them rest on, which stands in the record of the run. `places.bin`
holds 16 bytes an answer: where its line begins, its outcome, whether it has remarks, its score.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
import numpy as np

from ringfence.errors import NotKnown
from ringfence.records import Hit, Outcome, Provenance, QueryEcho, Screening

OUTCOMES: tuple[Outcome, ...] = ("hit", "review", "no_match")
Wanted = Literal["all", "hit", "review", "no_match", "remarks"]
Order = Literal["row", "score"]

_ANSWERS = "answers.jsonl"
_PLACES = "places.bin"
_PLACE: Any = np.dtype(
    [("at", "<u8"), ("score", "<f4"), ("outcome", "u1"), ("remarks", "u1"), ("spare", "<u2")]
)


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A Screening without its provenance."""

    query: QueryEcho
    outcome: Outcome
    hits: tuple[Hit, ...] = ()
    remarks: tuple[str, ...] = ()


class Writing:
    """Writes the answers of a run into its folder; use it in a `with` statement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encoder = msgspec.json.Encoder()
        self._at = 0

    def __enter__(self) -> Self:
        self._answers = (self._folder / _ANSWERS).open("wb")
        self._places = (self._folder / _PLACES).open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()
        self._places.close()

    def write(self, screening: Screening) -> None:
        """Add one answer."""
        answer = _Answer(screening.query, screening.outcome, screening.hits, screening.remarks)
        line = self._encoder.encode(answer) + b"\n"
        best = screening.hits[0].score if screening.hits else 0.0
        place = (self._at, best, OUTCOMES.index(screening.outcome), bool(screening.remarks), 0)
        self._places.write(np.array([place], dtype=_PLACE).tobytes())
        self._answers.write(line)
        self._at += len(line)


class Reading:
    """The answers of a finished run. Raises NotKnown when there are none."""

    def __init__(self, folder: Path, provenance: Provenance) -> None:
        self._path = folder / _ANSWERS
        self._provenance = provenance
        try:
            self._places = np.fromfile(folder / _PLACES, dtype=_PLACE)
        except FileNotFoundError:
            raise NotKnown("this run has no answers.") from None

    def count(self, wanted: Wanted) -> int:
        """How many answers there are of a kind."""
        return int(self._chosen(wanted).size)

    def some(self, wanted: Wanted, *, order: Order, begin: int, most: int) -> list[Screening]:
        """A page of the answers of a kind: in the order of the file, or those that are most surely listed first."""
        chosen = self._chosen(wanted)
        if order == "score":
            chosen = chosen[
                np.lexsort((chosen, -self._places["score"][chosen], self._places["outcome"][chosen]))
            ]
        return list(self._at(self._places["at"][chosen[begin : begin + most]].tolist()))

    def one(self, number: int) -> Screening:
        """The answer to the row of this number, from 1. Raises NotKnown."""
        if not 1 <= number <= self._places.size:
            raise NotKnown(f"the run has no row {number:,}.")
        return next(self._at([int(self._places["at"][number - 1])]))

    def every(self) -> Iterator[Screening]:
        """All of them, in the order of the file."""
        with self._path.open("rb") as file:
            for line in file:
                yield self._whole(line)

    def _chosen(self, wanted: Wanted) -> Any:
        if wanted == "all":
            return np.arange(self._places.size)
        if wanted == "remarks":
            return np.flatnonzero(self._places["remarks"])
        return np.flatnonzero(self._places["outcome"] == OUTCOMES.index(wanted))

    def _at(self, places: Sequence[int]) -> Iterator[Screening]:
        with self._path.open("rb") as file:
            for place in places:
                file.seek(place)
                yield self._whole(file.readline())

    def _whole(self, line: bytes) -> Screening:
        answer = msgspec.json.decode(line, type=_Answer)
        return Screening(
            query=answer.query,
            outcome=answer.outcome,
            hits=answer.hits,
            remarks=answer.remarks,
            provenance=self._provenance,
        )
