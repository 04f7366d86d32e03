"""The Consolidated Screening List, CSV and JSON, into listings.

Each row is one legal object and becomes one `Listing`. The list's own pitfalls (`;`-joined fields, garbled
letters, tuple orders that changed between years, dates dragged down a spreadsheet column) are handled here
and marked on the entry; verbatim texts stay.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import (
    Address,
    Identifier,
    LicenseRequirement,
    LicenseReviewPolicy,
    ListedTie,
    Listing,
    Name,
    Party,
    PartyKind,
    Remark,
    Vessel,
    parse_citations,
    parse_day,
    parse_partial,
)
from ringfence.records.citation import Citations
from ringfence.records.codec import slug
from ringfence.records.dates import EARLIEST_LISTING
from ringfence.sources.document import Document, csv_rows, json_document
from ringfence.sources.ear.rules import first_rule
from ringfence.sources.ear.terms import read_footnotes, read_policy, read_requirement
from ringfence.sources.kinds import kind_of
from ringfence.sources.name_cells import NameCell, split_aliases, unpack_name
from ringfence.sources.ofac.terms import labels, terms
from ringfence.sources.party_parts import distinct_names, numbered
from ringfence.sources.places import country_code, distinct_codes, jurisdiction, split_addresses
from ringfence.sources.repair import repair
from ringfence.sources.row import Account, Row

COLUMNS = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice",
    "start_date", "end_date", "standard_order", "license_requirement", "license_policy", "call_sign", "vessel_type",
    "gross_tonnage", "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url",
    "alt_names", "citizenships", "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
"""The 29 columns of the CSV file, in their order since 2021."""

_JSON_ONLY = frozenset({"id", "country"})
_LISTS = {
    "Entity List (EL)": "us_bis_entity",
    "Denied Persons List (DPL)": "us_bis_denied",
    "Unverified List (UVL)": "us_bis_unverified",
    "Military End User (MEU) List": "us_bis_meu",
    "ITAR Debarred (DTC)": "us_state_debarred",
    "Nonproliferation Sanctions (ISN)": "us_state_isn",
    "Specially Designated Nationals (SDN)": "us_ofac_sdn",
    "Sectoral Sanctions Identifications List (SSI)": "us_ofac_ssi",
    "Capta List (CAP)": "us_ofac_capta",
    "Non-SDN Menu-Based Sanctions List (NS-MBS List)": "us_ofac_mbs",
    "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC)": "us_ofac_cmic",
    "Palestinian Legislative Council List (PLC)": "us_ofac_plc",
    "Foreign Sanctions Evaders (FSE)": "us_ofac_fse",
}
_KINDS: dict[str, PartyKind] = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
_WALLET = "Digital Currency Address"
_LINKED_TO = re.compile(r"\(Linked To:\s*(?P<name>.+?)\)(?=\s*(?:[.;(]|$))", re.IGNORECASE)
_SEE_ALSO = re.compile(r"\(See (?:also )?(?:alternate )?addresse?s? under ([^)]+)\)", re.IGNORECASE)
_SUPPLEMENTS = frozenset({"us_bis_entity", "us_bis_unverified", "us_bis_meu"})
"""The supplements to 15 CFR part 744, whose entries stand under the heading of a destination."""
_HEADINGS = {"HK": "CN"}
"""The supplements print Hong Kong under China since 2020-12-23 (85 FR 83765); ids keep to that throughout."""
_EARLIEST = {"us_bis_entity": dt.date(1997, 2, 3)}
"""The first Entity List was published on 3 February 1997 (62 FR 4910)."""


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in the known layout.
    """
    yield from numbered(_listings(document, account), account, settle=lambda group: _undrag(group, account))


def _listings(document: Document, account: Account) -> Iterator[Listing]:
    for row in _rows(document, account):
        listing = _listing(row, account)
        if listing is None:
            # Its fields are told by the refusal; that nobody read them is no news.
            account.rows += 1
            continue
        row.close()
        yield listing


def _rows(document: Document, account: Account) -> Iterator[Row]:
    if document.format == "json":
        body = json_document(document)
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            raise LayoutChanged(
                f"{document.name}: no `results` array. This is not the Consolidated Screening List."
            )
        total = body.get("total")
        if isinstance(total, int) and total != len(results):
            raise HeldBack(
                f"{document.name}: the file says {total:,} rows and holds {len(results):,}. It is not whole; get it again."
            )
        known = _JSON_ONLY.union(COLUMNS)
        for number, fields in enumerate(results, start=1):
            if not isinstance(fields, dict):
                account.refuse(number, "not an object", str(fields))
                continue
            if new := [field for field in fields if field not in known]:
                raise LayoutChanged(
                    f"{document.name}: row {number:,} has the new field {new[0]!r}. The parser needs a new version."
                )
            yield Row(fields, number, account)
    elif document.format == "csv":
        for number, record in csv_rows(document, COLUMNS):
            yield Row(record, number, account)
    else:
        raise HeldBack(
            f"{document.name}: this is {document.format}, not the CSV or JSON of the Consolidated Screening List. "
            f"Download it again from the publisher."
        )


def _listing(row: Row, account: Account) -> Listing | None:
    label = row.text("source").split(" - ")[0].strip()
    list_id = _LISTS.get(label)
    cell = row["name"]
    if list_id is None and label:
        raise LayoutChanged(
            f"row {row.number:,} is of the list {label!r}, which the Consolidated Screening List has not had so far. Nothing was "
            f"loaded. If the publisher added it, the parser needs a new version; an export of ringfence reads back with the "
            f"lists of the Screening List alone."
        )
    if list_id is None:
        account.refuse(row.number, f"unknown list {label!r}", str(cell or ""))
        return None
    if not isinstance(cell, str) or not cell.strip():
        account.refuse(row.number, "no name", label)
        return None
    # Row ids changed with the vintage of the file, and links are shortened differently each time.
    row.ignore("_id", "id", "country", "source_information_url")
    addresses = _addresses(row.get("addresses"), account)
    places = tuple({part.lower() for a in addresses for part in (*a.text.split(", "), a.city or "") if part})
    cells = unpack_name(cell, places)
    features = _ids(row, list_id, account)
    citations = parse_citations(row.text("federal_register_notice"))
    remarks = list(_remarks(cells, citations, addresses))
    number = row.text("entity_number")
    requirement, policy = row.text("license_requirement"), row.text("license_policy")
    start, dated_by = _valid_from(row, list_id, cells, citations, features, remarks, account)
    notes, ties = _notes(row.text("remarks"))
    names = (*cells.names, *split_aliases(row.many("alt_names")), *features.names)
    nationalities, citizenships = row.many("nationalities"), row.many("citizenships")
    countries = distinct_codes(
        (a.country for a in addresses), map(country_code, (*nationalities, *citizenships))
    )
    party = Party(
        id=f"ofac-{number}" if number else f"name-{slug(cells.names[0].text)}",
        kind=_kind(row.text("type"), cells.names[0].text),
        names=distinct_names(names),
        countries=countries,
        addresses=addresses,
        identifiers=features.identifiers,
        nationalities=nationalities,
        citizenships=citizenships,
        birth_dates=tuple(d for text in row.many("dates_of_birth") if (d := parse_partial(text))),
        birth_places=row.many("places_of_birth"),
        gender=features.gender,
        positions=row.many("title"),
        vessel=_vessel(row),
    )
    listing = Listing(
        id=f"{list_id}:{number}" if number else f"{list_id}:{_key(list_id, cell, countries)}",
        list=list_id,
        source="us_csl",
        party=party,
        programs=row.many("programs"),
        license_requirement=_requirement(list_id, requirement, remarks, account),
        license_review_policy=_policy(list_id, policy, remarks, account),
        footnotes=read_footnotes(requirement),
        citations=citations.found,
        valid_from=start,
        valid_until=parse_day(row.text("end_date")),
        dated_by=dated_by,
        standard_order={"Y": True, "N": False}.get(row.text("standard_order").upper()),
        directives=features.directives,
        ties=(*cells.ties, *ties),
        notes=(*((cells.scope,) if cells.scope else ()), *features.notes, *notes),
        remarks=tuple(remarks),
        urls=tuple(u for u in (row.text("source_list_url"),) if u),
    )
    account.remarks.update(remark.code for remark in remarks)
    return listing


def _undrag(group: list[Listing], account: Account) -> list[Listing]:
    """Undo dates that a spreadsheet counted up down a column: 28, 29, 30 June for one rule.

    Rows of one party that cite the same page first cannot have taken effect on successive days; the
    earliest day holds for all.
    """
    days = sorted(
        {listing.valid_from for listing in group if listing.valid_from and listing.dated_by == "start_date"}
    )
    if len(days) < 2 or (days[-1] - days[0]).days > 2 * len(group):
        return group
    pages = {listing.citations[0].page for listing in group if listing.citations}
    if len(pages) != 1:
        return group
    mended = []
    for listing in group:
        if listing.dated_by == "start_date" and listing.valid_from != days[0]:
            account.remarks["drag_fill"] += 1
            remark = Remark(
                "drag_fill", f"printed start date {listing.valid_from} counts up a column; {days[0]} holds"
            )
            mended.append(
                msgspec.structs.replace(listing, valid_from=days[0], remarks=(*listing.remarks, remark))
            )
        else:
            mended.append(listing)
    return mended


def _key(list_id: str, cell: str, countries: tuple[str, ...]) -> str:
    name = slug(re.sub(r"\s+", " ", repair(cell)).strip())
    if not countries:
        return name
    code = countries[0]
    if list_id in _SUPPLEMENTS:
        code = _HEADINGS.get(code, code)
    return f"{name}-{code.lower()}"


def _kind(published: str, name: str) -> PartyKind:
    return _KINDS.get(published.lower()) or kind_of(name)


def _addresses(value: Any, account: Account) -> tuple[Address, ...]:
    if isinstance(value, str):
        return split_addresses(value)
    found = []
    for part in value or ():
        parts = [part.get(key) for key in ("address", "city", "state", "postal_code", "country")]
        text = ", ".join(repair(p.strip()) for p in parts if p and p.strip())
        if not text:
            continue
        # Some countries are printed by name; one that is a region without a country stays in the text alone.
        printed = part.get("country")
        code = country_code(printed) if printed else None
        if printed and code is None:
            account.unclassified[f"country: {printed}"] += 1
        found.append(
            Address(
                text, part.get("city"), part.get("state"), part.get("postal_code"), jurisdiction(code, text)
            )
        )
    return tuple(found)


def _valid_from(
    row: Row,
    list_id: str,
    cells: NameCell,
    citations: Citations,
    features: "_Ids",
    remarks: list[Remark],
    account: Account,
) -> tuple[dt.date | None, str | None]:
    """The day the entry took effect, and what that rests on.

    A reviewed correction comes first, then the rule that the first citation belongs to, then the printed
    start date when it is possible, then a date printed in the citation.
    """
    printed = row.text("start_date")
    start = parse_day(printed)
    if start and start < _EARLIEST.get(list_id, EARLIEST_LISTING):
        remarks.append(Remark("impossible_date", f"printed start date {printed} is before the list began"))
        start = None
    if start:
        account.saw_day(start)
    corrected = _corrections().get((list_id, cells.names[0].text.casefold()))
    if corrected and (start is None or start < corrected[0]):
        remarks.append(Remark("date_corrected", f"in force from {corrected[0]}: {corrected[1]}"))
        return corrected[0], "correction"
    rule = first_rule(citations.found) if list_id == "us_bis_entity" else None
    if rule:
        if start and start != rule.effective_on and start == rule.published_on:
            remarks.append(
                Remark("start_is_publication", f"printed start date {start} is the day of publication")
            )
        # An entry that prints a later start than its first rule was added later: the citation is not its own.
        if start is None or start <= max(rule.effective_on, rule.published_on or rule.effective_on):
            return rule.effective_on, "rule"
    if features.listed_on:
        return features.listed_on, "feature"
    if start:
        return start, "start_date"
    dates = [citation.published for citation in citations.found if citation.published]
    if dates:
        return min(dates), "citation"
    return None, None


@cache
def _corrections() -> dict[tuple[str, str], tuple[dt.date, str]]:
    text = resources.files(__package__).joinpath("corrections.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        (row["list"], row["name"].casefold()): (dt.date.fromisoformat(row["valid_from"]), row["reason"])
        for row in rows
    }


class _Ids(msgspec.Struct, frozen=True):
    identifiers: tuple[Identifier, ...] = ()
    names: tuple[Name, ...] = ()
    directives: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gender: str | None = None
    listed_on: dt.date | None = None


def _ids(row: Row, list_id: str, account: Account) -> _Ids:
    """Identifiers and the features that the same field carries, told apart by the labels of OFAC."""
    table = terms()
    identifiers: list[Identifier] = []
    names: list[Name] = []
    directives: list[str] = []
    notes: list[str] = []
    gender = None
    listed_on = None
    for label, value, country in _tuples(row):
        text = f"{label}: {value}" if value else label
        role = table.facts.get(label)
        if role == "gender":
            gender = value.lower() or None
        elif role == "name":
            names.append(Name(value, "alias"))
        elif label in table.measures.labels:
            directives.append(text)
            if table.listed_on.get(label) == list_id and (day := parse_partial(value)):
                listed_on = day.first
        elif role or label in table.notes.labels:
            notes.append(text)
        elif label.startswith(_WALLET):
            identifiers.append(Identifier("wallet", value, label=label))
        else:
            if label not in table.schemes:
                account.unclassified[f"ids: {label}"] += 1
            identifiers.append(Identifier(table.schemes.get(label, "other"), value, country, label))
    return _Ids(tuple(identifiers), tuple(names), tuple(directives), tuple(notes), gender, listed_on)


def _tuples(row: Row) -> Iterator[tuple[str, str, str | None]]:
    """The (label, value, country) tuples of `ids`, in either order of the CSV and in JSON."""
    value = row.get("ids")
    if isinstance(value, str):
        for part in value.split("; "):
            if part.strip():
                yield _untangle(part.strip().split(", "))
    else:
        for item in value or ():
            number = str(item.get("number") or "")
            dates = [
                f"{key.split('_')[0]}d {item[key]}"
                for key in ("issue_date", "expiration_date")
                if item.get(key)
            ]
            yield str(item.get("type") or "other"), ", ".join((number, *dates)), item.get("country")


def _untangle(parts: list[str]) -> tuple[str, str, str | None]:
    """2022 prints `CN, 9133..., USCC`; 2023 `USCC, 9133..., CN`. Values hold commas themselves."""
    if len(parts) == 1:
        return "", parts[0], None
    last_first = _known(parts[-1]) or not _known(parts[0])
    label, rest = (parts[-1], parts[:-1]) if last_first else (parts[0], parts[1:])
    place = 0 if last_first else -1
    country = rest.pop(place) if len(rest) > 1 and re.fullmatch(r"[A-Z]{2}", rest[place]) else None
    return label, ", ".join(rest), country


def _known(label: str) -> bool:
    """Whether OFAC prints this label; those of digital currencies share a stem."""
    return label in labels() or label.startswith(_WALLET)


def _notes(text: str) -> tuple[tuple[str, ...], tuple[ListedTie, ...]]:
    ties = [ListedTie("linked_to", match["name"].strip(), match[0]) for match in _LINKED_TO.finditer(text)]
    ties += [ListedTie("see_also", match[1].strip(), match[0]) for match in _SEE_ALSO.finditer(text)]
    return ((text,) if text else ()), tuple(ties)


def _vessel(row: Row) -> Vessel | None:
    fields = {
        "call_sign": row.text("call_sign"),
        "type": row.text("vessel_type"),
        "flag": row.text("vessel_flag"),
        "owner": row.text("vessel_owner"),
        "gross_tonnage": row.text("gross_tonnage"),
        "gross_registered_tonnage": row.text("gross_registered_tonnage"),
    }
    return Vessel(**{key: value or None for key, value in fields.items()}) if any(fields.values()) else None


def _requirement(
    list_id: str, text: str, remarks: list[Remark], account: Account
) -> LicenseRequirement | None:
    if not text:
        if list_id != "us_bis_entity":
            return None
        remarks.append(
            Remark("requirement_empty", "the license requirement cell is empty; treated as all items")
        )
    requirement = read_requirement(text)
    if requirement.scope == "unclassified":
        account.unclassified[f"license_requirement: {text}"] += 1
    return requirement


def _policy(list_id: str, text: str, remarks: list[Remark], account: Account) -> LicenseReviewPolicy | None:
    if not text:
        if list_id != "us_bis_entity":
            return None
        remarks.append(
            Remark("policy_empty", "the license review policy cell is empty; the policy is undetermined")
        )
    policy = read_policy(text)
    if not policy.tests or any(item.startswith("text:") for test in policy.tests for item in test.items):
        account.unclassified[f"license_policy: {text}"] += 1
    return policy


def _remarks(cells: NameCell, citations: Citations, addresses: Iterable[Address]) -> Iterator[Remark]:
    name = cells.names[0]
    if "?" in name.text:
        yield Remark("lost_letter", f"`?` in {name.text!r} stands for a letter lost in publication")
    if name.published and repair(name.published) != name.published:
        yield Remark("letters_repaired", f"published as {name.published.strip()!r}")
    if any(address.published and repair(address.published) != address.published for address in addresses):
        yield Remark("letters_repaired", "an address was published with garbled letters")
    if citations.placeholder:
        yield Remark("placeholder_citation", "the citation is that of a public-inspection copy")
    elif citations.unread:
        yield Remark("citation_rest", f"not read in the citation cell: {citations.unread!r}")
