"""Names as lists pack them: aliases, former names, parents and places printed inside one cell.

`unpack_name` turns a published name cell into the party's own names and the ties the cell states. The
cell itself is always kept, as the published text of the primary name.
"""

import re

import msgspec

from ringfence.names import Role, parse
from ringfence.records import ListedTie, Name, NameRole
from ringfence.sources.repair import in_one_script, repair

_BLANKS = re.compile(r"\s+")
_AFFILIATED = re.compile(
    r"^(?P<parent>.+?)[.,]?\s*Affiliated Entit(?:y|ies)\s*[:\-–—]+\s*(?P<child>.+)$", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"^(?P<parent>.+?)[.,]?\s*(?:and )?Subordinate (?:Institution|Institute|Entity|Entities)\s*[:\-–—]*\s+(?P<child>.+)$",
    re.IGNORECASE,
)
_PARENT = re.compile(
    r"\s*\((?:Parent Organi[sz]ation:|a subordinate institut(?:e|ion) of)\s*(?P<parent>[^()]*(?:\([^()]*\)[^()]*)*)\)",
    re.IGNORECASE,
)
_ALSO_KNOWN = re.compile(
    r"\s*\((?P<how>[afn]\.?k\.?a\.?)[.,:]?\s*(?P<names>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.IGNORECASE
)
_ALSO_KNOWN_BARE = re.compile(r",?\s+(?P<how>a\.k\.a\.?|f\.k\.a\.?),?\s+(?P<names>.+)$", re.IGNORECASE)
_BRACKETED = re.compile(r"\(([^()]{2,40})\)")
_SCOPE = re.compile(r",?\s+(?:including|to include)\s+(?:the|all|its|but)\b.*$", re.IGNORECASE | re.DOTALL)
_LONG_NAME = 160


class NameCell(msgspec.Struct, frozen=True):
    """A name cell read: `names[0]` is the primary name; `scope` is text that defines rather than names."""

    names: tuple[Name, ...]
    ties: tuple[ListedTie, ...] = ()
    scope: str | None = None


def tidy(text: str) -> str:
    """Outer blanks, doubled blanks and a dangling separator gone."""
    return _BLANKS.sub(" ", text).strip(" ;,").strip()


def unpack_name(cell: str, places: tuple[str, ...] = (), *, garbled: bool = True) -> NameCell:
    """Read a name cell. `places` are cities and regions of the entry's addresses, lower case: a name that
    ends with them (`..., Chengdu, Sichuan`) is also known without. `garbled` is off for a publication whose letters
    are sound, where a dash inside a word is a dash.

    The parent that a cell names is a tie, not a listed party: it is not listed by this entry.
    """
    text = tidy(in_one_script(repair(cell) if garbled else cell))
    ties: list[ListedTie] = []
    names: list[Name] = []
    scope = None
    if len(text) > _LONG_NAME and (match := _SCOPE.search(text)):
        scope, text = tidy(match[0]), tidy(text[: match.start()])
    for match in _ALSO_KNOWN.finditer(text):
        names += _known_as(match)
    text = tidy(_ALSO_KNOWN.sub("", text))
    if match := _ALSO_KNOWN_BARE.search(text):
        names += _known_as(match)
        text = tidy(text[: match.start()])
    if match := _PARENT.search(text):
        ties.append(ListedTie("subordinate_of", tidy(match["parent"]), tidy(match[0])))
        text = tidy(text[: match.start()] + text[match.end() :])
    for pattern, relation in ((_AFFILIATED, "affiliate_of"), (_SUBORDINATE, "subordinate_of")):
        if match := pattern.match(text):
            parent, child = tidy(match["parent"]), tidy(match["child"])
            ties.append(ListedTie(relation, parent, text))
            if relation == "subordinate_of":
                # A bare "23rd Research Institute" names nobody: with its parent it does.
                names.insert(0, Name(f"{parent} {child}", "alias"))
            text = child
            break
    names += _acronyms(text)
    if shorter := _without_places(text, places):
        names.append(Name(shorter, "alias", origin="repaired"))
    published = cell if cell != text else None
    return NameCell((Name(text, published=published), *_distinct(names, text)), tuple(ties), scope)


def split_aliases(cells: tuple[str, ...]) -> tuple[Name, ...]:
    """Aliases from an alias field that was split at its separators; `and ` opens the last one.

    An array may still hold several in one text, between semicolons.
    """
    found: list[Name] = []
    for cell in (one for field in cells for one in field.split(";")):
        for part in (
            re.split(r",\s+and\s+(?=[A-Z])(?!.*\b(?:Co|Ltd|Inc)\b)", cell) if ", and " in cell else (cell,)
        ):
            text = tidy(repair(re.sub(r"^and\s+", "", part.strip())))
            bare = re.sub(r"^(?:a\.?k\.?a\.?|f\.?k\.?a\.?)[,:]?\s+", "", text, flags=re.IGNORECASE)
            role: NameRole = "former" if text.lower().startswith(("f.k.a", "fka ")) else "alias"
            if bare and bare.lower() != "and":
                found.append(Name(bare, role, published=cell if tidy(cell) != bare else None))
                found += _acronyms(bare)
    return tuple(_distinct(found))


def _known_as(match: re.Match[str]) -> list[Name]:
    role: NameRole = "former" if match["how"].lower().startswith("f") else "alias"
    parts = re.split(r";\s*|\s+a\.?k\.?a\.?,?\s+", match["names"])
    return [Name(text, role) for part in parts if (text := tidy(re.sub(r"^and\s+", "", part.strip())))]


def _acronyms(text: str) -> list[Name]:
    """Short forms in brackets, `(AASPT)`: one word of capitals that its neighbors explain.

    A place or a legal form in brackets, `(HK)` or `(OOO)`, is no name of anybody.
    """
    return [
        Name(inside.strip(), "alias")
        for inside in _BRACKETED.findall(text)
        if re.fullmatch(r"[A-Z][A-Z0-9&\-]{1,11}(?:[ -]\d{1,4})?", inside.strip())
        and not _is_place_or_form(inside)
    ]


def _is_place_or_form(text: str) -> bool:
    return all(word.role in {Role.PLACE, Role.LEGAL} for word in parse(text).words)


def _without_places(text: str, places: tuple[str, ...]) -> str | None:
    """The name without trailing places that repeat its own address; None when it has none."""
    parts = [part.strip() for part in text.split(",")]
    kept = len(parts)
    while kept > 1 and parts[kept - 1].lower() in places:
        kept -= 1
    return tidy(", ".join(parts[:kept])) if kept < len(parts) else None


def _distinct(names: list[Name], *taken: str) -> list[Name]:
    seen = {text.casefold() for text in taken}
    return [name for name in names if not (name.text.casefold() in seen or seen.add(name.text.casefold()))]  # type: ignore[func-returns-value]
