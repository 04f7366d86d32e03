"""Text: how a name is cleaned, brought to Latin letters, taken apart into words, and words are compared."""

from ringfence.names.compare import Likeness, fold, likeness, skeleton
from ringfence.names.parse import Parsed, Word, parse, readings
from ringfence.names.words import Role

__all__ = [
    "Likeness",
    "Parsed",
    "Role",
    "Word",
    "fold",
    "likeness",
    "parse",
    "readings",
    "skeleton",
]
