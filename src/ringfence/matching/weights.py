"""The numbers of the matcher: how much a word can tell, and what agreement and difference are worth.

All weights are natural log-odds or shares of them. They were fitted as `docs/matching.md` says; changing
one changes scores, which the frozen scores under `tests/matching` make visible.
"""

import math

from ringfence.names.words import Role

MATCHER = "words-3"
"""The version of the matcher; two answers by the same version and the same tables agree."""

REVIEW_AT = 0.5
HIT_AT = 0.85

ROLE_WEIGHT: dict[Role, float] = {
    Role.NAME: 1.0,
    Role.TRADE: 0.55,
    Role.PLACE: 0.6,
    Role.LEGAL: 0.06,
    Role.PARTICLE: 0.05,
    Role.TITLE: 0.04,
    Role.NUMBER: 0.8,
    Role.INITIAL: 0.15,
    Role.COMMON: 0.7,
    Role.BODY: 0.55,
}
"""What a word of each role weighs when it is as rare as can be; a name's word is 1."""

HEAVIEST = max(ROLE_WEIGHT.values()) + ROLE_WEIGHT[Role.PARTICLE]
"""What an initial may take of the other name at most: a word and its particle."""

USUAL_RARITY: dict[Role, float] = {
    Role.NAME: 0.85,
    Role.TRADE: 0.45,
    Role.PLACE: 0.5,
    Role.LEGAL: 0.5,
    Role.PARTICLE: 0.5,
    Role.TITLE: 0.5,
    Role.NUMBER: 0.7,
    Role.INITIAL: 0.5,
    Role.COMMON: 0.6,
    Role.BODY: 0.5,
}
"""The rarity taken for a word where no list is at hand to count it in."""

LEAST_RARITY = 0.08
UNSEEN_CAP = {Role.BODY: 0.6, Role.TRADE: 0.6, Role.PLACE: 0.75, Role.COMMON: 0.75}
"""A known trade or place word that a list happens not to hold is still no rare word."""

BASE = -4.73
"""Before anything is compared. The prior it holds makes 0.5 a score that one unlisted name in a hundred gets."""

FIRST_CONTENT, FIRST_CONTENT_CAP = 2.25, 1.0
CONTENT, CONTENT_CAP = 0.33, 3.0
RAREST, RAREST_CAP = 3.31, 1.0
"""What the words earn: together, the first word's worth of it counting most; and the rarest of them once more."""
WHOLE = 4.10
"""What is earned of all there is to earn, squared: names that agree in full."""

CONFLICT = -1.75
CONFLICT_SHARE, QUERY_SHARE, LISTED_SHARE = -4.03, -2.92, -2.24
"""Against: what both sides have and the other lacks; and as shares of all there is, what either lacks."""

NUMBERS_DIFFER, PLACES_DIFFER = -1.32, -0.2
QUERY_PLACE, LISTED_PLACE = -0.4, -0.5
QUERY_NUMBER, LISTED_NUMBER = -1.68, -0.85
QUERY_BODY, LISTED_BODY = -1.3, -1.0
"""A place, a number or a kind of body that only one side has; and once more where both have one and they differ."""
LISTED_UNIT = -1.0
"""The listed name goes on to a body of its own (a bureau, an institute, a branch) and the name asked for to none: it
may well be the parent. By judgment, as for a kind of body, and checked with the harness."""

ONE_WORD = -1.02
INITIAL_AGREES = 0.39
PERSON, PERSON_CONTENT = -2.51, 1.94
"""Many persons share a name: less to begin with, and more for each rare word."""

SAME_LETTERS = 0.15
"""Two readings written with the same letters, before one that only means the same."""
INSIDE_BRACKETS, OUTSIDE_BRACKETS, WITHIN = -2.8, -0.5, -1.0
LISTED_INSIDE, LISTED_OUTSIDE, LISTED_WITHIN = 0.0, -0.3, -0.3
"""A part of the name asked for, or of the listed one, was compared: what stands inside or outside of brackets, or
the body within another that a name goes on to."""
WEAK_ALIAS = -0.6

SHORTEST_BEGUN = 12
"""Letters and spaces of a name that another, longer one may begin with by more than chance; legal forms before it aside."""
SHORTEST_AFTER_FORMS, SHORTEST_WITH_FORMS = 4, 24
"""The same of a name of fewer letters after legal forms that are written alike, and of all of it: fields of 35 letters cut
`Public Joint Stock Company Shipbuil` off."""
BEGINS = 1.2
"""The listed name is the one asked for, or goes on with further words."""
CUT, CUT_WORD = -0.8, 0.5
"""The listed name goes on within the last word asked for: what was asked for was cut off there, and may be others as well.
The part of its weight that the word earns of which only the beginning is there.
"""

PART = {"": 0.0, "inside": INSIDE_BRACKETS, "outside": OUTSIDE_BRACKETS, "within": WITHIN}
LISTED_PART = {"": 0.0, "inside": LISTED_INSIDE, "outside": LISTED_OUTSIDE, "within": LISTED_WITHIN}


def listed_odds(part: str, *, weak: bool) -> float:
    """What a reading of a listed name weighs before it is compared, by its part and its alias being weak."""
    return LISTED_PART[part] + (WEAK_ALIAS if weak else 0.0)


FIRST_LETTERS = {3: 0.5, 4: 0.65, 5: 0.75, 6: 0.8}
"""What a word earns of its weight that is made of the first letters of the words with which the other name begins."""
ACRONYM_OF_LISTED = {3: 1.0, 4: 4.5, 5: 5.0}
ACRONYM_OF_QUERY = {4: 1.0, 5: 2.5}
"""The name asked for is made of the first letters of the listed one, or the reverse, by letters (5: or more)."""


SHORT = {3: 0.8, 2: 0.6}


COUNT_STEP = math.log(1.25)
"""Counts are told apart by a quarter. A count only estimates how common a word is in the world, and scores must not stir
with each entry that comes or goes: the weight of a word moves when its count moves by a step, and not before."""


def count_steps(count: int) -> int:
    """How many steps a count is above none; counts on one step weigh the same.

    >>> [count_steps(count) for count in (0, 1, 2, 3, 1_000, 1_050)]
    [0, 3, 5, 6, 31, 31]
    """
    return round(math.log1p(count) / COUNT_STEP)


def rarity(count: int, total: int) -> float:
    """How rare a word is that `count` of `total` parties carry: 1 for none, towards 0 for all."""
    return max(LEAST_RARITY, 1 - count_steps(count) / count_steps(max(total, 1)))


def word_weight(role: Role, count: int | None, total: int, length: int) -> float:
    """What a word of `length` letters weighs, given its role and how many of `total` listed parties carry it.

    `count` None: no list at hand.
    """
    rare = USUAL_RARITY[role] if count is None else rarity(count, total)
    if role in UNSEEN_CAP:
        rare = min(rare, UNSEEN_CAP[role])
    if length < 4 and role in (Role.NAME, Role.COMMON):
        # The shorter a word, the more parties of the world carry it, whatever the lists hold.
        rare *= SHORT.get(length, 0.3)
    return ROLE_WEIGHT[role] * rare
