"""How alike two readings of a name are: words are paired, and pairs and leftovers are weighed.

The plain statement of the score. `align` pairs the words, `name_odds` weighs them, and what each word
contributes is kept, so that the reasons add up to the score by construction.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ringfence.matching import weights as w
from ringfence.names import Likeness, Role, Word
from ringfence.names.parse import Written
from ringfence.names.words import units

SHORTEST_JOINED, LONGEST_JOINED = 5, 80
"""Letters of a word that may be several words written together."""
MOST_JOINED = 8
"""Words that may be written together as one."""
MOST_STEPS = 500
MOST_FIRST = max(w.FIRST_LETTERS)
"""Words of which the first letters may make a word."""
_NO_FIRST = frozenset({Role.NUMBER, Role.INITIAL})

SPACED = 0.95
"""What words earn that are the same but for their spaces."""


class Weighed(NamedTuple):
    """A word with what it weighs."""

    word: Word
    weight: float


class Pair(NamedTuple):
    """Words that met: indexes into query and listed words (several where words were joined or split)."""

    query: tuple[int, ...]
    listed: tuple[int, ...]
    degree: float
    relation: str


def align(
    query: Sequence[Weighed],
    listed: Sequence[Weighed],
    likes: Sequence[Mapping[str, Likeness]],
    *,
    person: bool = False,
) -> list[Pair]:
    """Pair the words of two readings, best pairs first, each word once; `likes` holds of each query word what is like it.

    Joined and split words come first (`kala naft` and `kalanaft`), then single words by degree and weight,
    then initials, then what is made of first letters (persons have none). Ties go to the earlier words.
    """
    free_query = [True] * len(query)
    free_listed = [True] * len(listed)
    pairs: list[Pair] = []
    degrees: list[tuple[float, int, int, Likeness]] = []
    exact_query: set[int] = set()
    exact_listed: set[int] = set()
    for i, like_it in enumerate(likes):
        for j, (b, weight) in enumerate(listed):
            if like := like_it.get(b.key):
                degrees.append((-like.degree * weight, i, j, like))
                if like.degree == 1.0:
                    exact_query.add(i)
                    exact_listed.add(j)
    for run, one in _joins([(item.word.key,) for item in listed], query, exact_listed, exact_query):
        pairs.append(Pair((one,), run, SPACED, "spacing"))
        free_query[one] = False
        for j in run:
            free_listed[j] = False
    for run, one in _joins([spellings(item.word) for item in query], listed, exact_query, exact_listed):
        if free_listed[one] and all(free_query[i] for i in run):
            pairs.append(Pair(run, (one,), SPACED, "spacing"))
            free_listed[one] = False
            for i in run:
                free_query[i] = False
    for _, i, j, like in sorted(degrees):
        if free_query[i] and free_listed[j]:
            free_query[i] = free_listed[j] = False
            relation = like.relation
            if relation == "same" and query[i].word.surface != listed[j].word.surface:
                relation = "equivalent"
            pairs.append(Pair((i,), (j,), like.degree, relation))
    if pairs:
        _pair_initials(query, listed, free_query, free_listed, pairs)
        if not person:
            for i, run in _shortened(query, free_query, listed, free_listed):
                pairs.append(Pair((i,), run, w.FIRST_LETTERS[len(run)], "first_letters"))
            for j, run in _shortened(listed, free_listed, query, free_query):
                pairs.append(Pair(run, (j,), w.FIRST_LETTERS[len(run)], "first_letters"))
    return pairs


def may_shorten(word: Word) -> bool:
    """Whether a word may be made of the first letters of several."""
    return word.role is Role.NAME and len(word.key) in w.FIRST_LETTERS and word.key.isalpha()


def first_letters(words: Sequence[Word]) -> tuple[list[int], str]:
    """The words whose first letters may make a word for what a name begins with, and these letters.

    Particles are passed over; numbers and initials end it.
    """
    run: list[int] = []
    particle = Role.PARTICLE
    for n, word in enumerate(words):
        if word.role is particle:
            continue
        if word.role in _NO_FIRST or len(run) == MOST_FIRST:
            break
        run.append(n)
    return run, "".join(words[n].key[0] for n in run)


def _shortened(
    ones: Sequence[Weighed], free_ones: list[bool], many: Sequence[Weighed], free_many: list[bool]
) -> list[tuple[int, tuple[int, ...]]]:
    """The free word of `ones` that is made of the first letters of the free words with which `many` begins, if any is."""
    short = [one for one, free in enumerate(free_ones) if free and may_shorten(ones[one].word)]
    if not short:
        return []
    run, letters = first_letters([item.word for item in many])
    for one in short:
        word = ones[one].word
        if letters.startswith(word.key):
            whole = run[: len(word.key)]
            if all(free_many[n] for n in whole):
                free_ones[one] = False
                for n in whole:
                    free_many[n] = False
                return [(one, tuple(whole))]
    return []


def beginning(written: Written) -> list[str]:
    """Under what a name is kept that others may be the beginning of: the first is what a long one begins with, the other
    what a short one after legal forms does.
    """
    forms, text = written
    out = []
    if len(text) >= w.SHORTEST_BEGUN:
        out.append(text[: w.SHORTEST_BEGUN])
    if forms and len(text) > w.SHORTEST_AFTER_FORMS:
        out.append("=" + text[: w.SHORTEST_AFTER_FORMS])
    return out


def sought_beginning(written: Written) -> str:
    """Of which of these a name asked for may be the beginning; empty when it is too short."""
    forms, text = written
    if len(text) >= w.SHORTEST_BEGUN:
        return text[: w.SHORTEST_BEGUN]
    whole = len(forms) + 1 + len(text)
    long_enough = len(text) >= w.SHORTEST_AFTER_FORMS and whole >= w.SHORTEST_WITH_FORMS
    return "=" + text[: w.SHORTEST_AFTER_FORMS] if forms and long_enough else ""


def goes_on(asked: Written, listed: Written) -> str:
    """How a listed name goes on where the one asked for ends: empty when it begins otherwise, `begins` when it is the same or
    goes on with another word, `cut` when it goes on within the last word. Legal forms before it count only with a short one,
    which may be cut off, but says too little to begin another.
    """
    if not listed.text.startswith(asked.text) or not sought_beginning(asked):
        return ""
    cut = listed.text[len(asked.text) :][:1] not in ("", " ")
    if len(asked.text) >= w.SHORTEST_BEGUN:
        return "cut" if cut else "begins"
    return "cut" if cut and asked.forms == listed.forms else ""


def cut_odds(query: Sequence[Weighed], *, person: bool) -> float:
    """What it says that a listed name goes on within the last word asked for: the words before earn in full."""
    weights = [item.weight for item in query[:-1]]
    earned = added(weights) + w.CUT_WORD * query[-1].weight
    odds = w.CUT + w.WHOLE + _content(earned, person=person)
    return odds + w.RAREST * min(max(weights, default=0.0), w.RAREST_CAP)


def _content(earned: float, *, person: bool) -> float:
    """What the weight that is earned says, the first word's worth of it most."""
    content = w.FIRST_CONTENT * min(earned, w.FIRST_CONTENT_CAP) + w.CONTENT * min(earned, w.CONTENT_CAP)
    if person:
        content += w.PERSON_CONTENT * min(earned, w.CONTENT_CAP)
    return content


def respaced(query: Sequence[Weighed], listed: Sequence[Weighed]) -> bool:
    """Whether two readings of the same letters differ in more than their legal forms."""
    ours, theirs = (
        [item.word.key for item in words if item.word.role is not Role.LEGAL] for words in (query, listed)
    )
    return ours != theirs


def all_of(query: Sequence[Weighed], listed: Sequence[Weighed], degree: float, relation: str) -> list[Pair]:
    """The one pair of two readings that are the same as wholes."""
    return [Pair(tuple(range(len(query))), tuple(range(len(listed))), degree, relation)]


def _joins(
    many: Sequence[Sequence[str]], ones: Sequence[Weighed], exact_many: set[int], exact_ones: set[int]
) -> list[tuple[tuple[int, ...], int]]:
    """Two or more words of `many` that, written together, are one word of `ones`: in any order as they are compared,
    in their own order as they are written. `many` holds of each word both texts, or the one.
    """
    found: list[tuple[tuple[int, ...], int]] = []
    free = [j for j in range(len(many)) if j not in exact_many]
    if len(free) < 2:
        return found
    ways = (False, True) if any(len(texts) > 1 for texts in many) else (False,)
    for one, (word, _) in enumerate(ones):
        if one in exact_ones or not SHORTEST_JOINED <= len(word.key) <= LONGEST_JOINED:
            continue
        run: tuple[int, ...] = ()
        for in_order in ways:
            texts = ((j, many[j][-1 if in_order else 0]) for j in free)
            parts = [(j, text) for j, text in texts if len(text) > 1 and text in word.key]
            if not run and len(parts) > 1:
                run = _write(word.key, parts, [MOST_STEPS], in_order=in_order)
        if run:
            found.append((run, one))
            free = [j for j in free if j not in run]
    return found


def spellings(word: Word) -> tuple[str, ...]:
    """A word as it is compared, and as it is written where it means something else: `naft` is compared as `oil`, but
    `kala naft` is `kalanaft`.
    """
    written = word.surface
    return (
        (word.key, written)
        if written != word.key and written.isascii() and written.isalnum()
        else (word.key,)
    )


def _write(
    target: str, parts: list[tuple[int, str]], steps: list[int], depth: int = 0, *, in_order: bool
) -> tuple[int, ...]:
    """The parts that, one after the other, write `target`; the earliest first. Empty when none do.

    `steps` is what may still be tried, so that a hostile name has a bounded cost.
    """
    if depth == MOST_JOINED:
        return ()
    for at, (j, part) in enumerate(parts):
        if steps[0] == 0:
            return ()
        steps[0] -= 1
        if target == part:
            return (j,) if depth else ()
        if target.startswith(part):
            others = parts[at + 1 :] if in_order else parts[:at] + parts[at + 1 :]
            rest = _write(target[len(part) :], others, steps, depth + 1, in_order=in_order)
            if rest:
                return (j, *rest)
    return ()


def _pair_initials(
    query: Sequence[Weighed],
    listed: Sequence[Weighed],
    free_query: list[bool],
    free_listed: list[bool],
    pairs: list[Pair],
) -> None:
    """Pair initials with words that begin with them: a particle only where no other word does, and with it the word to
    which it belongs (`S. A. Qadhafi` and `Saif al-Islam Qadhafi`).
    """
    if not any(item.word.role is Role.INITIAL for words in (query, listed) for item in words):
        return
    theirs_last = _particles_last(listed)
    for i in _particles_last(query):
        a = query[i].word
        if not free_query[i]:
            continue
        for j in theirs_last:
            b = listed[j].word
            if not free_listed[j]:
                continue
            if Role.INITIAL in (a.role, b.role) and a.role is not b.role and a.key[0] == b.key[0]:
                ours, theirs = _taken(query, free_query, i), _taken(listed, free_listed, j)
                pairs.append(Pair(ours, theirs, 1.0, "initial"))
                break


def _particles_last(words: Sequence[Weighed]) -> list[int]:
    return sorted(range(len(words)), key=lambda n: words[n].word.role is Role.PARTICLE)


def _taken(words: Sequence[Weighed], free: list[bool], n: int) -> tuple[int, ...]:
    """A free word, and the free one to which it belongs if it is a particle; free no longer."""
    taken = [n]
    if words[n].word.role is Role.PARTICLE and n + 1 < len(words) and free[n + 1]:
        taken += [n + 1] * (words[n + 1].word.role not in (Role.INITIAL, Role.PARTICLE))
    for each in taken:
        free[each] = False
    return tuple(taken)


def added(values: Iterable[float]) -> float:
    """The sum, one after the other: `sum` rounds otherwise from one Python to the next."""
    total = 0.0
    for value in values:
        total += value
    return total


class Leftover(NamedTuple):
    """A word without a partner: its place, whether of the query, and its share of what speaks against."""

    at: int
    of_query: bool
    odds: float


class NameOdds(NamedTuple):
    """The log-odds of two readings, and the parts they are the sum of.

    `pairs` and `left` are in the order of the words; `beside` holds what belongs to no single word, by
    name: `letters`, `begins`, `one_word`, `places`, `numbers`, `unit`, `person`, `part`.
    """

    total: float
    pairs: list[tuple[Pair, float]]
    left: list[Leftover]
    beside: list[tuple[str, float]]


AS_WHOLES = ("acronym", "cut")
"""Relations of two names as wholes, of which the degree is the log-odds."""
CONTENT_ROLES = (Role.NAME, Role.COMMON, Role.NUMBER, Role.PLACE, Role.TRADE, Role.BODY)


def name_odds(
    query: Sequence[Weighed],
    listed: Sequence[Weighed],
    pairs: list[Pair],
    *,
    person: bool,
    part: str = "",
    letters: bool = False,
    begins: bool = False,
) -> NameOdds:
    """What two readings say, in log-odds over `weights.BASE`.

    What the pairs earn speaks for, in full and as a share of all there is to earn; what is left on either
    side speaks against, most where both sides have something the other lacks.
    """
    beside: list[tuple[str, float]] = []
    if person:
        beside.append(("person", w.PERSON))
    if part:
        beside.append(("part", w.PART[part]))
    if letters:
        beside.append(("letters", w.SAME_LETTERS))
    if pairs and pairs[0].relation in AS_WHOLES:
        odds = pairs[0].degree
        return NameOdds(odds + added(x for _, x in beside), [(pairs[0], odds)], [], beside)
    met_query = {i for pair in pairs for i in pair.query}
    met_listed = {j for pair in pairs for j in pair.listed}
    gains: list[float] = []
    lost = 0.0
    rarest, rarest_at, telling = 0.0, -1, 0
    for n, pair in enumerate(pairs):
        if pair.relation == "initial":
            gains.append(0.0)
            continue
        weight = added(listed[j].weight for j in pair.listed)
        worth = weight
        if len(pair.query) == 1 and len(pair.listed) == 1:
            # A common word that looks like a rare one does not tell what the rare one would.
            worth = min(weight, query[pair.query[0]].weight)
        if pair.relation == "first_letters":
            worth = weight = min(weight, added(query[i].weight for i in pair.query))
        gain = worth * pair.degree
        gains.append(gain)
        lost += weight - gain
        if gain > rarest:
            rarest, rarest_at = gain, n
        if len(pair.listed) > 1 or listed[pair.listed[0]].word.role in CONTENT_ROLES:
            telling += 1
    query_left = [i for i in range(len(query)) if i not in met_query]
    listed_left = [j for j in range(len(listed)) if j not in met_listed]
    query_rest = added(query[i].weight for i in query_left)
    listed_rest = added(listed[j].weight for j in listed_left)
    earned = added(gains)
    whole = earned + lost + query_rest + listed_rest
    if earned <= 0.0:
        return NameOdds(NOTHING, [(pair, 0.0) for pair in pairs], [], [("nothing", NOTHING)])

    part_earned = earned / whole
    content = _content(earned, person=person)
    for_each = (content + w.WHOLE * (part_earned * part_earned)) / earned
    spoken = [
        (w.INITIAL_AGREES if pair.relation == "initial" else for_each * gain)
        for pair, gain in zip(pairs, gains, strict=True)
    ]
    spoken[rarest_at] += w.RAREST * min(rarest, w.RAREST_CAP)
    for n, pair in enumerate(pairs):
        if pair.relation != "initial" and query[pair.query[0]].word.role is Role.INITIAL:
            spoken[n] += w.INITIAL_AGREES

    conflict = min(query_rest, listed_rest)
    against = w.CONFLICT * conflict
    against += (
        w.CONFLICT_SHARE * conflict
        + w.QUERY_SHARE * (query_rest - conflict)
        + w.LISTED_SHARE * (listed_rest - conflict)
    ) / whole
    rest = query_rest + listed_rest
    each = against / rest if rest > 0.0 else 0.0
    left = [
        Leftover(i, True, each * query[i].weight + EXTRA_QUERY.get(query[i].word.role, 0.0))
        for i in query_left
    ]
    left += [
        Leftover(j, False, each * listed[j].weight + EXTRA_LISTED.get(listed[j].word.role, 0.0))
        for j in listed_left
    ]
    if telling == 1:
        beside.append(("one_word", w.ONE_WORD))
    for role, name, odds in (
        (Role.PLACE, "places", w.PLACES_DIFFER),
        (Role.NUMBER, "numbers", w.NUMBERS_DIFFER),
    ):
        both = min(
            sum(query[i].word.role is role for i in query_left),
            sum(listed[j].word.role is role for j in listed_left),
        )
        if both:
            beside.append((name, odds * both))
    if any(listed[j].word.key in units() for j in listed_left) and not any(
        query[i].word.role is Role.BODY or query[i].word.key in units() for i in query_left
    ):
        beside.append(("unit", w.LISTED_UNIT))
    elif begins:
        beside.append(("begins", w.BEGINS))
    total = added(spoken) + added(item.odds for item in left) + added(odds for _, odds in beside)
    return NameOdds(total, list(zip(pairs, spoken, strict=True)), left, beside)


NOTHING = -5.0
"""The log-odds of two names of which nothing agrees."""

EXTRA_QUERY = {Role.PLACE: w.QUERY_PLACE, Role.NUMBER: w.QUERY_NUMBER, Role.BODY: w.QUERY_BODY}
EXTRA_LISTED = {Role.PLACE: w.LISTED_PLACE, Role.NUMBER: w.LISTED_NUMBER, Role.BODY: w.LISTED_BODY}


def logistic(odds: float) -> float:
    """The probability that log-odds stand for."""
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


def logit(probability: float) -> float:
    """The log-odds of a probability between 0 and 1, its ends excluded."""
    return math.log(probability / (1 - probability))


__all__ = [
    "NameOdds",
    "Pair",
    "Weighed",
    "align",
    "logistic",
    "logit",
    "name_odds",
]
