"""From listings to the arrays of an index.

Words are numbered by the length of their folded form, then by it, so that all words of a length are a
slice. Readings of names are numbered in the order of listings, names, readings. Promises: the same
listings in the same order give the same bytes.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from ringfence.matching import weights as w
from ringfence.matching.arrays import Arrays, hash_of, text_array
from ringfence.matching.evidence import Facts, facts_of
from ringfence.matching.form import KEYED, KINDS, LEAST_IDENTIFIER, PARTS, Measure
from ringfence.matching.score import beginning, first_letters
from ringfence.matching.vocabulary import signature
from ringfence.names import Parsed, Role, readings
from ringfence.names.compare import FEWEST_BONES, blur, consonants, fold, skeleton
from ringfence.names.words import role_of, units
from ringfence.records import Listing
from ringfence.records.codec import pack
from ringfence.records.party import PartyKind


def letters_of(reading: Parsed) -> set[str]:
    """The spellings of a reading without spaces under which another spacing of it is found."""
    return {text for text in (reading.joined, reading.core) if len(text) > 3}


class Builder:
    """Collects listings; `arrays` gives what was collected."""

    def __init__(self) -> None:
        # A word that is looked up gets the next number.
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._entry: list[int] = []
        self._text: list[int] = []
        self._reading: list[int] = []
        self._parts: list[int] = []
        self._words: list[int] = []
        self._start = [0]
        self._refs: list[int] = []
        self._kinds: list[PartyKind] = []
        self._surfaces: defaultdict[str, int] = defaultdict()
        self._surfaces.default_factory = self._surfaces.__len__
        self._surface_at: list[int] = []
        self._surface_of: list[int] = []
        self._facts: list[bytes] = []
        self._keyed = {kind: (array("Q"), array("i")) for kind in KEYED}

    def add(self, ref: int, listing: Listing) -> None:
        """Take in one listing under the number by which matches will name it."""
        facts = facts_of(ref, listing)
        entry = len(self._facts)
        self._facts.append(pack(facts))
        self._refs.append(ref)
        self._kinds.append(facts.kind)
        identifiers = [value for _, value in facts.identifiers if len(value) >= LEAST_IDENTIFIER]
        self._keep("identifiers", identifiers, entry)
        for text_number, text in enumerate(facts.names):
            for reading_number, reading in enumerate(readings(text)):
                self._add_reading(reading, entry)
                self._text.append(text_number)
                self._reading.append(reading_number)
                self._parts.append(2 * PARTS.index(reading.part) + (text_number in facts.weak))

    def _add_reading(self, reading: Parsed, entry: int) -> None:
        name = len(self._entry)
        self._entry.append(entry)
        self._keep("letters", letters_of(reading), name)
        if self._kinds[entry] != "person":
            _, letters = first_letters(reading.words)
            self._keep("starts", [letters[:n] for n in w.FIRST_LETTERS if n <= len(letters)], name)
        self._keep("begun", beginning(reading.written), name)
        self._keep("acronyms", reading.acronyms, name)
        if (sole := reading.sole) is not None:
            self._keep("soles", (sole,), name)
        for at, word in enumerate(reading.words, len(self._words)):
            if word.surface != word.key:
                self._surface_at.append(at)
                self._surface_of.append(self._surfaces[word.surface])
        self._words += [self._numbers[word.key] for word in reading.words]
        self._start.append(len(self._words))

    def _keep(self, kind: str, texts: Iterable[str], at: int) -> None:
        """Keep a name, a listing or a word under some texts."""
        hashes, places = self._keyed[kind]
        for text in texts:
            hashes.append(hash_of(text))
            places.append(at)

    def arrays(self, measure: Measure | None = None) -> Arrays:
        """All that was collected, as the arrays of an index; words weigh by what was collected, or by `measure`."""
        keys = list(self._numbers)
        folds = [fold(key) for key in keys]
        order = sorted(range(len(keys)), key=lambda n: (len(folds[n]), folds[n], keys[n]))
        place = np.empty(len(keys), np.int32)
        place[order] = np.arange(len(keys), dtype=np.int32)
        keys = [keys[n] for n in order]
        folds = [folds[n] for n in order]
        roles = [role_of(key) for key in keys]
        entries = len(self._facts)
        words = place[np.array(self._words, np.int64)] if self._words else np.zeros(0, np.int32)
        starts = np.array(self._start, np.int32)
        names = len(self._entry)
        of_name = np.repeat(np.arange(names, dtype=np.int64), np.diff(starts))
        # A name that carries a word twice is in the word's postings once.
        postings = np.sort(words.astype(np.int64) * max(names, 1) + of_name)
        postings = postings[np.diff(postings, prepend=-1) > 0]
        of_word, in_name = postings // max(names, 1), postings % max(names, 1)
        # The names of a listing stand side by side, so that each that carries a word is counted with the first of them.
        entry_of = np.array(self._entry, np.int32)
        carried = of_word * entries + entry_of[in_name]
        counts = np.bincount(of_word[np.diff(carried, prepend=-1) > 0], minlength=len(keys))
        weights = np.array(
            [
                w.word_weight(role, measure.count(key), measure.total, len(key))
                if measure
                else w.word_weight(role, count, entries, len(key))
                for role, count, key in zip(roles, counts.tolist(), keys, strict=True)
            ],
            np.float64,
        )
        whole = np.bincount(of_name, weights[words], names) if names else np.zeros(0)
        is_initial = np.array([role is Role.INITIAL for role in roles], np.float64)
        initials = np.bincount(of_name, is_initial[words], names) if names else np.zeros(0)
        # Of each word the names without initials come first, and the lighter before the heavier.
        in_name = in_name[np.lexsort((in_name, whole[in_name], initials[in_name] > 0, of_word))]
        starts_of_words = np.searchsorted(of_word, np.arange(len(keys) + 1))
        plain = np.bincount(of_word, initials[in_name] == 0, len(keys))
        facts_start = np.zeros(entries + 1, np.int64)
        np.cumsum([len(fact) for fact in self._facts], out=facts_start[1:])
        arrays: Arrays = {
            "keys": text_array(keys),
            "folds": text_array(folds),
            "signatures": np.array([signature(blur(folded)) for folded in folds], np.uint64),
            "fold_order": np.array(sorted(range(len(folds)), key=folds.__getitem__), np.int32),
            "key_order": np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int32),
            "roles": np.array(roles, np.uint8),
            "units": np.array([key in units() for key in keys], np.uint8),
            "counts": counts.astype(np.int32),
            "word_weights": weights,
            "posting_start": starts_of_words.astype(np.int32),
            "posting_mid": (starts_of_words[:-1] + plain).astype(np.int32),
            "postings": in_name.astype(np.int32),
            "name_entry": entry_of,
            "name_text": np.array(self._text, np.uint16),
            "name_reading": np.array(self._reading, np.uint8),
            "name_part": np.array(self._parts, np.uint8),
            "name_start": starts,
            "name_words": words.astype(np.int32),
            "name_weight": whole,
            "name_initials": np.array(initials, np.uint8),
            "entry_ref": np.array(self._refs, np.int64),
            "entry_kind": np.array([KINDS.index(kind) for kind in self._kinds], np.uint8),
            "entry_person": np.array([kind == "person" for kind in self._kinds], np.uint8),
            "surfaces": text_array(list(self._surfaces)),
            "surface_at": np.array(self._surface_at, np.int32),
            "surface_of": np.array(self._surface_of, np.int32),
            "facts": np.frombuffer(b"".join(self._facts), np.uint8),
            "facts_start": facts_start,
        }
        for mark, some, bones_of in (("", folds, skeleton), ("=", keys, consonants)):
            for n, word in enumerate(some):
                if not word.isdigit() and len(bones := bones_of(word)) >= FEWEST_BONES:
                    self._keep("bones", (mark + bones,), n)
        for kind, (hashes, places) in self._keyed.items():
            hashed, at = np.array(hashes), np.array(places)
            by_hash = np.lexsort((at, hashed))
            arrays[f"{kind}_hash"], arrays[f"{kind}_at"] = hashed[by_hash], at[by_hash]
        return arrays


def build_arrays(
    entries: Iterable[tuple[int, Listing]],
    progress: Callable[[int], None] | None = None,
    measure: Measure | None = None,
) -> Arrays:
    """The arrays of an index of listings. `progress` is called now and then with the number done.

    `measure` counts words where these listings are a part of more: words weigh as they do on the whole.
    """
    builder = Builder()
    done = 0
    for ref, listing in entries:
        builder.add(ref, listing)
        done += 1
        if progress and done % 500 == 0:
            progress(done)
    if progress:
        progress(done)
    return builder.arrays(measure)


__all__ = ["Builder", "Facts", "build_arrays", "letters_of"]
