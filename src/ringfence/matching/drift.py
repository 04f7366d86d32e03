"""What a change of the lists does to the matcher: which words weigh otherwise than before, and where they stand.

What a score depends on. The score of a query against a listing is computed from the two alone (`match.compare`), from
the word tables, and from what the list says of words: of each word of the query and of the listing, how many listed
parties carry it, against how many parties are listed. Counts are read in steps (`weights.count_steps`), so that of these
only the step of a count enters, the step of the total, and whether a word is carried at all: which the first step tells.
A query word that nobody carries may be taken for a known term (`match._meant`); then the count of the term enters.

So where the total is on the same step before and after, and neither the query nor the listing holds a word (or means a
term) whose count is on another step, the score is the same to the last digit. A list change reaches no other pair than

- those of listings that came, left, or have another text,
- those of listings that carry a word whose count moved by a step, and
- those of queries that hold or mean such a word.

That a search finds every listing that `compare` puts at or above the threshold, whatever else is indexed, is the promise
of `Index`. Where the total moves by a step, every weight moves, and nothing can be spared.
"""

from collections.abc import Collection

import numpy as np

from ringfence.matching.arrays import array_texts
from ringfence.matching.index import Index
from ringfence.matching.weights import count_steps
from ringfence.names import readings
from ringfence.names.words import near_term
from ringfence.records import Query


def moved_words(before: Index, after: Index) -> frozenset[str] | None:
    """The words that weigh otherwise in `after` than in `before`; None when all of them may."""
    if count_steps(max(before.total, 1)) != count_steps(max(after.total, 1)):
        return None
    was, now = (_steps(index) for index in (before, after))
    return frozenset(word for word in was.keys() | now.keys() if was.get(word, 0) != now.get(word, 0))


def carriers(index: Index, words: Collection[str]) -> set[int]:
    """The numbers of the listings that carry any of these words, as they were indexed."""
    return {ref for word in words for ref in index.with_word(word)}


def holds(query: Query, words: Collection[str], after: Index) -> bool:
    """Whether a name asked for holds one of these words, or one that the lists do not know and that means one of them."""
    if not words:
        return False
    for text in (query.name, *query.aliases):
        for reading in readings(text):
            for word in reading.words:
                if word.key in words:
                    return True
                if not after.count(word.key) and near_term(word.key) in words:
                    return True
    return False


def _steps(index: Index) -> dict[str, int]:
    """On which step the count of each word is."""
    keys, counts = index.counts()
    of_count = {int(count): count_steps(int(count)) for count in np.unique(counts)}
    return {key: of_count[count] for key, count in zip(array_texts(keys), counts.tolist(), strict=True)}
