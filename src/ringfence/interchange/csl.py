"""Listings in the 29 columns of the Consolidated Screening List, as its own reader reads them back.

What that list joins in one cell is joined here the way it does, from the text as published where it was
kept. Listings of other publications are written as that list would print them: country codes at the end of
addresses, identifiers as tuples.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import BinaryIO

from ringfence.records import Address, LegalList, Listing, Name
from ringfence.sources.name_cells import unpack_name
from ringfence.sources.ofac.terms import terms
from ringfence.sources.registry import sources

COLUMNS = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage", "vessel_flag",
    "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships", "dates_of_birth", "nationalities",
    "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
"""The columns in the order of the publisher's file."""

_AGENCIES = {
    "us_bis_": "Bureau of Industry and Security",
    "us_ofac_": "Treasury Department",
    "us_state_": "State Department",
}
_TYPES = {"person": "Individual", "organization": "Entity", "vessel": "Vessel", "aircraft": "Aircraft"}
_REST = re.compile(r"^not read in the citation cell: '(.*)'$")
_PRINTED_START = re.compile(r"^printed start date (\S+) ")


def write_csl(listings: Iterable[Listing], legal: Mapping[str, LegalList], out: BinaryIO) -> int:
    """Write some listings as CSV in UTF-8, one a row; the number of rows written.

    A list that the Consolidated Screening List does not carry is written under its own title, so that nothing
    is passed off as something else. Entries in doubt are left out: these columns cannot say it, and whoever reads
    them takes every row as in force.
    """
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for listing in listings:
        if listing.in_doubt:
            continue
        writer.writerow(_row(listing, legal[listing.list]))
        count += 1
    text.detach()
    return count


def _row(listing: Listing, legal: LegalList) -> dict[str, str]:
    party, vessel = listing.party, listing.party.vessel
    cell = party.names[0].published or party.names[0].text
    inside = unpack_name(cell, _places(party.addresses))
    within = {name.text.casefold() for name in inside.names}
    ids, remarks = _ids_and_remarks(listing, inside.scope)
    if listing.reservation:
        remarks.append(listing.reservation.text)
    number = party.id.removeprefix("ofac-") if party.id.startswith("ofac-") else ""
    requirement, policy = listing.license_requirement, listing.license_review_policy
    order = listing.standard_order
    return {
        "_id": listing.id,
        "source": f"{_labels().get(listing.list, legal.title)} - {_agency(listing.list) or legal.authority}",
        "entity_number": number,
        "type": _TYPES.get(party.kind, "") if number else "",
        "programs": "; ".join(listing.programs),
        "name": cell,
        "title": "; ".join(party.positions),
        "addresses": "; ".join(map(_address, party.addresses)),
        "federal_register_notice": "; ".join(
            citation.text or str(citation) for citation in listing.citations
        ),
        "start_date": _start(listing),
        "end_date": str(listing.valid_until or ""),
        "standard_order": "" if order is None else "Y" if order else "N",
        "license_requirement": requirement.text if requirement else "",
        "license_policy": policy.text if policy else "",
        "call_sign": (vessel and vessel.call_sign) or "",
        "vessel_type": (vessel and vessel.type) or "",
        "gross_tonnage": (vessel and vessel.gross_tonnage) or "",
        "gross_registered_tonnage": (vessel and vessel.gross_registered_tonnage) or "",
        "vessel_flag": (vessel and vessel.flag) or "",
        "vessel_owner": (vessel and vessel.owner) or "",
        "remarks": "; ".join(remarks),
        "source_list_url": next(iter(listing.urls), ""),
        "alt_names": "; ".join(
            _alias(name) for name in party.names[1:] if name.text.casefold() not in within
        ),
        "citizenships": "; ".join(party.citizenships),
        "dates_of_birth": "; ".join(date.published for date in party.birth_dates),
        "nationalities": "; ".join(party.nationalities),
        "places_of_birth": "; ".join(party.birth_places),
        "source_information_url": "",
        "ids": "; ".join(ids),
    }


def _agency(list_id: str) -> str | None:
    """Whom the publisher's file names as keeping a list that it carries."""
    return next((name for prefix, name in _AGENCIES.items() if list_id.startswith(prefix)), None)


@cache
def _labels() -> dict[str, str]:
    """What the publisher's file calls each list."""
    return {feed.list: feed.label for feed in sources()["us_csl"].feeds}


@cache
def _note_labels() -> frozenset[str]:
    """The labels of the `ids` column that are read as notes rather than identifiers."""
    facts = {label for label, role in terms().facts.items() if role not in ("gender", "name")}
    return frozenset(facts.union(terms().notes.labels))


def _alias(name: Name) -> str:
    if name.published:
        return name.published
    return f"f.k.a. {name.text}" if name.role == "former" else name.text


def _address(address: Address) -> str:
    """An address as published; with the code of its country at the end where its own text has none."""
    text = address.published or address.text
    if address.country and len(address.country) == 2 and not re.search(r"(?:^|,\s*)[A-Z]{2}$", text):
        return f"{text}, {address.country}"
    return text


def _start(listing: Listing) -> str:
    """The start as it was printed: what was set aside for a better day still stands in the remarks."""
    for remark in listing.remarks:
        if match := _PRINTED_START.match(remark.text):
            return match[1]
    if listing.valid_from and listing.dated_by in {"start_date", "rule", "list_date"}:
        return listing.valid_from.isoformat()
    return ""


def _places(addresses: Iterable[Address]) -> tuple[str, ...]:
    """The places of an entry's addresses, which a name may repeat at its end."""
    parts = (part for one in addresses for part in (*one.text.split(", "), one.city or ""))
    return tuple({part.lower() for part in parts if part})


def _citations(listing: Listing) -> str:
    """The citations as printed, after what else the cell held."""
    rests = (match[1] for remark in listing.remarks if (match := _REST.search(remark.text)))
    printed = "; ".join(citation.text or str(citation) for citation in listing.citations)
    return " ".join((*rests, printed)).strip()


def _ids_and_remarks(listing: Listing, scope: str | None) -> tuple[list[str], list[str]]:
    """The tuples of the `ids` column, and the notes that belong to the remarks."""
    ids = [
        ", ".join(part for part in (one.country, one.value, one.label or one.scheme) if part)
        for one in listing.party.identifiers
    ]
    remarks = []
    if listing.party.gender:
        ids.append(f"{listing.party.gender.capitalize()}, Gender")
    for text in listing.directives:
        label, _, value = text.partition(": ")
        ids.append(f"{value}, {label}" if value else label)
    for note in listing.notes:
        label, _, value = note.partition(": ")
        if label in _note_labels():
            ids.append(f"{value}, {label}" if value else label)
        elif note != scope:
            remarks.append(note)
    return ids, remarks
