"""Screening a book again after a change, and only what the change can touch: the answers equal those of a full screening.

Why they do. An answer of a party is a set of listings met, each with its score and its text; what is met is decided pair
by pair (`matching.drift` says what the score of a pair depends on). Between two worlds the answers of a party differ at
most by pairs of which

1. the party is new or has another text, or holds a word that weighs otherwise than before: it is screened in full;
2. the listing came, left, has another text, or carries a word that weighs otherwise: it is *touched*. Every other party
   is compared with the touched listings that are in force now, by the weights of the whole list, and what it meets among
   them takes the place of what it met among the touched listings before. All else that it met stands.

An answer is bounded (`max_hits`): one that reaches the bound, before or after, may hide further pairs, so such a party is
screened in full. Where the matcher, the word tables, the settings or the rules are others than before, or the size of the
lists moved by a step, everything is touched: the whole book is screened.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from ringfence.engine import Engine
from ringfence.matching.drift import carriers, holds, moved_words
from ringfence.records import Hit, Query, Screening
from ringfence.records.codec import canonical, digest
from ringfence.store import Kept
from ringfence.store.passes import Answer, Met, PassKind

Progress = Callable[[str, int, int | None], None]
"""Called with the step, how far it is, and how far it goes."""

_TELL_EVERY = 500


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
    """A party whose answer was looked at again: the answer, and the screening that its new parts come from.

    `screening` holds the hits of those listings only that were compared; it is None where none was met.
    """

    kept: Kept
    answer: Answer
    screening: Screening | None


def in_full(
    after: Engine, book: Sequence[Kept], why: str, progress: Progress | None = None
) -> tuple[Work, Iterator[Found]]:
    """Every party against every listing."""
    entries = len(after.view.refs)
    work = Work(
        kind="full",
        why=why,
        parties=len(book),
        entries=entries,
        parties_in_full=len(book),
        entries_touched=entries,
        words_moved=0,
        pairs=len(book) * entries,
        pairs_of_all=len(book) * entries,
    )
    return work, _screened(after, book, _Texts(after), progress)


def again(
    before: Engine,
    after: Engine,
    book: Sequence[Kept],
    answers: Mapping[str, Answer],
    progress: Progress | None = None,
) -> tuple[Work, Iterator[Found]]:
    """The parties whose answers may differ between two worlds, with their answers now.

    `answers` are those of `before`; parties that are not given back answer as they did. The account of the work counts
    what is planned; a party at the bound of its answer is screened in full beyond that.
    """
    words = moved_words(before.index(), after.index())
    if words is None:
        return in_full(
            after, book, "the size of the lists moved by a step, and with it every weight", progress
        )
    was, now = before.view.ids, after.view.ids
    touched = {was[ref] for ref in was.keys() - now.keys()} | {now[ref] for ref in now.keys() - was.keys()}
    touched |= {now[ref] for ref in carriers(after.index(), words)}
    whole = [kept for kept in book if _is_other(kept, answers.get(kept.party.id), words, after)]
    chosen = {kept.party.id for kept in whole}
    rest = [kept for kept in book if kept.party.id not in chosen]
    refs = [ref for ref, listing in now.items() if listing in touched]
    entries = len(after.view.refs)
    work = Work(
        kind="delta",
        why="",
        parties=len(book),
        entries=entries,
        parties_in_full=len(whole),
        entries_touched=len(refs),
        words_moved=len(words),
        pairs=len(whole) * entries + len(rest) * len(refs),
        pairs_of_all=len(book) * entries,
    )

    def found() -> Iterator[Found]:
        texts = _Texts(after)
        yield from _screened(after, whole, texts, progress)
        if touched:
            yield from _compared(after, after.among(refs), rest, answers, touched, texts, progress)

    return work, found()


def _is_other(kept: Kept, answer: Answer | None, words: frozenset[str], after: Engine) -> bool:
    """Whether a party is new, has another text, or holds a word that weighs otherwise."""
    return answer is None or answer.version != kept.version or holds(kept.party.query, words, after.index())


def _screened(
    engine: Engine, book: Sequence[Kept], texts: "_Texts", progress: Progress | None
) -> Iterator[Found]:
    for done, (kept, answer) in enumerate(
        zip(book, engine.screen(kept.party.query for kept in book), strict=True), start=1
    ):
        yield Found(
            kept=kept,
            answer=Answer(party=kept.party.id, version=kept.version, met=texts.met(answer)),
            screening=answer if answer.hits else None,
        )
        if progress and done % _TELL_EVERY == 0:
            progress("screening", done, len(book))


def _compared(
    after: Engine,
    part: Engine,
    book: Sequence[Kept],
    answers: Mapping[str, Answer],
    touched: set[str],
    texts: "_Texts",
    progress: Progress | None,
) -> Iterator[Found]:
    """Parties against the touched listings; only those whose answer is another come back."""
    bound = after.settings.max_hits
    meets = partial(part.index().search, threshold=after.review_at, limit=1)
    full: list[Kept] = []
    for done, kept in enumerate(book, start=1):
        old = answers[kept.party.id]
        stands = tuple(one for one in old.met if one.listing not in touched)
        query: Query = kept.party.query
        found = part.search(query) if query.name.strip() and meets(query) else None
        if found or len(stands) < len(old.met):
            new = texts.met(found) if found else ()
            if _times(old.met) >= bound or _times(new) >= bound or _times((*stands, *new)) > bound:
                full.append(kept)
            else:
                answer = Answer(party=kept.party.id, version=kept.version, met=_ordered((*stands, *new)))
                yield Found(kept=kept, answer=answer, screening=found)
        if progress and done % _TELL_EVERY == 0:
            progress("comparing", done, len(book))
    yield from _screened(after, full, texts, progress)


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


__all__ = ["Found", "Work", "again", "in_full"]
