"""Two sides laid beside each other: fact by fact what agrees and what differs, down to the character.

This is for reading, and decides nothing: the score and its reasons come from the matcher. Names are compared by
characters, addresses by words, identifiers of one scheme by characters, everything else as a whole.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec
from rapidfuzz.distance import Indel

from ringfence.records import Identifier, PartialDate
from ringfence.review.alert import FACTS, Case, Fact, Facts

Agreement = Literal["agrees", "close", "differs", "one_sided", "other_script"]
"""`close` is neither the same nor plainly another; `one_sided` says that only one side tells; values in different scripts
(`other_script`) cannot be laid beside each other by letters: how they meet is in the reasons."""

_WORD = re.compile(r"\w+|\W+")
_MOST = 400
"""Characters of a value that are compared one by one; what is longer is compared as a whole."""
_RUN = 3
"""Letters of an alphabet that must agree in a row to be worth showing; a character of a script of words counts alone."""


class Span(msgspec.Struct, frozen=True):
    """A part of a value: whether the other side has it too (None where there is nothing to compare it with)."""

    text: str
    same: bool | None


Value = tuple[Span, ...]


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """One fact on both sides; of several values those that come closest stand first."""

    fact: Fact
    agreement: Agreement
    mine: tuple[Value, ...]
    theirs: tuple[Value, ...]


def contrasts(case: Case) -> tuple[Contrast, ...]:
    """Every fact that either side tells, in the order of `FACTS`."""
    return tuple(_found(case.facts, case.listed, case.matched_name))


def _found(mine: Facts, theirs: Facts, matched: str) -> Iterator[Contrast]:
    names = _names(mine), _names(theirs)
    for fact in FACTS:
        if fact == "kind":
            known = [one.kind for one in (mine, theirs) if one.kind != "unknown"]
            if known:
                yield _whole(fact, (mine.kind,), (theirs.kind,), told=len(known) == 2)
            continue
        ours, listed = mine.values(fact), theirs.values(fact)
        if fact == "addresses":  # one that is a country alone says nothing that `countries` does not
            ours, listed = (
                tuple(text for text in side.addresses if text not in side.countries)
                for side in (mine, theirs)
            )
        if fact == "name" and folded(matched) != folded(theirs.name):
            listed = (*listed, matched)  # the name that was met, where it is an alias
        if not (ours or listed):
            continue
        if fact in {"name", "aliases"}:
            # A name may meet an alias: each is laid beside the closest of all names of the other side.
            yield Contrast(
                fact=fact,
                agreement=_of_names(ours, listed, names),
                mine=_sorted(ours, names[1], by_characters),
                theirs=_sorted(listed, names[0], by_characters),
            )
        elif fact == "addresses":
            yield _pairwise(fact, ours, listed, by_words, _of_addresses(ours, listed))
        elif fact == "identifiers":
            yield _identifiers(mine.identifiers, theirs.identifiers)
        elif fact == "birth_dates":
            yield _dates(mine.birth_dates, theirs.birth_dates)
        else:
            yield _whole(fact, ours, listed, told=bool(ours and listed))


def by_characters(text: str, other: str) -> Value:
    """`text`, cut where it begins or ceases to agree with `other`, letter for letter; case makes no difference."""
    if folded(text) == folded(other) or len(text) > _MOST or len(other) > _MOST:
        return (Span(text, folded(text) == folded(other)),) if text else ()
    one, two = [_lower(letter) for letter in text], [_lower(letter) for letter in other]
    same = [False] * len(text)
    # The longest stretches first: a word that is there as a whole is marked as a whole.
    for block in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks():
        same[block.a : block.a + block.size] = [True] * block.size
    found = _spans(text, same)
    return _merged([span if _worth(span, text) else Span(span.text, same=False) for span in found])


def by_words(text: str, other: str) -> Value:
    """`text`, cut at words that `other` has or has not."""
    if folded(text) == folded(other) or any(_of_words(letter) for letter in text[:_MOST]):
        return by_characters(text, other)
    there = {folded(word) for word in _WORD.findall(other) if word[0].isalnum()}
    parts = _WORD.findall(text)
    flags = [None if not part[0].isalnum() else folded(part) in there for part in parts]
    # What stands between two words is of the same kind as they are.
    for place, flag in enumerate(flags):
        if flag is None:
            around = {flags[beside] for beside in (place - 1, place + 1) if 0 <= beside < len(flags)}
            flags[place] = around == {True}
    return _merged([Span(part, flag) for part, flag in zip(parts, flags, strict=True)])


def folded(text: str) -> str:
    """Text without differences of case and blanks."""
    return " ".join(text.casefold().split())


def _names(facts: Facts) -> tuple[str, ...]:
    return (facts.name, *facts.aliases)


def _of_names(
    mine: Collection[str], theirs: Collection[str], names: tuple[Sequence[str], Sequence[str]]
) -> Agreement:
    if not (mine and theirs):
        return "one_sided"
    all_mine, all_theirs = ({folded(name) for name in side} for side in names)
    if any(folded(name) in all_theirs for name in mine) or any(folded(name) in all_mine for name in theirs):
        return "agrees"
    return "close" if any(_share_script(one, other) for one in mine for other in theirs) else "other_script"


def _of_addresses(mine: Sequence[str], theirs: Sequence[str]) -> Agreement:
    if not (mine and theirs):
        return "one_sided"
    alike = [(one, other) for one in mine for other in theirs if _share_script(one, other)]
    if not alike:
        return "other_script"
    best = max(_share(by_words(one, other)) for one, other in alike)
    return "agrees" if best > 0.85 else "close" if best > 0.3 else "differs"


def _share(value: Value) -> float:
    """How much of a value the other side has."""
    letters = sum(sum(letter.isalnum() for letter in span.text) for span in value)
    same = sum(sum(letter.isalnum() for letter in span.text) for span in value if span.same)
    return same / letters if letters else 0.0


def _pairwise(
    fact: Fact,
    mine: Sequence[str],
    theirs: Sequence[str],
    lay: Callable[[str, str], Value],
    agreement: Agreement,
) -> Contrast:
    return Contrast(
        fact=fact, agreement=agreement, mine=_sorted(mine, theirs, lay), theirs=_sorted(theirs, mine, lay)
    )


def _sorted(
    values: Sequence[str], others: Sequence[str], lay: Callable[[str, str], Value]
) -> tuple[Value, ...]:
    """Each value beside the closest of the other side that shares its script, the closest first."""
    laid: list[tuple[float, Value]] = []
    for value in values:
        alike = [other for other in others if _share_script(value, other)]
        if not alike:
            laid.append((0.0, (Span(value, None),)))
            continue
        closest = max(alike, key=lambda other: Indel.normalized_similarity(folded(value), folded(other)))
        laid.append((Indel.normalized_similarity(folded(value), folded(closest)), lay(value, closest)))
    laid.sort(key=lambda one: -one[0])
    return tuple(value for _, value in laid)


def _whole(fact: Fact, mine: Sequence[str], theirs: Sequence[str], *, told: bool) -> Contrast:
    ours, listed = {folded(one) for one in mine}, {folded(one) for one in theirs}
    agreement: Agreement = "one_sided" if not told else "agrees" if ours & listed else "differs"
    return Contrast(
        fact=fact,
        agreement=agreement,
        mine=tuple((Span(one, folded(one) in listed if told else None),) for one in mine),
        theirs=tuple((Span(one, folded(one) in ours if told else None),) for one in theirs),
    )


def _identifiers(mine: Sequence[Identifier], theirs: Sequence[Identifier]) -> Contrast:
    """Values of one scheme are laid beside each other; a scheme that only one side has says nothing."""
    common = {one.scheme for one in mine} & {one.scheme for one in theirs}
    ours = {(one.scheme, _plain(one.value)) for one in mine}
    listed = {(one.scheme, _plain(one.value)) for one in theirs}
    agreement: Agreement = "one_sided"
    if common:
        agreement = "agrees" if ours & listed else "differs"

    def side(these: Sequence[Identifier], those: Sequence[Identifier]) -> tuple[Value, ...]:
        found = []
        for one in sorted(these, key=lambda one: one.scheme not in common):
            others = [other.value for other in those if other.scheme == one.scheme]
            value = _sorted([one.value], others, by_characters)[0]
            found.append((Span(f"{one.scheme} ", None), *value))
        return tuple(found)

    return Contrast(
        fact="identifiers", agreement=agreement, mine=side(mine, theirs), theirs=side(theirs, mine)
    )


def _dates(mine: Sequence[PartialDate], theirs: Sequence[PartialDate]) -> Contrast:
    """Spans of days: a year agrees with a day in it."""
    told = bool(mine and theirs)

    def side(these: Sequence[PartialDate], those: Sequence[PartialDate]) -> tuple[Value, ...]:
        return tuple(
            (Span(one.published, any(one.overlaps(other) for other in those) if told else None),)
            for one in these
        )

    ours = side(mine, theirs)
    agreement: Agreement = (
        "one_sided" if not told else "agrees" if any(value[0].same for value in ours) else "differs"
    )
    return Contrast(fact="birth_dates", agreement=agreement, mine=ours, theirs=side(theirs, mine))


def _share_script(one: str, other: str) -> bool:
    """Whether both have letters of one script; a text without letters goes with any."""
    ours, theirs = _scripts(one), _scripts(other)
    return not ours or not theirs or bool(ours & theirs)


def _scripts(text: str) -> frozenset[str]:
    return frozenset(
        unicodedata.name(letter, "").partition(" ")[0] for letter in text[:_MOST] if letter.isalpha()
    )


def _plain(value: str) -> str:
    return re.sub(r"\W", "", value).casefold()


def _lower(letter: str) -> str:
    low = letter.lower()
    return low if len(low) == 1 else letter


def _worth(span: Span, text: str) -> bool:
    """Whether what agrees is more than letters that happen to be there."""
    return bool(span.same) and (len(span.text) >= _RUN or span.text == text or _of_words(span.text[0]))


def _of_words(letter: str) -> bool:
    """Whether a letter is of a script whose characters are words or syllables (Chinese, Japanese, Korean)."""
    return (
        "\u3040" <= letter <= "\u9fff"
        or "\uac00" <= letter <= "\ud7af"
        or "\U00020000" <= letter <= "\U0003ffff"
    )


def _spans(text: str, same: Sequence[bool]) -> Value:
    return _merged([Span(letter, flag) for letter, flag in zip(text, same, strict=True)])


def _merged(spans: Sequence[Span]) -> Value:
    found: list[Span] = []
    for span in spans:
        if found and found[-1].same == span.same:
            found[-1] = Span(found[-1].text + span.text, span.same)
        else:
            found.append(span)
    return tuple(found)
