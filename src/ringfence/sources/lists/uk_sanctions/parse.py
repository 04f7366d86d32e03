"""The UK Sanctions List, CSV or XML, into listings.

One party is everything under one Unique ID: in the CSV a row for each combination of name and address, in the
XML one element. Columns and elements are known by their names; a name that is not known holds the release back, and so do
columns in another order than in the release before.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

import msgspec

from ringfence.errors import LayoutChanged
from ringfence.records import (
    Address,
    Identifier,
    ListedTie,
    Listing,
    Name,
    NameRole,
    PartyKind,
    Remark,
    Vessel,
    parse_day,
)
from ringfence.sources.document import Document, table_rows
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    full_name,
    identifier,
    party_of,
    unbracketed,
)
from ringfence.sources.places import address, country_codes, distinct_codes, joined, tidy
from ringfence.sources.row import Account
from ringfence.sources.uk_tables import below_first_line, uk_date, uk_day
from ringfence.sources.xml_records import Element, Vocabulary, bare, read_records

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_SEVERAL = re.compile(r"\s*[|\n]\s*")
_DATES = re.compile(r"\s*[|\n;,]\s*")
_KINDS: dict[str, PartyKind] = {
    "individual": "person",
    "entity": "organization",
    "ship": "vessel",
    "vessel": "vessel",
}
_INDICATORS = "SanctionsImposedIndicators"


class _Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read: frozenset[str]
    ignored: frozenset[str]
    needed: tuple[str, ...]
    same: dict[str, str]

    def key(self, printed: str) -> str:
        """The one name of a field, however a format prints it."""
        letters = _NOT_LETTERS.sub("", printed.casefold())
        return self.same.get(letters, letters)


class _Part(dict[str, str]):
    """Fields that stand together: a row of the CSV, or a name, an address, a document of the XML."""

    def texts(self, *fields: str) -> tuple[str, ...]:
        return tuple(self.get(field, "") for field in fields)


class _Leaves(Vocabulary):
    """Accounts for elements that hold text by their own name, in whatever they are wrapped."""

    def __init__(self) -> None:
        super().__init__("")

    def account(self, record: Element, account: Account) -> None:
        for element in record.iter("*"):
            element.tag = bare(str(element.tag))
        for element in record.iter("*"):
            key = _fields().key(str(element.tag))
            if len(element) or not (element.text or "").strip() or _is_indicator(element):
                continue
            account.filled[key] += 1
            _note(key, account)


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in a known layout.
    """
    entries = Entries(document.name, account)
    groups = _from_xml(document, account) if document.format == "xml" else _from_csv(document, account)
    for number, (key, parts) in enumerate(groups, start=1):
        listing = _listing(key, parts) if key else None
        if listing is None:
            account.refuse(number, "no Unique ID" if not key else "no name", key)
        else:
            yield entries.add(listing)


def _from_csv(document: Document, account: Account) -> Iterator[tuple[str, list[_Part]]]:
    first, records = below_first_line(document, document.text(), account)
    header = tuple(cell.strip() for cell in first)
    fields = _fields()
    keys = [fields.key(column) for column in header]
    if missing := [field for field in fields.needed if field not in keys]:
        raise LayoutChanged(
            f"{document.name}: line 2 has no column for {', '.join(missing)}. This is not the UK Sanctions List, or its "
            f"layout has changed and the parser needs a new version."
        )
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise LayoutChanged(
            f"{document.name}: the column {twice[0]!r} stands in line 2 twice. Nothing was loaded."
        )
    account.columns = tuple(keys)
    groups: dict[str, list[_Part]] = {}
    for _, record in table_rows(document.name, records, header):
        part = _Part(
            {key: text for key, text in zip(keys, map(str.strip, record.values()), strict=True) if text}
        )
        account.rows += 1
        account.filled.update(part.keys())
        for key in part:
            _note(key, account)
        groups.setdefault(part.get("uniqueid", ""), []).append(part)
    yield from groups.items()


def _from_xml(document: Document, account: Account) -> Iterator[tuple[str, list[_Part]]]:
    leaves = _Leaves()
    records = read_records(
        document, "Designations", "", {"Designation": leaves, "DateGenerated": leaves}, account
    )
    for record in records:
        designation = _designation(record, account)
        if designation:
            account.rows += 1
            yield next((part["uniqueid"] for part in designation if "uniqueid" in part), ""), designation


def _designation(record: Element, account: Account) -> list[_Part]:
    """The parts of one designation; none for the element that says when the file was made."""
    if record.tag == "DateGenerated":
        account.published_on = parse_day((record.text or "").strip()[:10], day_first=True)
        return []
    return [_part(element) for element in record.iter("*") if len(element)]


def _part(element: Element) -> _Part:
    """The texts directly below an element; one that is printed several times is joined by `|`."""
    found = _Part()
    for child in element:
        text = (child.text or "").strip()
        if text and not len(child) and not _is_indicator(child):
            key = _fields().key(str(child.tag))
            found[key] = f"{found[key]}|{text}" if key in found else text
    return found


def _is_indicator(element: Element) -> bool:
    """Whether an element says again, as true or false, what SanctionsImposed lists."""
    parent = element.getparent()
    return parent is not None and parent.tag == _INDICATORS


def _note(key: str, account: Account) -> None:
    if key in _fields().ignored:
        account.ignored[key] += 1
    elif key not in _fields().read:
        account.not_understood[key] += 1


def _listing(key: str, parts: list[_Part]) -> Listing | None:
    names = distinct_names(unbracketed(_names(parts)))
    if not names:
        return None
    remarks: list[Remark] = []
    kind = _KINDS.get(next(iter(_each(parts, "kind")), "").casefold(), "unknown")
    addresses = tuple(dict.fromkeys(found for part in parts if (found := _address(part))))
    nationalities = distinct_codes(*(country_codes(text) for text in _each(parts, "nationality")))
    flags = distinct_codes(*(country_codes(text) for text in _each(parts, "currentbelievedflagofship")))
    birth_dates = []
    for text in _each(parts, "dob", _DATES):
        if born := uk_date(text):
            birth_dates.append(born)
        else:
            remarks.append(Remark("birth_date_not_read", f"date of birth as printed: {text}"))
    days = [day for text in _each(parts, "datedesignated") if (day := uk_day(text))]
    return Listing(
        id=f"uk_sanctions:{key}",
        list="uk_sanctions",
        source="uk_sanctions",
        party=party_of(
            "uk_sanctions",
            key,
            kind=kind,
            names=names,
            addresses=addresses,
            said=_each(parts, "typeofentity"),
            flags=flags,
            identifiers=tuple(dict.fromkeys(_identifiers(parts))),
            nationalities=nationalities,
            birth_dates=tuple(birth_dates),
            birth_places=tuple(
                dict.fromkeys(
                    place for part in parts if (place := joined(*part.texts("townofbirth", "countryofbirth")))
                )
            ),
            gender=next(iter(_each(parts, "gender")), "").lower() or None,
            positions=(*_each(parts, "title"), *_each(parts, "position")),
            vessel=_vessel(parts) if kind == "vessel" else None,
        ),
        programs=_each(parts, "regimename"),
        valid_from=min(days, default=None),
        dated_by="publisher" if days else None,
        directives=_each(parts, "sanctionsimposed"),
        ties=(*_ties(parts, "parentcompany", "subsidiary_of"), *_ties(parts, "subsidiary", "parent_of")),
        notes=tuple(_notes(parts)),
        remarks=tuple(remarks),
    )


def _each(parts: Iterable[_Part], field: str, separator: re.Pattern[str] = _SEVERAL) -> tuple[str, ...]:
    """Every distinct value of a field, in its order; one cell may hold several."""
    texts = (tidy(text) for part in parts for text in separator.split(part.get(field, "")))
    return tuple(dict.fromkeys(text for text in texts if text))


def _prose(parts: Iterable[_Part], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts if (text := tidy(part.get(field, "")))))


def _names(parts: list[_Part]) -> Iterator[Name]:
    """Primary names first. Name 1 to 5 are given names, Name 6 the family name or the name of a body."""
    named = [part for part in parts if any(part.texts("name1", "name6"))]
    for part in sorted(named, key=lambda part: part.get("nametype", "").casefold() != "primary name"):
        role: NameRole = "primary" if part.get("nametype", "").casefold() == "primary name" else "alias"
        weak = "low" in part.get("aliasstrength", "").casefold()
        yield Name(
            full_name(*part.texts("name1", "name2", "name3", "name4", "name5", "name6")), role, weak=weak
        )
    for text in _each(parts, "namenonlatinscript"):
        yield Name(text, "alias")


def _address(part: _Part) -> Address | None:
    return address(
        *part.texts(*(f"addressline{line}" for line in range(1, 7))),
        postal_code=part.get("addresspostalcode"),
        country=part.get("addresscountry"),
    )


def _identifiers(parts: list[_Part]) -> Iterator[Identifier]:
    for scheme, label, field in (
        ("un", "UN reference number", "unreferencenumber"),
        ("ofsi", "OFSI Group ID", "ofsigroupid"),
        ("imo", "IMO number", "imonumber"),
        ("hull", "Hull identification number", "hullidentificationnumber"),
        ("registration", "Business registration number", "businessregistrationnumber"),
        ("phone", "Phone number", "phonenumber"),
        ("email", "Email address", "emailaddress"),
        ("website", "Website", "website"),
    ):
        for value in _each(parts, field):
            yield Identifier(scheme, value, label=label)
    for part in parts:
        for label, number, about in (
            ("Passport", *part.texts("passportnumber", "passportadditionalinformation")),
            (
                "National identifier",
                *part.texts("nationalidentifiernumber", "nationalidentifieradditionalinformation"),
            ),
        ):
            for value in filter(None, map(tidy, _SEVERAL.split(number))):
                countries = country_codes(about.split(".")[0])
                yield identifier(label, value, countries[0] if countries else None)


def _vessel(parts: list[_Part]) -> Vessel:
    said = {
        name: ", ".join(_each(parts, field)) or None
        for name, field in (
            ("type", "typeofship"),
            ("flag", "currentbelievedflagofship"),
            ("owner", "currentowneroperator"),
            ("gross_tonnage", "tonnageofship"),
        )
    }
    return Vessel(**said)


def _ties(parts: list[_Part], field: str, relation: str) -> Iterator[ListedTie]:
    """Parents and subsidiaries are free text; only the publisher's own separator divides it."""
    for text in _each(parts, field):
        yield ListedTie(relation, text)


def _notes(parts: list[_Part]) -> Iterator[str]:
    yield from _prose(parts, "otherinformation")
    for said, field in (
        ("Statement of reasons", "ukstatementofreasons"),
        ("Designated by", "designationsource"),
        ("Type of entity", "typeofentity"),
        ("Passport", "passportadditionalinformation"),
        ("National identifier", "nationalidentifieradditionalinformation"),
        ("Former owner or operator", "previousowneroperator"),
        ("Former flag", "previousflag"),
        ("Length of ship", "lengthofship"),
        ("Year built", "yearbuilt"),
    ):
        for text in _prose(parts, field):
            yield f"{said}: {text}"
    for text in _each(parts, "lastupdated"):
        yield f"Last updated on {uk_day(text) or text}."


@cache
def _fields() -> _Fields:
    text = resources.files(__package__).joinpath("fields.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Fields)
