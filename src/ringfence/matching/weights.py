"""The numbers of the matcher: how much a word can tell, and what agreement and difference are worth.

All weights are natural log-odds or shares of them. They were fitted as `docs/matching.md` says; changing
one changes scores, which the frozen scores under `tests/matching` make visible.
"""

import math

from ringfence.names.words import Role

MATCHER = "words-1"
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
}
"""What a word of each role weighs when it is as rare as can be; a name's word is 1."""

USUAL_RARITY: dict[Role, float] = {
    Role.NAME: 0.85,
    Role.TRADE: 0.45,
    Role.PLACE: 0.5,
    Role.LEGAL: 0.5,
    Role.PARTICLE: 0.5,
    Role.TITLE: 0.5,
    Role.NUMBER: 0.7,
    Role.INITIAL: 0.5,
}
"""The rarity taken for a word where no list is at hand to count it in."""

LEAST_RARITY = 0.08
UNSEEN_CAP = {Role.TRADE: 0.6, Role.PLACE: 0.75}
"""A known trade or place word that a list happens not to hold is still no rare word."""

BASE = -1.6
AGREEMENT = 6.0
DIFFERENCE = 6.0
CONTENT = 1.2
CONTENT_CAP = 2.0
QUERY_EXTRA = 0.7
LISTED_EXTRA = 0.55
CONFLICT = 1.3


def rarity(count: int, total: int) -> float:
    """How rare a word is that `count` of `total` parties carry: 1 for none, towards 0 for all."""
    return max(LEAST_RARITY, 1 - math.log1p(count) / math.log1p(max(total, 1)))


def word_weight(role: Role, count: int | None, total: int) -> float:
    """What a word weighs, given its role and how many of `total` listed parties carry it.

    `count` None: no list at hand.
    """
    rare = USUAL_RARITY[role] if count is None else rarity(count, total)
    if role in UNSEEN_CAP:
        rare = min(rare, UNSEEN_CAP[role])
    return ROLE_WEIGHT[role] * rare
