"""The four layouts of the EU file, each taken apart into the same parts of an entity.

XML 1.1 and 1.0 have an element for each part; both CSV layouts have a row for each part of an entity, or for
a combination of parts. Fields that nobody knows by name are reported; what they say is never guessed.
"""

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

import msgspec

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import parse_day
from ringfence.sources.document import Document, peeked, table_rows
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, bare, read_records, root_of

Part = dict[str, str]
"""The filled fields of one part (a name, an address, a regulation ...), by their names in lower case."""

OLD_COLUMNS = (
    "Date_file", "Entity_logical_id", "Subject_type", "Leba_numtitle", "Leba_publication_date", "Leba_url", "Programme",
    "Entity_remark", "Naal_logical_id", "Entity_logical_id", "Naal_leba_numtitle", "Naal_leba_publication_date",
    "Naal_leba_url", "Naal_programme", "Naal_lastname", "Naal_firstname", "Naal_middlename", "Naal_wholename",
    "Naal_gender", "Naal_title", "Naal_function", "Naal_language", "Addr_logical_id", "Entity_logical_id",
    "Addr_leba_numtitle", "Addr_leba_publication_date", "Addr_leba_url", "Addr_programme", "Addr_number", "Addr_street",
    "Addr_zipcode", "Addr_city", "Addr_country", "Addr_other", "Birt_logical_id", "Entity_logical_id",
    "Birt_leba_numtitle", "Birt_leba_publication_date", "Birt_leba_url", "Birt_programme", "Birt_date", "Birt_place",
    "Birt_country", "Iden_logical_id", "Entity_logical_id", "Iden_leba_numtitle", "Iden_leba_publication_date",
    "Iden_leba_url", "Iden_programme", "Iden_number", "Iden_country", "Citi_logical_id", "Entity_logical_id",
    "Citi_leba_numtitle", "Citi_leba_publication_date", "Citi_leba_url", "Citi_programme", "Citi_country", "EU_ref_num",
)  # fmt: skip
"""The 59 columns of the CSV file until 2018; one name stands six times."""

_ENTITY_FIELDS = {
    "Subject_type": ("subject", "classificationcode"),
    "Leba_numtitle": ("regulation", "numbertitle"),
    "Leba_publication_date": ("regulation", "publicationdate"),
    "Leba_url": ("regulation", "publicationurl"),
    "Programme": ("regulation", "programme"),
    "Entity_remark": ("remark", "remark"),
    "EU_ref_num": ("entity", "eureferencenumber"),
}
_OLD_IGNORED = re.compile(r"^\w{4}_(?:logical_id|leba_\w+|programme)$|^Entity_logical_id\d*$")
_NEW_IGNORED = re.compile(r"_(?:LogicalId|RegulationLanguage|AsAtListingTime|Regulation_\w+)$", re.IGNORECASE)
_ACT_DAY = re.compile(r"_(?:leba_publication_date|Regulation_PublicationDate)$")
_ENTITY_OWN = re.compile(r"^Entity_(?:(?P<part>Regulation|SubjectType)_?)?(?P<field>\w*)$", re.IGNORECASE)
_DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}")


class Entity(msgspec.Struct):
    """One entity taken apart: `parts` by kind (`entity`, `name`, `address`, ...), in the order of the file."""

    key: str
    parts: dict[str, list[Part]] = {}

    def add(self, kind: str, part: Part) -> None:
        """Keep a part that says something and was not kept before."""
        if part and part not in (kept := self.parts.setdefault(kind, [])):
            kept.append(part)

    def each(self, kind: str) -> list[Part]:
        """The parts of one kind."""
        return self.parts.get(kind, [])

    def all(self, kind: str, field: str) -> tuple[str, ...]:
        """Every distinct value of a field, in order."""
        return tuple(dict.fromkeys(part[field] for part in self.each(kind) if field in part))


def entities(document: Document, account: Account) -> Iterator[Entity]:
    """The entities of a release in any of its layouts.

    Raises HeldBack or LayoutChanged when it is in none of them, or damaged.
    """
    if document.format == "xml" and not document.parts:
        root = root_of(document)
        yield from _from_xml(document, root, account)
    elif document.format in ("csv", "text") and not document.parts:
        yield from _from_csv(document, account)
    else:
        raise HeldBack(
            f"{document.name}: this is {document.format}, not the XML or CSV of the EU list. Download it again from the "
            f"publisher."
        )


class _Stripped(Vocabulary):
    """Takes namespaces off; the fields are accounted for where they are read."""

    def __init__(self) -> None:
        super().__init__("")

    def account(self, record: Element, account: Account) -> None:  # noqa: ARG002 - the fields are counted elsewhere
        for element in record.iter("*"):
            element.tag = bare(str(element.tag))


def _from_xml(document: Document, root: str, account: Account) -> Iterator[Entity]:
    record_tag = {"export": "sanctionEntity", "WHOLE": "ENTITY"}.get(root)
    if record_tag is None:
        raise LayoutChanged(
            f"{document.name}: the root element is {root!r}, not 'export' or 'WHOLE'. This is another file, or the publisher "
            f"has changed the layout and the parser needs a new version."
        )
    for record in read_records(document, root, "", {record_tag: _Stripped()}, account):
        yield _xml_entity(record, account)


def _xml_entity(record: Element, account: Account) -> Entity:
    if account.published_on is None:
        whole = record.getroottree().getroot()
        account.published_on = _day(whole.get("generationDate") or whole.get("Date") or "")
    account.rows += 1
    attributes = {name.lower(): text for name, text in record.attrib.items()}
    found = Entity(attributes.get("logicalid") or attributes.get("id") or "")
    found.add("act", _act(attributes.pop("reg_date", "")))
    own = _noted("entity", attributes, account)
    found.add("entity", own)
    for child in record.iterchildren("*"):
        tag = str(child.tag).lower()
        kind = _fields().kinds.get(tag)
        if kind is None:
            if len(child) or child.attrib or (child.text or "").strip():
                account.not_understood[tag] += 1
            continue
        part = {name.lower(): text for name, text in child.attrib.items()}
        if kind == "remark":
            part["remark"] = child.text or ""
        found.add("act", _act(part.pop("reg_date", "")))
        for inner in child.iterchildren("*"):
            name = str(inner.tag).lower()
            if name == "regulationsummary":
                found.add("act", _act(inner.get("publicationDate", "")))
                continue
            text = f"{inner.get('key')}: {inner.get('value')}" if name == "contactinfo" else inner.text or ""
            part[name] = f"{part[name]}\n{text}" if part.get(name) else text
        found.add(kind, _noted(kind, part, account))
    return found


def _from_csv(document: Document, account: Account) -> Iterator[Entity]:
    reader = csv.reader(io.StringIO(_text(document), newline=""), delimiter=";", strict=True)
    first, records = peeked(document.name, reader)
    header = tuple(cell.strip() for cell in first)
    old = header[1:2] == ("Entity_logical_id",)
    columns = tuple(_numbered(OLD_COLUMNS)) if old else header
    if old:
        records = (_numbered(row) if row[1:2] == ["Entity_logical_id"] else row for row in records)
    elif missing := [name for name in ("Entity_LogicalId", "NameAlias_WholeName") if name not in columns]:
        raise LayoutChanged(
            f"{document.name}: the header has no column {missing[0]}. This is not the CSV of the EU list, or its layout "
            f"has changed and the parser needs a new version."
        )
    account.columns = columns
    found: dict[str, Entity] = {}
    for number, row in table_rows(document.name, records, columns):
        account.rows += 1
        if account.published_on is None:
            account.published_on = _day(next(iter(row.values())))
        key = row["Entity_logical_id" if old else "Entity_LogicalId"].strip()
        if not key:
            account.refuse(number, "no logical id", " ".join(filter(None, row.values())))
            continue
        entity = found.setdefault(key, Entity(key))
        for kind, part in _csv_parts(row, account, old=old).items():
            entity.add(kind, part if kind == "act" else _noted(kind, part, account))
        entity.add("entity", {"logicalid": key})
    yield from found.values()


def _csv_parts(row: dict[str, str], account: Account, *, old: bool) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for column, cell in list(row.items())[1:]:
        text = cell.strip()
        if not text:
            continue
        if not column.startswith(("Entity_", "Leba_")) and _ACT_DAY.search(column):
            parts["act"] = _act(text)
            continue
        if (_OLD_IGNORED if old else _NEW_IGNORED).search(column) and not column.startswith(
            "Entity_Regulation_"
        ):
            account.ignored[column] += 1
            continue
        if old and column in _ENTITY_FIELDS:
            kind, field = _ENTITY_FIELDS[column]
        elif not old and (own := _ENTITY_OWN.fullmatch(column)):
            kind = {"regulation": "regulation", "subjecttype": "subject"}.get(
                (own["part"] or "").lower(), "entity"
            )
            kind = "remark" if own["field"].lower() == "remark" else kind
            field = own["field"].lower().replace("_", "") or "code"
        else:
            prefix, _, field = column.lower().partition("_")
            kind = _fields().kinds.get(prefix, "")
        if kind:
            parts.setdefault(kind, {})[field] = text
        else:
            account.not_understood[column] += 1
    return parts


def _act(day: str) -> Part:
    """The day of the act that one value of an entity rests on."""
    return {"publicationdate": day.strip()} if day.strip() else {}


def _noted(kind: str, part: Part, account: Account) -> Part:
    """The filled fields of a part that are read; the others are counted as ignored or reported."""
    fields = _fields()
    kept: Part = {}
    for name, text in part.items():
        if not (said := text.strip()):
            continue
        if name in fields.ignored[kind]:
            account.ignored[f"{kind}/{name}"] += 1
        elif name in fields.read[kind]:
            kept[name] = said
        else:
            account.not_understood[f"{kind}/{name}"] += 1
    return kept


def _text(document: Document) -> str:
    """UTF-8 since version 1.1, Windows-1252 before.

    Copies of the old file that went through a spreadsheet have each line in quotes, and a tab where a
    comma was; they are put back.
    """
    try:
        text = document.text()
    except HeldBack:
        text = document.text("cp1252")
    if not text.startswith('"Date_file'):
        return text
    lines = (next(csv.reader([line])) for line in text.splitlines())
    return "\n".join("".join(cells[:1]).rstrip("\t").replace("\t", ",") for cells in lines)


def _numbered(columns: Sequence[str]) -> list[str]:
    """Columns of the old file with their places beside the name that stands six times."""
    return [
        f"{name}{place}"
        if name == "Entity_logical_id" and place > 1
        else name.replace("Date_filexxxx", "Date_file")
        for place, name in enumerate(columns)
    ]


def _day(text: str) -> dt.date | None:
    match = _DAY.search(text)
    return parse_day(match[0], day_first=True) if match else None


class _Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parts: dict[str, tuple[str, ...]]
    read: dict[str, frozenset[str]]
    ignored: dict[str, frozenset[str]]

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of part that each printed name opens."""
        return _kinds()


@cache
def _fields() -> _Fields:
    text = resources.files(__package__).joinpath("fields.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Fields)


@cache
def _kinds() -> dict[str, str]:
    return {name: kind for kind, names in _fields().parts.items() for name in names}
