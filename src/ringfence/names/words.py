"""The reviewed word tables: what a word is compared as, and what part it plays in a name.

The tables under `tables/` are data with their origin in their first lines. This module reads them once,
on first use, and answers two questions: what a term means (the words it is compared as), and the role of
a compared word. It never changes a table and never learns from the lists that are screened.
"""

import functools
from enum import IntEnum

import msgspec

from ringfence.names.compare import consonants, fold, mended, skeleton, vowel_poor
from ringfence.names.script import HAN, latin_words
from ringfence.names.tables import table_rows


class Role(IntEnum):
    """The part a word plays in a name; it decides how much the word can tell."""

    NAME = 0
    TRADE = 1
    PLACE = 2
    LEGAL = 3
    PARTICLE = 4
    TITLE = 5
    NUMBER = 6
    INITIAL = 7
    COMMON = 8
    BODY = 9


class Lexicon(msgspec.Struct, frozen=True):
    """The tables in the form in which names are taken apart.

    `single` and `phrases` map a term of one, or of several, cleaned Latin words to what it means, the
    phrases grouped by their first word, longest first; `chinese` maps a term in Chinese characters to its
    renderings; `roles` gives the role of each compared word that is not simply a name.
    """

    phrases: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
    single: dict[str, tuple[str, ...]]
    chinese: dict[str, tuple[tuple[str, ...], ...]]
    roles: dict[str, Role]
    longest_chinese: int


# Of Russian adjectives, by gender, number, case and romanisation.
ADJECTIVE_ENDINGS = (
    *("y", "yy", "yi", "iy", "ii", "i", "aya", "aia", "oe", "oye", "oie", "oi", "oy", "oj"),
    *("ye", "ie", "iye", "yye", "ykh", "yh", "ikh", "ih", "ogo"),
)


@functools.cache
def lexicon() -> Lexicon:
    """All tables, read once."""
    roles: dict[str, Role] = {}
    meanings: dict[tuple[str, ...], tuple[str, ...]] = {}
    chinese: dict[str, list[tuple[str, ...]]] = {}
    compounds: dict[str, list[tuple[str, ...]]] = {}
    sources = (
        ("legal_forms", Role.LEGAL),
        ("places", Role.PLACE),
        ("trade_words", Role.TRADE),
        ("brands", Role.NAME),
        ("pinyin_terms", Role.NAME),
        ("given_names", Role.NAME),
    )
    roles |= dict.fromkeys((word for (word,) in table_rows("bodies")), Role.BODY)
    # First come the words that never distinguish: `of` is no trade though `army of` is.
    for word, kind in table_rows("small_words"):
        roles.setdefault(word, Role.TITLE if kind == "title" else Role.PARTICLE)
    for table, role in sources:
        for term, means in table_rows(table):
            # A legal form is compared as one word however it is written; all else word by word.
            compared = (means,) if role is Role.LEGAL else tuple(means.split())
            if role is not Role.NAME:
                for word in compared:
                    roles.setdefault(word, role)
            if HAN.search(term):
                chinese.setdefault(term, []).append(compared)
            elif words := tuple(latin_words(term)):
                meanings.setdefault(words, compared)
    for stem, means in table_rows("russian_stems"):
        compared = tuple(means.split())
        for word in compared:
            roles.setdefault(word, Role.TRADE)
        for ending in ADJECTIVE_ENDINGS:
            meanings.setdefault(tuple(latin_words(stem + ending)), compared)
    for word, _ in table_rows("common_words"):
        # A common name is as common under the spelling that it is compared as.
        for key in meanings.get((word,), (word,)):
            roles.setdefault(key, Role.COMMON)
    for term, _, means in table_rows("chinese_terms"):
        # A compound's own renderings go before the rendering of a general table.
        compounds.setdefault(term, []).append(tuple(means.split()))
    chinese |= {term: [*own, *chinese.get(term, ())] for term, own in compounds.items()}
    singles = {words[0]: compared for words, compared in meanings.items() if len(words) == 1}
    chinese = {
        term: [tuple(key for word in means for key in singles.get(word, (word,))) for means in found]
        for term, found in chinese.items()
    }
    grouped: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for words, compared in meanings.items():
        if len(words) > 1:
            grouped.setdefault(words[0], []).append((words, compared))
    return Lexicon(
        phrases={
            first: tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))
            for first, found in grouped.items()
        },
        single=singles,
        chinese={term: tuple(found) for term, found in chinese.items()},
        roles=roles,
        longest_chinese=max(map(len, chinese)),
    )


@functools.cache
def units() -> frozenset[str]:
    """The compared words that name a body within a larger one: bureau, institute, branch."""
    return frozenset(word for (word,) in table_rows("units"))


_SHORTEST_NEAR = 6
_SHORTEST_FOLDED = 4
_FEWEST_BONES = 4


@functools.cache
def long_terms() -> dict[str, str]:
    """The single terms long enough to be told from a name that is alike, with the word each means."""
    lex = lexicon()
    kinds = (Role.TRADE, Role.PLACE, Role.LEGAL, Role.BODY)
    terms = {term: means[0] for term, means in lex.single.items() if len(means) == 1}
    terms |= {key: key for key, role in lex.roles.items() if role in kinds}
    return {
        term: means
        for term, means in terms.items()
        if len(term) >= _SHORTEST_NEAR + 2 * (role_of(means) is Role.PLACE)
        and term.isalpha()
        and role_of(means) in kinds
    }


@functools.cache
def _near_terms() -> dict[str, str]:
    """One-letter deletions of the longer single terms, each with the word it means; ambiguous ones left out."""
    found: dict[str, str | None] = {}
    for term, means in long_terms().items():
        for cut in {term, *(term[:n] + term[n + 1 :] for n in range(len(term)))}:
            if found.setdefault(cut, means) != means:
                found[cut] = None
    return {cut: means for cut, means in found.items() if means}


@functools.cache
def _boned_terms() -> dict[str, str]:
    """The consonants of the longer single terms, as they are and blurred (`=`), each with the word it means; ambiguous
    ones left out.
    """
    found: dict[str, str | None] = {}
    for term, means in long_terms().items():
        folded = fold(term)
        for bones in (consonants(folded), f"={skeleton(folded)}"):
            if found.setdefault(bones, means) != means:
                found[bones] = None
    return {
        bones: means for bones, means in found.items() if means and len(bones.lstrip("=")) >= _FEWEST_BONES
    }


@functools.cache
def spoken_terms() -> dict[str, str]:
    """The single terms long enough to be known by their sound, with the word each means."""
    lex = lexicon()
    kinds = (Role.TRADE, Role.PLACE, Role.LEGAL, Role.BODY, Role.COMMON)
    terms = {key: key for key, role in lex.roles.items() if role in kinds}
    terms |= {term: means[0] for term, means in lex.single.items() if len(means) == 1}
    return {
        term: means
        for term, means in terms.items()
        if len(term) >= _SHORTEST_FOLDED and term.isalpha() and role_of(means) in kinds
    }


@functools.cache
def _folded_terms() -> dict[str, str]:
    """The single terms by their sound, each with the word it means; ambiguous ones left out."""
    found: dict[str, str | None] = {}
    for term, means in spoken_terms().items():
        folded = fold(term)
        if found.setdefault(folded, means) != means:
            found[folded] = None
    return {folded: means for folded, means in found.items() if means and len(folded) >= _SHORTEST_FOLDED}


@functools.cache
def _begun_terms() -> dict[str, str]:
    """Beginnings of the longer single terms, each with the word it means; ambiguous ones left out."""
    found: dict[str, str | None] = {}
    for term, means in long_terms().items():
        for length in range(_SHORTEST_NEAR, len(term)):
            if found.setdefault(term[:length], means) != means:
                found[term[:length]] = None
    return {begun: means for begun, means in found.items() if means}


@functools.lru_cache(maxsize=100_000)
def near_term(word: str) -> str | None:
    """The word meant by the one known term that `word` is a slip, a disguise or the beginning of; None if none is.

    For words that no list holds: `Technolgy`, `Compayn`, `C0mp4ny`, `Cornpany`, `Dfnce`, `Corporat`, `Kompani`. Two different
    terms equally near: None.
    """
    if len(word) < _FEWEST_BONES:
        return None
    near = _near_terms()
    for read in dict.fromkeys((mended(word), word.replace("rn", "m"), word.replace("cl", "d"))):
        if len(read) < _SHORTEST_NEAR or not read.isalpha():
            continue
        found = {near[cut] for n in range(len(read) + 1) if (cut := read[:n] + read[n + 1 :]) in near}
        if len(found) == 1:
            return found.pop()
        if means := _begun_terms().get(read):
            return means
    folded = fold(word)
    if means := _folded_terms().get(folded):
        return means
    if not vowel_poor(folded):
        return None
    boned = _boned_terms()
    return boned.get(consonants(folded)) or boned.get(f"={skeleton(folded)}")


LOOKS = (str.maketrans("013457890", "oleastbgo"), str.maketrans("013457890", "oieastbgo"))


def looks_like(word: str) -> tuple[str, ...]:
    """What the words mean that a word with digits looks like: `k0b`: `kob`. Others are compared by their spelling."""
    if word.isalpha() or word.isdigit():
        return ()
    found = [word.translate(looks) for looks in LOOKS]
    single = lexicon().single
    means = (single.get(read, (read,)) for read in found if read != word and read.isalpha())
    return tuple(dict.fromkeys(meant[0] for meant in means if len(meant) == 1))


def role_of(word: str) -> Role:
    """The role of a compared word: by table, by form for numbers and initials, otherwise a name."""
    role = lexicon().roles.get(word)
    if role is not None and len(word) > 1:
        return role
    if word[0].isdigit() and word.isdigit():
        return Role.NUMBER
    return Role.INITIAL if len(word) == 1 else Role.NAME
