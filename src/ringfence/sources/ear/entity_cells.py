"""The entity cell of the supplements to 15 CFR part 744, taken apart: names, aliases, addresses, subordinate bodies.

A cell is prose with a grammar: a name, `a.k.a., the following N aliases:` and lines opened with a dash, then
addresses, then perhaps bodies that belong to the first one. Where a name ends and its address begins is told by
legal forms and by a reviewed table, never by guessing from capitals; what is doubtful is said, and the cell stays
verbatim with the entry.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

import msgspec

from ringfence.names import Role, parse
from ringfence.records import ListedTie

_SPACES = re.compile(r"\s+")
_ANNOUNCED_TOO = re.compile(
    r"(?:and )?(?:\w+ |the named )?subordinate|including the named|and to include", re.IGNORECASE
)
_GROUP = re.compile(
    r"^The following (?:\w+ subordinate institutions? of )?(?P<parent>.+?)(?: entities)?:$", re.IGNORECASE
)
_DASH = re.compile(r"^[—–‒-]\s*")
_COUNTS = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_ALSO = r"\(?\ba\.?\s?k\.?\s?a\b\s?\.?,?"
_OPENER = re.compile(
    rf"[,;]?\s*{_ALSO}\s*(?:as\s+|and\s+|including\s+)*(?:the\s+)*(?P<count>\w+\s+)?(?:follow\w*\s+)+(?:the\s+following\s+)?"
    rf"(?P<many>\w+\s+)?(?:alia\w*|entity)(?P<more>[^:—]*?)\s*(?:[:,]|$)"
    rf"|[,;]?\s*{_ALSO}\s*the\s+(?P<bare>\w+)\s+alias\s*:"
    rf"|,\s*(?:and\s+)?the\s+following\s+(?P<unsaid>\w+)\s+alias(?:es)?\s*:"
    rf"|[,;]?\s*{_ALSO}\s*$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r",?\s*\(\s*[af]\.?\s?k\.?\s?a\b\.?,?\s*(?P<names>(?:[^()]|\([^()]*\))*)\)", re.IGNORECASE
)
_BETWEEN_NAMES = re.compile(
    r"\s*;\s*(?:and\s+)?|,?\s*\b[af]\.?k\.?a\b\.?,?\s*|,\s+(?!(?:Ltd|Inc|Co|Limited|ZAO|OAO|OOO|AO|G)\b)|\s+and\s+",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"\w.*\w")
"""Something that can be a name: a stray quotation mark is none."""
_CLOSING = re.compile(r"[\s,]*;?(?:\s*\band,?)?\s*$", re.IGNORECASE)
_ABBREVIATED = re.compile(
    r"(?:\b(?:ltd|co|inc|corp|pte|pvt|sti|şti|bros|intl|int'l|bhd|tech|elec|imp|exp|mfg|a\.?s|s\.?a)|\b\w(?:\.\w)+|\.\w)\.$",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"^Subordinate institu\w*\s*:?\s*(?P<rest>.*)$", re.IGNORECASE)
_AFFILIATED = re.compile(r"^Affiliated entities:?$", re.IGNORECASE)
_ENTITIES = re.compile(r";?\s*and the following \w+ subordinate entities:$", re.IGNORECASE)
_SHARED = re.compile(
    r"^The following address(?:es)? appl\w+ to the entity[^:]*:\s*(?P<rest>.*)$", re.IGNORECASE
)
_UNDER = re.compile(
    r"^(?P<parent>.+?)[.,]?\s+subordinate institution:\s*(?P<child>.+)$", re.IGNORECASE | re.DOTALL
)
_TO_INCLUDE = re.compile(r",?\s*(?:and )?to include the following[^.:]*[.:]?", re.IGNORECASE)
_PLACES = r"(?:U\.A\.E\.?|U\.K\.?|\(Occupied\)|[^().])+"
_SEE = re.compile(
    r"\(?\s*\bSee (?:also )?(?:the )?(?:alternat\w* |additional |other )?(?:address\w*|entr\w+)(?: also)?"
    rf"(?: (?:listed )?(?:under|in) (?P<where>{_PLACES}))?\s*[).]*"
    rf"|\((?:For alternate addresses, )?see (?:also )?(?P<there>{_PLACES})\.?\)[.\s]*",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\(?\s*Address(?:es)?(?: for [^:;]*)?:\s*", re.IGNORECASE)
_SCOPE = re.compile(r"(?:and )?any (?:other )?\w|all address|including the\b", re.IGNORECASE)
_ADDRESS_BREAK = re.compile(r"\s*;\s*(?:and\b\s*,?\s*)?|[.,]?\s*\bAlt\.? Address:\s*", re.IGNORECASE)
_ADDRESS_ENTRY = re.compile(r"^Address \d+\b", re.IGNORECASE)
_ADDRESS_START = re.compile(
    r"#|\d|no\b|nos\b|room|rm\b|flat\b|unit\b|suite\b|office\b|floor\b|block\b|bldg|building\b|apt\b|p\.?\s?o\b|post\b|"
    r"ul\.|ulitsa\b|street\b|level\b|house\b|plot\b|warehouse\b|shop\b|address\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?P<word>[\w'’”\")]+)\.\s+(?=[\w#“\"'])")
_ENDING_FORM = re.compile(r"(?:ltd|limited|inc|llc|gmbh|co|s\.a)\.?", re.IGNORECASE)
_ADDRESS_WORD = re.compile(r"#?\d|No\.?\d*$|P\.?O\.?$|Room$|Rm\.?$|Flat", re.IGNORECASE)
_LONGEST_PLACE = 3


class _Irregular(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    begins: str
    name: str
    aliases: tuple[str, ...] = ()


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    abbreviations: tuple[str, ...]
    names: tuple[str, ...]
    also_printed: dict[str, str]
    parents: tuple[str, ...]
    body_words: tuple[str, ...]
    irregular: tuple[_Irregular, ...] = ()


class Body(msgspec.Struct, frozen=True):
    """One body that a cell lists: the entity itself, or one that the cell says belongs to it.

    `key` is the name that the id is made of; it holds the parent where the publisher's copies print it so.
    `addresses` are texts as printed; `doubts` say what of the cell was not read with certainty.
    """

    name: str
    key: str
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ties: tuple[ListedTie, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class _Draft:
    """A body while its lines are read."""

    def __init__(self, header: str = "", link: str = "") -> None:
        self.header = ""
        self.link = link
        self.aliases: list[str] = []
        self.expected: int | None = None
        self.announced = self.open = False
        self.lines: list[str] = []
        self.whole = ""
        if header:
            self.begin(header)

    def begin(self, header: str) -> None:
        """Take the first line; after `the following aliases:` what follows are aliases."""
        self.whole = header
        opener = _OPENER.search(header)
        if not opener:
            self.header = header
            return
        self.header = header[: opener.start()]
        words = [opener[name] for name in ("count", "many", "bare", "unsaid") if opener[name]]
        self.expected = next((number_of(word) for word in words if number_of(word)), None)
        self.announced = self.open = True
        inline = header[opener.end() :].strip()
        if inline and not _ANNOUNCED_TOO.match(inline):
            # Aliases and addresses run on in one line: the announced number says where the aliases end.
            parts = re.split(r"\s*;\s*(?:and\b\s*)?", inline)
            most = self.expected or 1
            for part in parts[:most]:
                self.alias(part)
            self.lines.append("; ".join(parts[most:]))
            self.open = False

    @property
    def full(self) -> bool:
        """Whether all the aliases that were announced have been read."""
        return not self.open or (self.expected is not None and len(self.aliases) >= self.expected)

    def alias(self, line: str) -> None:
        """Take one alias; the list goes on while lines end with a semicolon."""
        text = _DASH.sub("", line).strip()
        self.open = text.endswith(";") or bool(re.search(r"[;,]\s*and$", text))
        self.aliases.append(text)


def cell_lines(text: str) -> list[str]:
    """The lines of a cell, blanks folded, empty ones gone, a broken announcement of aliases mended."""
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    joined = "\n".join(line for line in lines if line)
    joined = re.sub(r"(following \w+)\n(alias\w*:)", r"\1 \2", joined)
    return joined.split("\n") if joined else []


def read_cell(text: str) -> tuple[Body, ...]:
    """The bodies that an entity cell lists, the entity itself first."""
    lines = cell_lines(text)
    if not lines:
        return ()
    if irregular := _irregular(" ".join(lines)):
        rest = " ".join(lines)[len(irregular.begins) :]
        return (_body(irregular.name, list(irregular.aliases), rest, None, "", ()),)
    drafts = [_Draft()]
    shared: list[str] | None = None
    within = ""
    group: str | None = None
    for line in lines:
        draft = drafts[-1]
        if match := _SHARED.match(line):
            shared = [match["rest"]] if match["rest"] else []
        elif shared is not None:
            shared.append(line)
        elif match := _SUBORDINATE.match(line):
            drafts.append(_Draft(match["rest"], "institution"))
        elif _AFFILIATED.match(line):
            within = "affiliated"
            drafts.append(_Draft("", within))
        elif _DASH.match(line):
            if group and (draft.header or len(drafts) == 2):
                drafts.append(_Draft(_DASH.sub("", line), within))
            elif draft.header.lower().endswith("subordinate institution:"):
                draft.header = f"{draft.header} {_DASH.sub('', line)}"
            elif within == "entity" and draft.full:
                drafts.append(_Draft(_DASH.sub("", line), within))
            elif not draft.header:
                draft.begin(_DASH.sub("", line))
            elif draft.full and draft.expected and _ADDRESS_START.match(_DASH.sub("", line)):
                draft.lines.append(f"{_DASH.sub('', line)};")
            elif (match := _ENTITIES.search(line)) is not None:
                draft.alias(line[: match.start()])
                within = "entity"
            elif not draft.announced:
                draft.lines.append(_DASH.sub("", line))
            else:
                draft.alias(line)
        elif not draft.header and (match := _GROUP.match(line)):
            within, group = "entity", match["parent"]
            drafts.append(_Draft())
        elif not draft.header:
            draft.begin(line)
        elif draft.open:
            draft.alias(line)
        elif within == "affiliated" and (draft.lines or not draft.aliases or _address_of(draft.aliases[-1])):
            drafts.append(_Draft(line, within))
        else:
            draft.lines.append(line)
    return _settle(drafts, shared, group)


def _settle(drafts: Sequence[_Draft], shared: list[str] | None, group: str | None) -> tuple[Body, ...]:
    """Drafts to bodies; addresses printed once for all are given to all."""
    first, *others = drafts
    if others and shared is None and not first.lines and others[-1].lines:
        shared, others[-1].lines = others[-1].lines, []
    for_all = " ".join(shared or ())
    parent = group or tidy_name(
        _name_and_rest(_split_under(first.header)[1])[0] if not first.aliases else first.header
    )
    key = _tables().also_printed.get(parent, parent) if others else parent
    found = [_draft_body(first, None, for_all)] if first.header else []
    if found and others:
        found = [msgspec.structs.replace(found[0], key=key)]
    for draft in others:
        if draft.header:
            body = _draft_body(draft, parent, for_all)
            found.append(msgspec.structs.replace(body, key=body.key.replace(parent, key, 1)))
    return tuple(found)


_LINKS = {
    "institution": ("subordinate_of", ". Subordinate Institution - "),
    "affiliated": ("affiliate_of", ". Affiliated Entity: "),
    "entity": ("subordinate_of", ", and subordinate entity "),
}


def _draft_body(draft: _Draft, parent: str | None, for_all: str) -> Body:
    doubts = []
    if draft.expected is not None and draft.expected != len(draft.aliases):
        doubts.append(f"{draft.expected} aliases are announced and {len(draft.aliases)} printed")
    rest = " ".join(draft.lines)
    own_parent, header = _split_under(draft.header)
    return _body(header, draft.aliases, rest, parent or own_parent, draft.link, tuple(doubts), for_all)


def _body(
    header: str,
    aliases: list[str],
    rest: str,
    parent: str | None,
    link: str,
    doubts: tuple[str, ...],
    for_all: str = "",
) -> Body:
    header = whole = _TO_INCLUDE.sub("", header)
    ties = list(_cross_references(f"{header} {rest} {for_all}"))
    inline: tuple[str, ...]
    header = _SEE.sub("", header)
    if _ADDRESS_ENTRY.match(header):
        name, _, extra = header.partition(",")
        rest, inline = f"{extra} {rest}".strip(), ()
    elif aliases:
        # Before the announcement of its aliases a name stands alone.
        name, inline = _bracketed_names(header)
    else:
        name, inline, extra = _inline_names(header)
        rest = f"{extra} {rest}".strip()
    names = [*inline]
    for place, line in enumerate(aliases, start=1):
        alias = _TO_INCLUDE.sub(".", line)
        if place == len(aliases):
            # The last alias may run on into the address.
            ties += [tie for tie in _cross_references(alias) if tie not in ties]
            alias, address = _name_and_rest(_SEE.sub("", alias), loose=not rest)
            rest = f"{address}; {rest}" if address and rest else address or rest
        names += (tidy_name(part) for part in re.split(r"\s*;\s*[—–-]?", alias))
    name = tidy_name(name)
    relation, joint = _LINKS.get(link, ("subordinate_of", ". Subordinate Institution - "))
    if parent:
        ties.insert(0, ListedTie(relation, parent, f"{parent}: {name}"))
    addresses, notes = _addresses(f"{rest}; {for_all}" if for_all and rest else rest or for_all)
    return Body(
        name=name,
        key=f"{parent}{joint}{name}" if parent else name,
        aliases=tuple(dict.fromkeys(alias for alias in names if _WRITTEN.search(alias) and alias != name)),
        former=tuple(alias for alias in names if re.search(rf"f\.?k\.?a\.?,?\s*{re.escape(alias)}", whole)),
        addresses=addresses,
        ties=tuple(ties),
        notes=notes,
        doubts=doubts,
    )


def _split_under(header: str) -> tuple[str | None, str]:
    """`Parent subordinate institution: Child` as parent and child."""
    match = _UNDER.match(header)
    return (tidy_name(match["parent"]), match["child"]) if match else (None, header)


def _bracketed_names(header: str) -> tuple[str, tuple[str, ...]]:
    """A name without the brackets that hold other names of it, and those: `X (a.k.a., Y; f.k.a., Z)`."""
    match = _IN_BRACKETS.search(header)
    if not match:
        return header, ()
    names = filter(None, map(tidy_name, _BETWEEN_NAMES.split(match["names"])))
    after = re.sub(r"^\s*(?=Address)", ", ", header[match.end() :])
    return header[: match.start()] + after, tuple(names)


def _inline_names(header: str) -> tuple[str, tuple[str, ...], str]:
    """Name, aliases and address of a header without an announced list: `X, a.k.a. Y, a.k.a. Z, 5 Some Street`."""
    header, bracketed = _bracketed_names(header)
    aliases = list(bracketed)
    parts = re.split(rf"[,;]?\s+(?<!\(){_ALSO[3:]}\s*", header, flags=re.IGNORECASE)
    if len(parts) == 1:
        name, rest = _name_and_rest(header)
        return name, tuple(map(tidy_name, aliases)), rest
    aliases += parts[1:-1]
    last, rest = _name_and_rest(parts[-1])
    return _name_and_rest(parts[0])[0], tuple(map(tidy_name, [*aliases, last])), rest


def _name_and_rest(text: str, *, loose: bool = True) -> tuple[str, str]:
    """Where a name ends and its address begins. With `loose` off only what looks like an address is split off."""
    text = text.strip()
    for name in _known_names():
        if text.startswith(name) and not text[len(name) : len(name) + 1].isalnum():
            return name, text[len(name) :].lstrip(" ,.;")
    segments = _segments(text)
    name, rest = _within_segment(segments[0])
    place = 1
    if len(segments) > 1 and name in _tables().parents:
        name, place = f"{name}, {segments[1]}", 2
    while not rest and place < len(segments):
        head, tail = _leading_form(segments[place])
        if head:
            name, rest = f"{name}, {head}", tail
        elif place == 1 and _is_body(name) and _is_body(segments[place]):
            name = f"{name}, {segments[place]}"
        else:
            break
        place += 1
    tail = ", ".join(segments[place:])
    rest = f"{rest}, {tail}" if rest and tail else rest or tail
    if not loose and rest and not _ADDRESS_START.search(rest):
        return text, ""
    return name, rest


def _segments(text: str) -> list[str]:
    """Text split at commas that stand outside brackets."""
    found, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth <= 0:
            found.append(text[begin:place].strip())
            begin = place + 1
    found.append(text[begin:].strip())
    return [segment for segment in found if segment] or [""]


def _within_segment(segment: str) -> tuple[str, str]:
    """A first segment that holds its address without a comma: `Kelvo Inc 6600 21st Avenue`, `X. 13 Some Street`."""
    for match in _SENTENCE.finditer(segment):
        word = match["word"].casefold().strip("'’”\"")
        before, after = segment[: match.end()].strip(), segment[match.end() :].strip()
        if _is_form(word):
            if _ADDRESS_START.match(after):
                return before, after
        elif len(word.rstrip(")")) > _LONGEST_PLACE and word not in _abbreviations():
            return before.rstrip("."), after
    words = segment.split()
    for place, word in enumerate(words[1:], start=1):
        if place > 1 and _ENDING_FORM.fullmatch(words[place - 1]) and _ADDRESS_WORD.match(word):
            return " ".join(words[:place]), " ".join(words[place:])
    return segment, ""


def _leading_form(segment: str) -> tuple[str, str]:
    """A segment that begins with a legal form: the form with a bracket after it, and what follows."""
    bare = re.sub(r"\([^()]*\)", " ", segment).strip()
    if not bare or _is_form(bare):
        return (segment, "") if bare or re.fullmatch(r"\([A-Z0-9&-]+\)", segment) else ("", "")
    words = segment.split()
    for place in range(min(len(words) - 1, 3), 0, -1):
        head, tail = " ".join(words[:place]), " ".join(words[place:])
        if _is_form(re.sub(r"\([^()]*\)", " ", head)) and (_ADDRESS_START.match(tail) or head.endswith(".")):
            return head, tail
    return "", ""


@cache
def _is_form(text: str) -> bool:
    """Whether every word of a text belongs to a legal form."""
    words = parse(text).words
    return bool(words) and all(word.role is Role.LEGAL for word in words)


def _is_body(segment: str) -> bool:
    """Whether a segment after a comma names a body inside another: `..., Institute of Basic Medicine`."""
    words = set(re.findall(r"[a-z-]+", segment.casefold()))
    return not re.match(r"#?\d+[\s/,-]", segment) and bool(words & _body_words())


def _address_of(alias: str) -> str:
    return _name_and_rest(_TO_INCLUDE.sub(".", alias))[1]


def tidy_name(text: str) -> str:
    """A name without the separators and full stop that end its line."""
    text = _CLOSING.sub("", re.sub(r";?\s+and\.?$", "", text.strip().rstrip(":"))).strip(" ,;")
    text = re.sub(r"^and\s+", "", text)
    if text.endswith(".") and not _ABBREVIATED.search(text):
        text = text[:-1]
    return text.strip()


def _cross_references(text: str) -> Iterator[ListedTie]:
    for match in _SEE.finditer(text):
        yield ListedTie("see_also", tidy_name(match["where"] or match["there"] or ""), match[0].strip(" ()."))


def _addresses(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of a text in order, and what stands among them that is none."""
    addresses: list[str] = []
    notes: list[str] = []
    for text_part in _ADDRESS_BREAK.split(_SEE.sub("", text)):
        part = _LABEL.sub("", text_part.strip(" .,"))
        if part.endswith(")") and part.count(")") > part.count("("):
            part = part[:-1]
        if _SCOPE.match(part):
            notes.append(part)
        elif part:
            addresses.append(part)
    return tuple(dict.fromkeys(addresses)), tuple(notes)


def number_of(word: str) -> int | None:
    """The number that a word or figure says, up to twenty in words; None when it says none."""
    word = word.strip().lower()
    if word.isdigit():
        return int(word)
    return _COUNTS.index(word) if word in _COUNTS else None


def _irregular(cell: str) -> _Irregular | None:
    return next((row for row in _tables().irregular if cell.startswith(row.begins)), None)


@cache
def _known_names() -> tuple[str, ...]:
    """The longest first, so that a name is not taken for the beginning of another."""
    return tuple(sorted(_tables().names, key=len, reverse=True))


@cache
def _body_words() -> frozenset[str]:
    return frozenset(_tables().body_words)


@cache
def _abbreviations() -> frozenset[str]:
    """Words whose full stop does not end a name."""
    return frozenset(_tables().abbreviations)


@cache
def _tables() -> _Tables:
    text = resources.files(__package__).joinpath("entity_cells.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Tables)
