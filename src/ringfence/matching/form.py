"""What an index is made of: its arrays with their types, and what their numbers stand for."""

from typing import Protocol, get_args

from ringfence.matching import weights as w
from ringfence.records.party import PartyKind

KINDS: tuple[PartyKind, ...] = get_args(PartyKind)
PARTS = tuple(w.LISTED_PART)
"""What part of a listed name a reading is, by number; an index keeps twice that, and one more for a weak alias."""
LEAST_IDENTIFIER = 4
"""Identifiers of fewer characters are no evidence."""
KEYED = ("letters", "acronyms", "soles", "starts", "begun", "identifiers", "bones")
"""What names and words are found by beside their spelling: for each a sorted array of hashes, and what each leads to."""

FORM: dict[str, str] = {
    "keys": "u1",
    "folds": "u1",
    "signatures": "u8",
    "fold_order": "i4",
    "key_order": "i4",
    "roles": "u1",
    "units": "u1",
    "counts": "i4",
    "word_weights": "f8",
    "posting_start": "i4",
    "posting_mid": "i4",
    "postings": "i4",
    "name_entry": "i4",
    "name_text": "u2",
    "name_reading": "u1",
    "name_part": "u1",
    "name_start": "i4",
    "name_words": "i4",
    "name_weight": "f8",
    "name_initials": "u1",
    "entry_ref": "i8",
    "entry_kind": "u1",
    "entry_person": "u1",
    "surfaces": "u1",
    "surface_at": "i4",
    "surface_of": "i4",
    "facts": "u1",
    "facts_start": "i8",
    **{f"{kind}_hash": "u8" for kind in KEYED},
    **{f"{kind}_at": "i4" for kind in KEYED},
}
"""The arrays of every index, each with the type of its numbers: `u`nsigned, `i`nteger or `f`loat, and their bytes."""


class Measure(Protocol):
    """Says how many listed parties carry a word, and of how many."""

    def count(self, key: str) -> int:
        """How many listed parties carry a word."""

    @property
    def total(self) -> int:
        """Of how many."""
