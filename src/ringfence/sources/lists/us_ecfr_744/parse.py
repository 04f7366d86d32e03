"""15 CFR part 744 in the versioner's XML, into listings of four lists.

Supplements 4, 6 and 7 are tables: a country heading carries forward, a row is a legal entry, and some rows only
continue the one before. Section 744.22(f)(2) names bodies in prose. Every row, cell and inline element is read, ignored by
name, or reported; verbatim cells stay with what was read from them. Footnotes are read from raised figures alone.
"""

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

import msgspec

from ringfence.errors import LayoutChanged
from ringfence.names import Role
from ringfence.names import parse as parse_name
from ringfence.records import (
    Address,
    Citation,
    LicenseRequirement,
    LicenseReviewPolicy,
    ListedTie,
    Listing,
    Name,
    NameRole,
    Party,
    Remark,
    parse_citations,
)
from ringfence.records.codec import from_json, slug
from ringfence.records.rule import RuleStatus
from ringfence.sources.document import Document
from ringfence.sources.ear.entity_cells import Body, cell_lines, number_of, read_cell
from ringfence.sources.ear.rules import first_rule
from ringfence.sources.ear.terms import read_policy, read_requirement
from ringfence.sources.kinds import kind_of
from ringfence.sources.lists.us_ecfr_744.status import statuses, stays
from ringfence.sources.name_cells import NameCell, unpack_name
from ringfence.sources.party_parts import distinct_names, numbered
from ringfence.sources.places import country_code
from ringfence.sources.repair import in_one_script
from ringfence.sources.row import Account, Row
from ringfence.sources.xml_records import Element, Vocabulary, bare, read_records

COLUMNS = {
    "Supplement No. 4 to Part 744": (
        "us_bis_entity",
        ("Country", "Entity", "License requirement", "License review policy", "Federal Register citation"),
    ),
    "Supplement No. 6 to Part 744": (
        "us_bis_unverified",
        ("Country", "Listed person and address", "Federal Register citation"),
    ),
    "Supplement No. 7 to Part 744": ("us_bis_meu", ("Country", "Entity", "Federal Register citation")),
}
"""The supplements that are tables: the list each is, and its columns."""

_TITLE = 15
_FIELDS = ("country", "entity", "requirement", "policy", "citation")
_PROSE = frozenset({"Supplement No. 1 to Part 744", "Supplement No. 2 to Part 744", "Supplement No. 3 to Part 744",
                    "Supplement No. 5 to Part 744", "Supplement No. 8 to Part 744"})  # fmt: skip
_ALL = Vocabulary("*")
_RECORDS = {"DIV8": _ALL, "DIV9": _ALL, "HEAD": _ALL, "AUTH": _ALL, "SOURCE": _ALL}
_ROWS = {"THEAD": "of headings", "TBODY": "in the table", "TFOOT": "footnotes below it"}
"""What the rows of each part of a table are."""
_INLINE = frozenset({"E", "I", "SU", "strong", "sub", "sup"})
_RAISED = frozenset({"sup", "SU"})
_DAY = re.compile(r"/on/(\d{4}-\d{2}-\d{2})/")
_GROUP = re.compile(
    r"^The following (?P<count>\w+) subordinate institutions? of (?P<parent>.+?):?$", re.IGNORECASE
)
_GROUP_LINE = re.compile(r"^Subordinate institu\w*:?$", re.IGNORECASE)
_NAMED = re.compile(r"^\([ivxl]+\)\s+(?P<heading>[^.]+)\.\s+(?P<names>.+?)\.?$")
_BETWEEN_BODIES = re.compile(r"(?<=\)) and (?:the )?")
_WEB_PAGE = " preview citation details"
"""Words of the Federal Register's web page that were copied into a few citation cells."""
_CODE = re.compile(r"\d+(?:[- ]\d+)*")


class _Title(msgspec.Struct, frozen=True):
    """One title of the register; a reserved title has no day."""

    number: int
    up_to_date_as_of: dt.date | None = None


class _Titles(msgspec.Struct, frozen=True):
    titles: tuple[_Title, ...]


class _Cell(msgspec.Struct, frozen=True):
    """The text of a cell, with line breaks, and the figures raised in it."""

    text: str
    raised: tuple[str, ...] = ()


class _Entry(msgspec.Struct):
    """One legal entry as its rows print it."""

    list: str
    heading: str
    entity: str
    row: int
    requirement: _Cell
    policy: str
    citation: str
    parent: str | None = None


def addresses(urls: Sequence[str], get: Callable[[str], bytes]) -> tuple[str, ...]:
    """The address of the newest version: the versioner wants its day, which its register of titles tells.

    `urls` are the register and the address with `{day}`. Raises LayoutChanged when the register names no day.
    """
    register, *versions = urls
    try:
        titles = msgspec.convert(from_json(get(register)), _Titles).titles
    except ValueError as error:
        raise LayoutChanged(
            f"{register}: not the register of titles ({error}). Read a local copy with --file PATH."
        ) from None
    day = next((title.up_to_date_as_of for title in titles if title.number == _TITLE), None)
    if day is None:
        raise LayoutChanged(
            f"{register}: names no day for title {_TITLE}. Read a local copy with --file PATH."
        )
    return tuple(url.replace("{day}", day.isoformat()) for url in versions)


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one version of part 744. `account` says afterwards what became of every row.

    Raises HeldBack or LayoutChanged when the file is not a whole part 744 in the known layout.
    """
    yield from numbered(_all(document, account), account)


def _all(document: Document, account: Account) -> Iterator[Listing]:
    paragraphs: dict[str, list[str]] = {}
    for element in read_records(document, "DIV5", "", _RECORDS, account):
        name = str(element.get("N") or element.tag)
        _check_part(document, element, account)
        notes = list(statuses(element))
        account.statuses += notes
        if name in COLUMNS:
            listed, columns = COLUMNS[name]
            began = _began(element)
            terms = (
                _terms_of_all(element, paragraphs.get("744.21", ()), account)
                if listed == "us_bis_meu"
                else None
            )
            entries = _entries(document, element, listed, columns, account)
            bodies = 0
            for entry in entries:
                for listing in _listings(entry, began, terms, notes, account):
                    bodies += 1
                    yield listing
            within = {
                "entries": len(entries),
                "bodies that they name beside the first": bodies - len(entries),
            }
            account.tally(f"{name}: listings", within)
        elif name in ("744.21", "744.22"):
            paragraphs[name] = [_cell(p, account).text for p in element.iter("P")]
            if name == "744.22":
                yield from _intelligence(paragraphs[name], account)
        elif element.find(".//TABLE") is not None and name not in _PROSE:
            account.not_understood[f"table in {name}"] += 1
        else:
            account.ignored[name if name in _PROSE else "sections in prose"] += 1


def _check_part(document: Document, element: Element, account: Account) -> None:
    root = element.getroottree().getroot()
    if root.get("N") != "744":
        raise LayoutChanged(
            f"{document.name}: the root is {root.get('TYPE')} {root.get('N')}, not part 744. Get the file with ?part=744."
        )
    if account.published_on is None and (day := _DAY.search(root.get("hierarchy_metadata") or "")):
        account.published_on = dt.date.fromisoformat(day[1])


def _entries(
    document: Document, supplement: Element, listed: str, columns: tuple[str, ...], account: Account
) -> list[_Entry]:
    """The legal entries of a supplement, continuation rows joined to the entry they continue."""
    headings = tuple(" ".join(cell_lines(_cell(th, account).text)) for th in supplement.iter("TH"))
    if headings != columns:
        raise LayoutChanged(
            f"{document.name}: the table of {supplement.get('N')} has the columns {', '.join(headings)}, not "
            f"{', '.join(columns)}. Nothing was loaded; the parser needs a new version."
        )
    fields = _FIELDS if len(columns) == len(_FIELDS) else ("country", "entity", "citation")
    found: list[_Entry] = []
    printed: Counter[str] = Counter()
    first_cells: Counter[str] = Counter()
    became: Counter[str] = Counter()
    heading, group, left, cited = "", None, 0, ""
    for number, tr in enumerate(supplement.iter("TR")):
        parent_tag = bare(str(tr.getparent().tag))
        printed[_ROWS.get(parent_tag, parent_tag)] += 1
        if parent_tag != "TBODY":
            account.ignored[parent_tag] += 1
            first_cells[_ROWS.get(parent_tag, parent_tag)] += tr.find("TD") is not None
            continue
        cells = [_cell(td, account) for td in tr.iterchildren("TD")]
        texts = {field: cell.text.strip() for field, cell in zip(fields, cells, strict=False)}
        texts |= {
            f"cell {place}": cell.text.strip()
            for place, cell in enumerate(cells[len(fields) :], len(fields) + 1)
        }
        row = Row(texts, number, account)
        if len(cells) < len(fields):
            account.refuse(number, f"{len(cells)} cells, not {len(fields)}", " ".join(texts.values()))
            became["refused"] += 1
            row.close()
            continue
        first_cells["destinations"] += bool(row.text("country"))
        heading = " ".join(row.text("country").split()) or heading
        entity, citation = row.text("entity"), row.text("citation")
        requirement = _Cell(row.text("requirement"), cells[2].raised if len(fields) > 3 else ())
        policy = row.text("policy")
        row.close()
        if entity == "[Reserved]" or not entity:
            account.ignored["[Reserved]" if entity else "heading"] += 1
            became["[Reserved]" if entity else "a destination alone"] += 1
        elif match := _GROUP.match(" ".join(entity.split())):
            group, left, cited = match["parent"], number_of(match["count"]) or 0, citation
            account.ignored["heading of subordinate institutions"] += 1
            became["headings of subordinate institutions"] += 1
        elif _GROUP_LINE.match(entity):
            account.ignored["heading of subordinate institutions"] += 1
            became["headings of subordinate institutions"] += 1
        elif listed == "us_bis_entity" and found and not (requirement.text or policy or citation):
            found[-1].entity += f"\n{entity}"
            account.remarks["continuation_row"] += 1
            became["that continue the entry above"] += 1
        else:
            within = group if left else None
            left = max(0, left - 1)
            found.append(
                _Entry(
                    listed,
                    heading,
                    entity,
                    number,
                    requirement,
                    policy,
                    citation or (cited if within else ""),
                    within,
                )
            )
    name = supplement.get("N")
    account.tally(f"{name}: rows printed", printed)
    account.tally(f"{name}: first cells filled below the headings", first_cells)
    account.tally(f"{name}: rows of the table", {"entries": len(found), **became})
    return found


def _listings(
    entry: _Entry,
    began: dt.date | None,
    common: tuple[str, str] | None,
    notes: Sequence[RuleStatus],
    account: Account,
) -> Iterator[Listing]:
    code = _destinations().get(entry.heading.upper())
    if code is None:
        account.refuse(entry.row, f"unknown destination {entry.heading!r}", entry.entity)
        return
    remarks: list[Remark] = []
    requirement_text, policy_text = common or _in_their_columns(entry, remarks)
    citation_text = " ".join(entry.citation.split())
    if _WEB_PAGE in citation_text:
        account.ignored[_WEB_PAGE] += 1
        citation_text = citation_text.replace(_WEB_PAGE, "")
    citations = parse_citations(citation_text)
    cited = tuple(msgspec.structs.replace(c, text=c.text.rstrip(".")) for c in citations.found)
    if citations.placeholder:
        remarks.append(Remark("placeholder_citation", "the citation is that of a public-inspection copy"))
    elif citations.unread:
        remarks.append(Remark("citation_rest", f"not read in the citation cell: {citations.unread!r}"))
    for citation in cited:
        if citation.published:
            account.saw_day(citation.published)
    valid_from, dated_by = _valid_from(cited, began)
    if dated_by == "list_date":
        remarks.append(Remark("citation_missing", "no citation is printed; dated by the supplement itself"))
    requirement, policy = _terms(entry.list, requirement_text, policy_text, remarks, account)
    footnotes = tuple(
        sorted({int(figure) for text in entry.requirement.raised for figure in re.findall(r"[1-9]", text)})
    )
    bodies = read_cell(entry.entity)
    for printed in bodies:
        body = _under(printed, entry.parent)
        party = _party(body, code)
        own = [*remarks, *(Remark("alias_count", doubt) for doubt in body.doubts), *_repairs(party)]
        own += stays(party.name, notes)
        account.remarks.update(remark.code for remark in own)
        yield Listing(
            id=f"{entry.list}:{slug(body.key)}-{code.lower()}",
            list=entry.list,
            source="us_ecfr_744",
            party=party,
            destination=code,
            license_requirement=requirement,
            license_review_policy=policy,
            footnotes=footnotes,
            citations=cited,
            valid_from=valid_from,
            dated_by=dated_by,
            ties=(*_own_ties(body), *body.ties),
            notes=(" ".join(entry.entity.split()), *body.notes),
            remarks=tuple(own),
        )


def _under(body: Body, parent: str | None) -> Body:
    """The body with its tie to the parent under whose heading its row stands."""
    if parent is None:
        return body
    tie = ListedTie("subordinate_of", parent, f"{parent}: {body.name}")
    return msgspec.structs.replace(body, ties=(tie, *body.ties))


def _in_their_columns(entry: _Entry, remarks: list[Remark]) -> tuple[str, str]:
    """Requirement and policy, put right where the publisher printed each in the other's column."""
    requirement, policy = " ".join(entry.requirement.text.split()), " ".join(entry.policy.split())
    if (
        read_requirement(requirement).scope == "unclassified"
        and read_requirement(policy).scope != "unclassified"
        and read_policy(requirement).tests
    ):
        remarks.append(Remark("columns_swapped", "requirement and policy are printed in each other's column"))
        return policy, requirement
    return requirement, policy


def _terms(
    listed: str, requirement_text: str, policy_text: str, remarks: list[Remark], account: Account
) -> tuple[LicenseRequirement | None, LicenseReviewPolicy | None]:
    if listed == "us_bis_unverified":
        return None, None
    if not requirement_text:
        remarks.append(
            Remark("requirement_empty", "the license requirement cell is empty; treated as all items")
        )
    if not policy_text:
        remarks.append(
            Remark("policy_empty", "the license review policy cell is empty; the policy is undetermined")
        )
    requirement, policy = read_requirement(requirement_text), read_policy(policy_text)
    if requirement.scope == "unclassified":
        account.unclassified[f"license_requirement: {requirement_text}"] += 1
    if not policy.tests or any(item.startswith("text:") for test in policy.tests for item in test.items):
        account.unclassified[f"license_policy: {policy_text}"] += 1
    return requirement, policy


def _terms_of_all(supplement: Element, section: Sequence[str], account: Account) -> tuple[str, str]:
    """Requirement and policy of the MEU List, which its introduction and 744.21(e) state once for every entry."""
    introduction = [_cell(p, account).text for p in supplement.iter("P")]
    requirement = _sentence(introduction, "A license is required")
    return requirement, _sentence(section, "Applications to export")


def _sentence(paragraphs: Sequence[str], beginning: str) -> str:
    """The first sentence that begins so; empty when there is none."""
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[.)]) +(?=[A-Z(])", " ".join(paragraph.split())):
            if sentence.startswith(beginning):
                return sentence
    return ""


def _valid_from(citations: Sequence[Citation], began: dt.date | None) -> tuple[dt.date | None, str | None]:
    """The day the entry began, by the rule of its first citation, else by the day printed with it.

    An entry without a citation began with its supplement at the earliest.
    """
    if rule := first_rule(citations):
        return rule.effective_on, "rule"
    if citations and citations[0].published:
        return citations[0].published, "citation"
    return (began, "list_date") if began else (None, None)


def _party(body: Body, code: str) -> Party:
    addresses = tuple(_address(text) for text in body.addresses)
    places = tuple({part.strip().lower() for address in addresses for part in address.text.split(",")})
    cell = _name_cell(body.name, places)
    names = [*cell.names]
    if not any(word.role is Role.NAME for word in parse_name(body.name).words):
        # A bare "23rd Research Institute" names nobody: with its parent it does.
        names += (
            Name(f"{tie.name} {body.name}", "alias", origin="editorial")
            for tie in body.ties
            if tie.relation == "subordinate_of"
        )
    for alias in body.aliases:
        role: NameRole = "former" if alias in body.former else "alias"
        first, *others = _name_cell(alias).names
        names += [Name(first.text, role, published=first.published), *others]
    address_only = bool(re.match(r"Address \d+$", body.name))
    return Party(
        id=f"name-{slug(body.name)}",
        kind="address" if address_only else kind_of(body.name, body.aliases),
        names=distinct_names(names),
        countries=tuple(dict.fromkeys((code, *(a.country for a in addresses if a.country)))),
        addresses=addresses,
    )


def _name_cell(name: str, places: tuple[str, ...] = ()) -> NameCell:
    return unpack_name(name, places, garbled=False)


def _repairs(party: Party) -> Iterator[Remark]:
    for name in party.names:
        if name.published and in_one_script(name.published) != name.published:
            yield Remark(
                "letters_repaired", f"{name.published!r} is printed with Cyrillic letters that look Latin"
            )


def _own_ties(body: Body) -> tuple[ListedTie, ...]:
    return _name_cell(body.name).ties


def _address(text: str) -> Address:
    """An address with its country, where its end names one; the text stays whole."""
    parts = [part.strip(" .") for part in text.split(",")]
    for part in reversed(parts[-3:]):
        bare_part = _CODE.sub("", part).strip(" .-")
        if code := country_code(bare_part) or country_code(bare_part.split(". ")[-1]):
            return Address(text=text, country=code)
    return Address(text=text)


def _intelligence(paragraphs: Sequence[str], account: Account) -> Iterator[Listing]:
    """The bodies that 744.22(f)(2) names, by heading."""
    requirement = read_requirement(_paragraph(paragraphs, "(a)") or "")
    policy = read_policy(_paragraph(paragraphs, "(e)") or "")
    since = _since()
    within = False
    for number, paragraph in enumerate(paragraphs, start=1):
        text = " ".join(paragraph.split())
        within = within or text.startswith("(2) 'Military-intelligence end user'")
        match = _NAMED.match(text)
        if not within or not match:
            continue
        row = Row({"entity": text}, number, account)
        heading, names = match["heading"], match["names"]
        row.ignore("entity")
        account.rows += 1
        if heading == "Other countries":
            continue
        code = _destinations().get(heading.upper())
        if code is None:
            account.refuse(number, f"unknown country {heading!r}", text)
            continue
        for name in _BETWEEN_BODIES.split(names):
            cell = _name_cell(re.sub(r"^The ", "", name))
            yield Listing(
                id=f"us_bis_mieu:{slug(cell.names[0].text)}-{code.lower()}",
                list="us_bis_mieu",
                source="us_ecfr_744",
                party=Party(
                    id=f"name-{slug(cell.names[0].text)}",
                    kind="government",
                    names=cell.names,
                    countries=(code,),
                ),
                destination=code,
                license_requirement=requirement,
                license_review_policy=policy,
                valid_from=since.get(heading.upper(), since["*"]),
                dated_by="rule",
                notes=(text,),
            )


def _paragraph(paragraphs: Sequence[str], mark: str) -> str | None:
    """The first paragraph that begins with a mark, its blanks folded."""
    return next((text for p in paragraphs if (text := " ".join(p.split())).startswith(mark)), None)


def _began(supplement: Element) -> dt.date | None:
    """The day of the first citation of a supplement's own source note."""
    note = supplement.find("CITA")
    citations = parse_citations(" ".join("".join(note.itertext()).split()) if note is not None else "").found
    return citations[0].published if citations else None


def _cell(element: Element, account: Account) -> _Cell:
    """The text of a cell: `<br/>` is a line break, a raised figure is taken out unless it is part of a fraction."""
    raised: list[str] = []
    parts: list[str] = []

    def walk(node: Element) -> None:
        parts.append(_flat(node.text))
        for child in node:
            tag = bare(str(child.tag))
            if tag == "br":
                parts.append("\n")
            elif tag in _RAISED and not re.match(r"\s*⁄", child.tail or "") and not _is_ordinal(child, parts):
                raised.append("".join(child.itertext()).strip())
            elif tag in _INLINE:
                walk(child)
            else:
                account.not_understood[f"{bare(str(element.tag))}/{tag}"] += 1
            parts.append(_flat(child.tail))

    walk(element)
    return _Cell(re.sub(r"[ \u00a0]+", " ", "".join(parts)).strip(), tuple(raised))


def _is_ordinal(child: Element, parts: Sequence[str]) -> bool:
    """Whether a raised text is the ending of an ordinal number (`3rd`)."""
    text = "".join(child.itertext()).strip().lower()
    return text in ("st", "nd", "rd", "th") and "".join(parts)[-1:].isdigit()


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


@cache
def _destinations() -> dict[str, str]:
    text = resources.files(__package__).joinpath("destinations.toml").read_text(encoding="utf-8")
    codes: dict[str, str] = tomllib.loads(text)["codes"]
    return codes


@cache
def _since() -> dict[str, dt.date]:
    text = resources.files(__package__).joinpath("intelligence.toml").read_text(encoding="utf-8")
    since: dict[str, dt.date] = tomllib.loads(text)["since"]
    return since
