"""How alike two readings of a name are: words are paired, and pairs and leftovers are weighed.

The plain statement of the score. `align` pairs the words, `name_odds` weighs them, and what each word
contributes is kept, so that the reasons add up to the score by construction.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ringfence.matching import weights as w
from ringfence.names import Likeness, Role, Word
from ringfence.names.compare import UNLIKE

Likener = Callable[[str, str], Likeness]


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


def align(query: Sequence[Weighed], listed: Sequence[Weighed], alike: Likener) -> list[Pair]:
    """Pair the words of two readings, best pairs first, each word once.

    Joined and split words come first (`kala naft` and `kalanaft`), then single words by degree and weight,
    then initials. Ties go to the earlier words.
    """
    free_query = [True] * len(query)
    free_listed = [True] * len(listed)
    pairs: list[Pair] = []
    degrees: list[tuple[float, int, int, Likeness]] = []
    exact_query: set[int] = set()
    exact_listed: set[int] = set()
    for i, (a, _) in enumerate(query):
        for j, (b, weight) in enumerate(listed):
            like = alike(a.key, b.key)
            if like.degree > 0.0:
                degrees.append((-like.degree * weight, i, j, like))
                if like.degree == 1.0:
                    exact_query.add(i)
                    exact_listed.add(j)
    for run, one in _joins(listed, query, exact_listed, exact_query):
        pairs.append(Pair((one,), run, 0.97, "spacing"))
        free_query[one] = False
        for j in run:
            free_listed[j] = False
    for run, one in _joins(query, listed, exact_query, exact_listed):
        if free_listed[one] and all(free_query[i] for i in run):
            pairs.append(Pair(run, (one,), 0.97, "spacing"))
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
    return pairs


def _joins(
    many: Sequence[Weighed], ones: Sequence[Weighed], exact_many: set[int], exact_ones: set[int]
) -> list[tuple[tuple[int, ...], int]]:
    """Runs of two or more words of `many` that, written together, are one word of `ones`."""
    found: list[tuple[tuple[int, ...], int]] = []
    used: set[int] = set()
    for one, (word, _) in enumerate(ones):
        if one in exact_ones or len(word.key) < 5:
            continue
        target = word.key
        for start in range(len(many) - 1):
            if start in used or not target.startswith(many[start].word.key):
                continue
            built, end = "", start
            while end < len(many) and end not in used and len(built) < len(target):
                built += many[end].word.key
                end += 1
            if built == target and end - start > 1:
                run = tuple(range(start, end))
                found.append((run, one))
                used.update(run)
                break
    return found


def _pair_initials(
    query: Sequence[Weighed],
    listed: Sequence[Weighed],
    free_query: list[bool],
    free_listed: list[bool],
    pairs: list[Pair],
) -> None:
    for i, (a, _) in enumerate(query):
        if not free_query[i]:
            continue
        for j, (b, _) in enumerate(listed):
            if not free_listed[j]:
                continue
            if Role.INITIAL in (a.role, b.role) and a.role is not b.role and a.key[0] == b.key[0]:
                free_query[i] = free_listed[j] = False
                pairs.append(Pair((i,), (j,), 0.5, "initial"))
                break


class NameOdds(NamedTuple):
    """The log-odds of the name, and the parts they are the sum of (in the order of `pairs`, then leftovers)."""

    total: float
    pairs: list[tuple[Pair, float]]
    query_left: list[tuple[int, float]]
    listed_left: list[tuple[int, float]]


def credit(degree: float) -> float:
    """How much of a word's weight a pair of this degree earns."""
    return max(0.0, (degree - 0.35) / 0.65) ** 1.5


def name_odds(query: Sequence[Weighed], listed: Sequence[Weighed], pairs: list[Pair]) -> NameOdds:
    """What the names say, in log-odds: agreement for words that met, difference for all that did not."""
    met_query = {i for pair in pairs for i in pair.query}
    met_listed = {j for pair in pairs for j in pair.listed}
    earned: list[float] = []
    lost = 0.0
    for pair in pairs:
        if pair.relation == "initial":
            weight = w.ROLE_WEIGHT[Role.INITIAL] * 2
        else:
            weight = sum(listed[j].weight for j in pair.listed)
        gain = weight * credit(pair.degree)
        earned.append(gain)
        lost += weight - gain
    query_left = [(i, item.weight) for i, item in enumerate(query) if i not in met_query]
    listed_left = [(j, item.weight) for j, item in enumerate(listed) if j not in met_listed]
    query_rest = sum(weight for _, weight in query_left)
    listed_rest = sum(weight for _, weight in listed_left)
    conflict = min(query_rest, listed_rest)
    total_earned = sum(earned)
    against = (
        lost
        + w.CONFLICT * conflict
        + w.QUERY_EXTRA * (query_rest - conflict)
        + w.LISTED_EXTRA * (listed_rest - conflict)
    )
    whole = total_earned + against
    if whole <= 0.0 or total_earned <= 0.0:
        return NameOdds(-w.DIFFERENCE, [(p, 0.0) for p in pairs], [], [])
    content = w.CONTENT * min(total_earned, w.CONTENT_CAP)
    speaks = w.AGREEMENT * total_earned / whole + content
    denies = -w.DIFFERENCE * against / whole
    rests = query_rest + listed_rest
    lost_share = denies * lost / against if against else 0.0
    rest_share = denies - lost_share
    pair_odds = [
        (
            pair,
            speaks * gain / total_earned + (lost_share * _loss(pair, listed, gain) / lost if lost else 0.0),
        )
        for pair, gain in zip(pairs, earned, strict=True)
    ]
    return NameOdds(
        speaks + denies,
        pair_odds,
        [(i, rest_share * weight / rests) for i, weight in query_left] if rests else [],
        [(j, rest_share * weight / rests) for j, weight in listed_left] if rests else [],
    )


def _loss(pair: Pair, listed: Sequence[Weighed], gain: float) -> float:
    if pair.relation == "initial":
        return w.ROLE_WEIGHT[Role.INITIAL] * 2 - gain
    return sum(listed[j].weight for j in pair.listed) - gain


def logistic(odds: float) -> float:
    """The probability that log-odds stand for."""
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


def logit(probability: float) -> float:
    """The log-odds of a probability between 0 and 1, its ends excluded."""
    return math.log(probability / (1 - probability))


__all__ = [
    "UNLIKE",
    "Likener",
    "NameOdds",
    "Pair",
    "Weighed",
    "align",
    "credit",
    "logistic",
    "logit",
    "name_odds",
]
