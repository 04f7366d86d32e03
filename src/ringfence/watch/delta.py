"""Screening a book again after a change, and only what the change can touch: the answers equal those of a full screening.

Why they do. An answer of a party is a set of listings met, each with its score and its text; what is met is decided pair
by pair (`matching.drift` says what the score of a pair depends on). Between two worlds the answers of a party differ at
most by pairs of which

1. the party is new or has another text, or holds a word that weighs otherwise than before: it is screened in full;
2. the listing came, left, has another text, is stayed or no longer, or carries a word that weighs otherwise: it is
   *touched*. Every other party is compared with the touched listings that are in force now, by the weights of the whole
   list, and what it meets among them takes the place of what it met among the touched listings before. All else that it
   met stands.

An answer is bounded (`max_hits`): one that reaches the bound, before or after, may hide further pairs, so such a party is
screened in full. Where the matcher, the word tables, the settings or the rules are others than before, or the size of the
lists moved by a step, everything is touched: the whole book is screened.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from ringfence.engine import Engine
from ringfence.matching.drift import carriers, holds, moved_words
from ringfence.records import Hit, Query, Screening
from ringfence.records.codec import canonical, digest
from ringfence.store import Kept
from ringfence.store.passes import Answer, Met, PassKind


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a screening did, and what it spared. A pair is one party compared with one listing.

    `why` says why the whole book was screened; it is empty for a screening of what had changed.
    """

    kind: PassKind
    why: str
    parties: int
    entries: int
    parties_in_full: int
    entries_touched: int
    words_moved: int
    pairs: int
    pairs_of_all: int

    @property
    def spared(self) -> float:
        """The part of all pairs that did not have to be compared: 0 to 1."""
        return 1 - self.pairs / self.pairs_of_all if self.pairs_of_all else 0.0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A party whose answer was looked at again, with the answer."""

    kept: Kept
    answer: Answer


class Comparison:
    """Screening in one world, knowing what differs from another. Make one with `in_full` or `between`.

    Parties come in runs of any size, so that nobody has to hold a whole book; `work` is the account of all of them.
    """

    def __init__(
        self,
        after: Engine,
        *,
        why: str = "",
        words: frozenset[str] = frozenset(),
        touched: frozenset[str] = frozenset(),
    ) -> None:
        self.kind: PassKind = "full" if why else "delta"
        self._after = after
        self._why = why
        self._words = words
        self._touched = touched
        self._texts = _Texts(after)
        refs = [ref for ref, listing in after.view.ids.items() if listing in touched]
        self._part = after.among(refs) if touched else None
        self._entries_touched = len(refs)
        self._parties = self._in_full = self._pairs = 0

    @classmethod
    def in_full(cls, after: Engine, why: str) -> "Comparison":
        """Every party against every listing; `why` says why."""
        return cls(after, why=why or "nothing was screened before")

    @classmethod
    def between(cls, before: Engine, after: Engine) -> "Comparison":
        """Only what can differ between the answers of two worlds."""
        words = moved_words(before.index(), after.index())
        if words is None:
            return cls.in_full(after, "the size of the lists moved by a step, and with it every weight")
        was, now = before.view.ids, after.view.ids
        touched = {was[ref] for ref in was.keys() - now.keys()} | {
            now[ref] for ref in now.keys() - was.keys()
        }
        touched |= _otherwise_reserved(before, after)
        touched |= {now[ref] for ref in carriers(after.index(), words)}
        return cls(after, words=frozenset(words), touched=frozenset(touched))

    def another(self) -> "Comparison":
        """The same with an account of its own."""
        other = copy.copy(self)
        other.__dict__.update(_parties=0, _in_full=0, _pairs=0)
        return other

    def look(self, book: Sequence[Kept], answers: Mapping[str, Answer]) -> Iterator[Found]:
        """The parties of a run whose answers may differ, with their answers now; all others answer as they did.

        `answers` are those of the world before. A party at the bound of its answer is screened in full beyond what the
        account says.
        """
        entries = len(self._after.view.refs)
        if self.kind == "full":
            whole, rest = list(book), []
        else:
            whole = [kept for kept in book if self._is_other(kept, answers.get(kept.party.id))]
            chosen = {kept.party.id for kept in whole}
            rest = [kept for kept in book if kept.party.id not in chosen]
        self._parties += len(book)
        self._in_full += len(whole)
        self._pairs += len(whole) * entries + len(rest) * self._entries_touched
        yield from self._screened(whole)
        if self._part is not None:
            yield from self._compared(self._part, rest, answers)

    @property
    def work(self) -> Work:
        """What was planned for all parties so far."""
        entries = len(self._after.view.refs)
        return Work(
            kind=self.kind,
            why=self._why,
            parties=self._parties,
            entries=entries,
            parties_in_full=self._in_full,
            entries_touched=entries if self.kind == "full" else self._entries_touched,
            words_moved=len(self._words),
            pairs=self._pairs,
            pairs_of_all=self._parties * entries,
        )

    def _is_other(self, kept: Kept, answer: Answer | None) -> bool:
        """Whether a party is new, has another text, or holds a word that weighs otherwise."""
        return (
            answer is None
            or answer.version != kept.version
            or holds(kept.party.query, self._words, self._after.index())
        )

    def _screened(self, book: Sequence[Kept]) -> Iterator[Found]:
        answers = self._after.screen(kept.party.query for kept in book)
        for kept, answer in zip(book, answers, strict=True):
            yield Found(
                kept=kept,
                answer=Answer(party=kept.party.id, version=kept.version, met=self._texts.met(answer)),
            )

    def _compared(self, part: Engine, book: Sequence[Kept], answers: Mapping[str, Answer]) -> Iterator[Found]:
        """Parties against the touched listings; only those whose answer is another come back."""
        bound = self._after.settings.max_hits
        meets = partial(part.index().search, threshold=self._after.review_at, limit=1)
        full: list[Kept] = []
        for kept in book:
            old = answers[kept.party.id]
            stands = tuple(one for one in old.met if one.listing not in self._touched)
            query: Query = kept.party.query
            found = part.search(query) if query.name.strip() and meets(query) else None
            if found or len(stands) < len(old.met):
                new = self._texts.met(found) if found else ()
                if _times(old.met) >= bound or _times(new) >= bound or _times((*stands, *new)) > bound:
                    full.append(kept)
                else:
                    answer = Answer(party=kept.party.id, version=kept.version, met=_ordered((*stands, *new)))
                    yield Found(kept=kept, answer=answer)
        yield from self._screened(full)


def _otherwise_reserved(before: Engine, after: Engine) -> set[str]:
    """Listings that one world alone prints as stayed or in doubt, or each for another reason."""
    was, now = before.view.reserved, after.view.reserved
    ids = before.view.ids | after.view.ids
    return {ids[ref] for ref in was.keys() | now.keys() if was.get(ref) != now.get(ref)}


class _Texts:
    """What a screening met, with the text of each listing, which is named once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._versions: dict[str, str] = {}

    def met(self, answer: Screening) -> tuple[Met, ...]:
        """The listings met, each once, at its best."""
        hits: dict[str, list[Hit]] = {}
        for hit in answer.hits:
            hits.setdefault(hit.listing, []).append(hit)
        return _ordered(self._one(same) for same in hits.values())

    def _one(self, hits: Sequence[Hit]) -> Met:
        best = max(hits, key=lambda hit: (hit.score, hit.matched_name))
        return Met(
            listing=best.listing,
            list=best.list,
            version=self._version(best.listing),
            score=best.score,
            matched=best.matched_name,
            listed=best.listed_name,
            times=len(hits),
        )

    def _version(self, listing: str) -> str:
        if listing not in self._versions:
            text = self._engine.in_force(listing)
            self._versions[listing] = digest(canonical(text)) if text else ""
        return self._versions[listing]


def _times(met: Iterable[Met]) -> int:
    return sum(one.times for one in met)


def _ordered(met: Iterable[Met]) -> tuple[Met, ...]:
    return tuple(sorted(met, key=lambda one: (-one.score, one.listing)))


__all__ = ["Comparison", "Found", "Work"]
