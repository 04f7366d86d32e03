"""What a listed name is, where the list does not say: company, government body, organization, person, vessel, address.

The lists of the Bureau of Industry and Security give no type. A name is typed only by words that leave no doubt, its own
or those of the aliases printed with it; everything else stays `unknown`, which is searched as any kind. A natural
person needs positive evidence: the shape of a personal name and a given name, a patronymic or a surname that says so.
It is never guessed from the absence of other words.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import msgspec
from anyascii import anyascii

from ringfence.names import Role, parse
from ringfence.records import PartyKind

_VESSEL = re.compile(r"^(?:m/v|m/t|vessel) ", re.IGNORECASE)
_ADDRESS = re.compile(r"^address \d+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[.'’`-][^\W\d_]+)*\.?")
_PERSONAL = re.compile(r"[^\W\d_]+(?:['’`.-][^\W\d_]+)*\.?")
_BRACKETS = re.compile(r"\([^()]*\)")
_FIRM = re.compile(r"\b(?:ltd|limited|llc|inc|corp|gmbh|ooo|university)\b")
_MOST_NAMES = 5
_SYLLABLE = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|"
    r"ua|uo|ui|ue|er|a|o|e|i|u)"
)
_GIVEN_IN_PINYIN = re.compile(rf"(?:{_SYLLABLE}){{2}}|{_SYLLABLE}-{_SYLLABLE}")


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    government: tuple[str, ...]
    institution: tuple[str, ...]
    organization: tuple[str, ...]
    loose_organization: tuple[str, ...]
    company: tuple[str, ...]
    company_endings: tuple[str, ...]
    honorifics: frozenset[str]
    patronymics: tuple[str, ...]
    particles: frozenset[str]
    given_names: frozenset[str]
    chinese_surnames: frozenset[str]


def kind_of(name: str, aliases: Iterable[str] = ()) -> PartyKind:
    """The kind that the words of a name, or of its aliases, leave no doubt about; `unknown` otherwise.

    >>> kind_of("Hangzhou Hikvision Digital Technology Co., Ltd."), kind_of("Dmitriy Rakhimov"), kind_of("Inspec")
    ('company', 'person', 'unknown')
    """
    if _ADDRESS.search(name):
        return "address"
    if _VESSEL.search(name):
        return "vessel"
    others = tuple(aliases)
    return _by_words(name) or _person(name, others) or _by_aliases(others) or "unknown"


def _by_words(name: str) -> PartyKind | None:
    folded = _folded(name)
    if _ends_as_an_organization(folded):
        return "organization"
    if _pattern("government").search(folded) and not _FIRM.search(folded):
        return "government"
    if _pattern("institution").search(folded):
        return "organization"
    if _has_form(folded):
        return "company"
    if _pattern("organization").search(folded):
        return "organization"
    if _pattern("company").search(folded) or _ends_like_a_firm(folded):
        return "company"
    if _pattern("loose_organization").search(folded):
        return "organization"
    return None


def _by_aliases(aliases: Sequence[str]) -> PartyKind | None:
    """What aliases say of a name that says nothing itself: the kind that all telling ones agree on."""
    told = {kind for alias in aliases if (kind := _by_words(alias))}
    return told.pop() if len(told) == 1 else None


def _person(name: str, aliases: Sequence[str]) -> PartyKind | None:
    """`person` when the name has the shape of one and it, or an alias of that shape, bears a personal name."""
    if not _shaped_like_a_person(name) or any(_by_words(alias) for alias in aliases):
        return None
    telling = (name, *(alias for alias in aliases if _shaped_like_a_person(alias)))
    return "person" if any(_bears_a_given_name(text) for text in telling) else None


def _shaped_like_a_person(name: str) -> bool:
    """Two to five words of letters, each with a capital or a particle, not all in capitals."""
    words = _BRACKETS.sub(" ", name).replace(",", " ").split()
    if not 2 <= len(words) <= _MOST_NAMES or any(not _PERSONAL.fullmatch(word) for word in words):
        return False
    capitals = all(word[0].isupper() or word.lower() in _words().particles for word in words)
    return capitals and not all(len(word) > 2 and word.isupper() for word in words)


def _bears_a_given_name(name: str) -> bool:
    words = [anyascii(word).lower().strip(".") for word in _BRACKETS.sub(" ", name).replace(",", " ").split()]
    table = _words()
    if any(word in table.given_names or word in table.honorifics for word in words[:3]):
        return True
    if any(len(word) > 6 and word.endswith(table.patronymics) for word in words[1:]):
        return True
    if len(words) == 2 and any(word in table.chinese_surnames for word in words):
        other = words[1] if words[0] in table.chinese_surnames else words[0]
        return bool(_GIVEN_IN_PINYIN.fullmatch(other))
    return False


def _has_form(folded: str) -> bool:
    """Whether a legal form stands in a name: one of the reviewed forms of companies."""
    legal = (word.key for word in parse(folded).words if word.role is Role.LEGAL and len(word.surface) > 2)
    return any(key not in ("branch", "other form") for key in legal) or bool(_FORMS.search(folded))


_FORMS = re.compile(
    r"\b(?:co|ltd|llc|inc|corp|company|gmbh|jsc|ojsc|pjsc|cjsc|ooo|oao|zao|pao|ao|joint[ -]stock|s\.?a|a\.s|oy|ou|"
    r"llp|lp|fze|fzc|fzco)\b\.?"
)

_FORMS_FIRST = re.compile(
    r"(?:(?:public|open|closed|private) )?joint[ -]stock|[opc]?jsc\b|ooo\b|oao\b|zao\b|pao\b|ao\b|llc\b|limited liability|"
    r"(?:federal )?(?:state )?unitary enterprise|federal state unitary|fsue\b|fgup\b"
)


def _ends_as_an_organization(folded: str) -> bool:
    """Whether the last word says what the body is (`X Corporation 7th Research Institute`), and the first no legal form."""
    words = _BRACKETS.sub(" ", folded).split()
    return (
        len(words) > 1
        and bool(_pattern("organization").fullmatch(words[-1]))
        and not _FORMS_FIRST.match(folded)
    )


def _ends_like_a_firm(folded: str) -> bool:
    return any(len(word) > 6 and word.endswith(_words().company_endings) for word in _WORD.findall(folded))


def _folded(name: str) -> str:
    return " ".join(anyascii(name).lower().split())


@cache
def _pattern(group: str) -> re.Pattern[str]:
    phrases = sorted(getattr(_words(), group), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(anyascii(phrase)) for phrase in phrases)})(?![\w])")


@cache
def _words() -> _Words:
    text = resources.files("ringfence.sources").joinpath("kinds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Words)
