"""Who on the lists may a party be: the index of listed names, the score, and the reasons for it."""

from ringfence.matching.digest import tables_digest
from ringfence.matching.index import Index
from ringfence.matching.kernel import Kernel, kernel_name
from ringfence.matching.match import cannot_discriminate, compare, discriminates, normalise
from ringfence.matching.weights import HIT_AT, MATCHER, REVIEW_AT

__all__ = [
    "HIT_AT",
    "MATCHER",
    "REVIEW_AT",
    "Index",
    "Kernel",
    "cannot_discriminate",
    "compare",
    "discriminates",
    "kernel_name",
    "normalise",
    "tables_digest",
]
