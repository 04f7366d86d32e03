"""The plain Python scan: which indexed names can reach a score, and what each of them scores.

Always there, and the oracle of the compiled one: both give the same names with the same log-odds. Names
that cannot reach the score are passed over by the upper bounds of `candidates`.
"""

from collections.abc import Sequence

from ringfence.matching import weights as w
from ringfence.matching.arrays import Arrays, array_texts
from ringfence.matching.build import letters_of
from ringfence.matching.candidates import Candidates, listed_odds
from ringfence.matching.evidence import Facts
from ringfence.matching.form import Measure
from ringfence.matching.match import Asked, Found, asked_of, explain
from ringfence.matching.score import (
    SPACED,
    Weighed,
    align,
    all_of,
    cut_odds,
    first_letters,
    goes_on,
    may_shorten,
    name_odds,
    respaced,
    sought_beginning,
)
from ringfence.matching.vocabulary import Vocabulary, keyed
from ringfence.names import Role, Word
from ringfence.names.parse import Written, written
from ringfence.records import Match, Query, Reason


class Scan:
    """The words and names of an index, to be scored against the words of a query."""

    def __init__(self, arrays: Arrays, measure: Measure | None = None) -> None:
        self._arrays = arrays
        self._measure = measure
        self._vocabulary = Vocabulary(arrays)
        self._candidates = Candidates(arrays, self._vocabulary)
        self._roles = arrays["roles"]
        self._weights = arrays["word_weights"]
        self._posting_start = arrays["posting_start"]
        self._postings = arrays["postings"]
        self._entry = arrays["name_entry"]
        self._odds = listed_odds()[arrays["name_part"]]
        self._start = arrays["name_start"]
        self._words = arrays["name_words"]
        self._surface_at = arrays["surface_at"]
        self._surface_of = arrays["surface_of"]
        self._surfaces = array_texts(arrays["surfaces"])
        self._person = arrays["entry_person"]
        self._items: dict[int, Weighed] = {}
        self._counts = arrays["counts"]
        self.known: dict[str, tuple[str, Role, float]] = {}

    def scan(
        self,
        query: Sequence[Weighed],
        least: float,
        *,
        person: bool,
        part: str,
        spaced: list[int],
        acronyms: dict[int, float],
        shortened: list[int],
        begun: dict[int, str],
    ) -> list[tuple[int, float]]:
        """Each indexed name whose log-odds with the words of a query reach `least`, with them.

        `spaced` are the names that differ from the query in their spaces only, `acronyms` those of which
        one is made of the other's first letters, with the log-odds of that;
        `shortened` those whose words may meet a word made of their first letters; `begun` those that begin with the query,
        with how they go on.
        """
        lettered = set(spaced)
        reaches = [self._candidates.reach(item) for item in query]
        likes = [reach.likes for reach in reaches]
        out: list[tuple[int, float]] = []
        candidates = self._candidates.names(
            query, reaches, least - w.PART[part], person=person, shortened=shortened
        )
        for name in sorted({*candidates, *lettered, *acronyms, *begun}):
            listed = self.listed(name)
            letters = name in lettered
            one = person or bool(self._person[self._entry[name]])
            ways = [align(query, listed, likes, person=one)]
            if letters and respaced(query, listed):
                ways.append(all_of(query, listed, SPACED, "spacing"))
            elif name in acronyms:
                ways.append(all_of(query, listed, acronyms[name], "acronym"))
            goes = begun.get(name, "")
            if goes == "cut":
                ways.append(all_of(query, listed, cut_odds(query, person=one), "cut"))
            best = max(
                name_odds(
                    query, listed, pairs, person=one, part=part, letters=letters, begins=goes == "begins"
                ).total
                for pairs in ways
            )
            odds = w.BASE + best + float(self._odds[name])
            if odds >= least:
                out.append((name, odds))
        return out

    def number(self, key: str) -> int:
        """The place of a compared word in the vocabulary, or -1."""
        return self._vocabulary.number.get(key, -1)

    def count(self, key: str) -> int:
        """How many listings carry a compared word, of those indexed or of those that measure."""
        if self._measure:
            return self._measure.count(key)
        n = self.number(key)
        return int(self._counts[n]) if n >= 0 else 0

    @property
    def total(self) -> int:
        """Of how many listings `count` is told."""
        return self._measure.total if self._measure else len(self._person)

    def found(self, query: Query, least: float) -> list[Found]:
        """Each listing of which a name's log-odds reach `least`, by its best name and reading; the best first."""
        best: dict[int, tuple[float, int, int]] = {}
        for number, ours in enumerate(asked_of(query, self)):
            found = self.scan(
                ours.words,
                least,
                person=query.kind == "person",
                part=ours.reading.part,
                spaced=[name for text in letters_of(ours.reading) for name in self._keyed("letters", text)],
                acronyms=self._acronyms(ours),
                shortened=self._shortened(ours) if query.kind != "person" else [],
                begun=self._begun(ours.reading.written),
            )
            for name, odds in found:
                entry = int(self._entry[name])
                held = best.get(entry)
                if held is None or (-odds, name, number) < (-held[0], held[1], held[2]):
                    best[entry] = (odds, name, number)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        return [Found(entry, *one) for entry, one in ranked]

    def match(self, query: Query, facts: Facts, found: Found, beside: Sequence[Reason]) -> Match:
        """What is found, with the reasons of its name and `beside`, those of the evidence beside it."""
        text, reading = (
            int(self._arrays["name_text"][found.name]),
            int(self._arrays["name_reading"][found.name]),
        )
        return explain(query, asked_of(query, self), facts, self, (text, reading, found.reading), beside)

    def _keyed(self, kind: str, text: str) -> list[int]:
        """The names kept under a text of a kind: `letters`, `acronyms`, `soles`, `starts`, `begun`."""
        return keyed(self._arrays[f"{kind}_hash"], self._arrays[f"{kind}_at"], text)

    def _acronyms(self, ours: Asked) -> dict[int, float]:
        """The names of which one is made of the other's first letters, with the log-odds of that."""
        found: dict[int, float] = {}
        for text in ours.reading.acronyms:
            if odds := w.ACRONYM_OF_QUERY.get(min(len(text), 5)):
                found.update(dict.fromkeys(self._keyed("soles", text), odds))
        sole = ours.reading.sole
        if sole is not None and (odds := w.ACRONYM_OF_LISTED.get(min(len(sole), 5))):
            found.update(dict.fromkeys(self._keyed("acronyms", sole), odds))
        return found

    def _shortened(self, ours: Asked) -> list[int]:
        """The names that begin with words of whose first letters a word asked for may be made, and the reverse."""
        words = [item.word for item in ours.words]
        found = {name for word in words if may_shorten(word) for name in self._keyed("starts", word.key)}
        _, letters = first_letters(words)
        for length in w.FIRST_LETTERS:
            n = self.number(letters[:length]) if length <= len(letters) else -1
            if n >= 0 and may_shorten(self._item(n).word):
                found.update(self._postings[self._posting_start[n] : self._posting_start[n + 1]].tolist())
        return sorted(found)

    def _begun(self, asked: Written) -> dict[int, str]:
        """The names that begin with the one asked for, as written, with how they go on."""
        sought = sought_beginning(asked)
        near = self._keyed("begun", sought) if sought else []
        return {name: goes for name in near if (goes := goes_on(asked, self.written(name)))}

    def written(self, name: int) -> Written:
        """An indexed name as `Parsed.written`."""
        start, end = self._start[name : name + 2].tolist()
        first, last = self._surface_at.searchsorted(self._start[name : name + 2]).tolist()
        surfaces = [self._vocabulary.keys[n] for n in self._words[start:end].tolist()]
        for at, of in zip(
            self._surface_at[first:last].tolist(), self._surface_of[first:last].tolist(), strict=True
        ):
            surfaces[at - start] = self._surfaces[of]
        roles = self._roles[self._words[start:end]].tolist()
        return written(zip(surfaces, roles, strict=True))

    def listed(self, name: int) -> list[Weighed]:
        """The words of an indexed name with their weights."""
        return [self._item(n) for n in self._words[self._start[name] : self._start[name + 1]].tolist()]

    def _item(self, n: int) -> Weighed:
        item = self._items.get(n)
        if item is None:
            key = self._vocabulary.keys[n]
            item = self._items[n] = Weighed(
                Word(key, key, Role(int(self._roles[n]))), float(self._weights[n])
            )
        return item
