"""GLEIF's legal entities and who consolidates whom: API answers, golden copies, and the CDF files.

Consolidation in accounts is evidence of control and states no percentage. An international branch is the same
legal person as its head office. That a company reports no parent says nothing about who owns it: exceptions
are counted by reason, and make no link.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ringfence.errors import InputError
from ringfence.records import Identifier, Link
from ringfence.records.codec import from_json
from ringfence.sources.links.linkset import LinkSet, party_of
from ringfence.sources.links.markup import Tree, children, elements, text
from ringfence.sources.links.table import whole

_CONSOLIDATION = "accounting_consolidation"
_RELATIONS: dict[str, tuple[str, bool, str | None]] = {
    # type: our relation, whether the end node is the subject, the base of the share
    "IS_DIRECTLY_CONSOLIDATED_BY": ("controls", True, _CONSOLIDATION),
    "IS_ULTIMATELY_CONSOLIDATED_BY": ("controls", True, _CONSOLIDATION),
    "IS_INTERNATIONAL_BRANCH_OF": ("branch_of", False, None),
    "IS_FUND-MANAGED_BY": ("controls", True, None),
    "IS_SUBFUND_OF": ("controls", True, None),
    "IS_FEEDER_TO": ("invested_in", False, None),
}
_XML_ELEMENTS = ("LEIRecord", "RelationshipRecord", "Exception")
XML_ROOTS = frozenset(("LEIData", "RelationshipData", "ReportingExceptionData"))


def read_gleif_xml(path: Path) -> LinkSet:
    """LEI-CDF, RR-CDF or reporting exceptions in XML, record by record."""
    return _collected(path.name, elements(path, *_XML_ELEMENTS))


def read_gleif_json(path: Path) -> LinkSet:
    """An answer of the GLEIF API, or a golden copy in JSON."""
    try:
        content = from_json(whole(path))
    except ValueError as error:
        raise InputError(f"{path.name}: not complete JSON ({error}); get it again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: not an answer of GLEIF; its top must be an object")
    found = _collected(path.name, _json_records(content))
    found.remarks += _pages_missing(path.name, content)
    return found


def _pages_missing(name: str, content: dict[str, Any]) -> Iterator[str]:
    """What an answer of the API says of pages that are not in it."""
    page = {key: text(content, "meta", "pagination", key) for key in ("from", "to", "total")}
    stated = {key: int(number) for key, number in page.items() if number and number.isdecimal()}
    if len(stated) == len(page) and stated["to"] - stated["from"] + 1 < stated["total"]:
        yield (
            f"{name}: holds records {stated['from']:,} to {stated['to']:,} of {stated['total']:,}; "
            "give the files of the other pages too"
        )


def _json_records(content: dict[str, Any]) -> Iterator[tuple[str, Tree]]:
    """Records of a golden copy as they are; those of the API put into the same shape."""
    for key, kind in (
        ("records", "LEIRecord"),
        ("relations", "RelationshipRecord"),
        ("exceptions", "Exception"),
    ):
        for record in children(content, key):
            yield kind, record.get(kind, record) if isinstance(record, dict) else {}
    for answer in children(content, "data"):
        attributes = answer.get("attributes", {}) if isinstance(answer, dict) else {}
        stated = answer.get("type") if isinstance(answer, dict) else None
        if stated == "relationship-records":
            yield "RelationshipRecord", _from_api_relation(attributes)
        elif stated == "lei-records":
            yield "LEIRecord", _from_api_entity(attributes)
        elif stated == "reporting-exceptions":
            yield "Exception", {"LEI": attributes.get("lei"), "ExceptionReason": attributes.get("reason")}


def _from_api_relation(found: Tree) -> Tree:
    relation = found.get("relationship", {})
    return {
        "Relationship": {
            "StartNode": {"NodeID": text(relation, "startNode", "id")},
            "EndNode": {"NodeID": text(relation, "endNode", "id")},
            "RelationshipType": relation.get("type"),
            "RelationshipStatus": relation.get("status"),
            "RelationshipPeriods": {
                "RelationshipPeriod": [
                    {
                        "StartDate": one.get("startDate"),
                        "EndDate": one.get("endDate"),
                        "PeriodType": one.get("type"),
                    }
                    for one in children(relation, "periods")
                ]
            },
        },
        "Registration": {
            "RegistrationStatus": text(found, "registration", "status"),
            "LastUpdateDate": text(found, "registration", "lastUpdateDate"),
        },
    }


def _from_api_entity(found: Tree) -> Tree:
    entity = found.get("entity", {})
    return {
        "LEI": found.get("lei"),
        "Entity": {
            "LegalName": text(entity, "legalName", "name"),
            "OtherEntityNames": {
                "OtherEntityName": [text(one, "name") for one in children(entity, "otherNames")]
            },
            "LegalJurisdiction": entity.get("jurisdiction"),
            "LegalAddress": {"Country": text(entity, "legalAddress", "country")},
            "RegistrationAuthority": {"RegistrationAuthorityEntityID": entity.get("registeredAs")},
        },
    }


def _collected(name: str, records: Iterable[tuple[str, Tree]]) -> LinkSet:
    found = LinkSet()
    exceptions: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for number, (kind, record) in enumerate(records, start=1):
        if kind == "LEIRecord":
            _entity(found, record)
        elif kind == "RelationshipRecord":
            _relationship(found, name, number, record, other)
        else:
            exceptions[text(record, "ExceptionReason") or "no reason given"] += 1
    found.remarks += [
        f"{name}: {count:,} companies report no parent: {reason}; who owns them stays unknown"
        for reason, count in exceptions.most_common()
    ]
    found.remarks += [
        f"{name}: {count:,} relationships of kind {kind} were left out" for kind, count in other.items()
    ]
    return found


def _entity(found: LinkSet, record: Tree) -> None:
    lei, name = text(record, "LEI"), text(record, "Entity", "LegalName")
    if not lei or not name:
        found.remarks.append(f"LEI {lei or 'missing'}: a record without a legal name was left out")
        return
    others = [text(one) for one in children(record, "Entity", "OtherEntityNames", "OtherEntityName")]
    others += [
        text(one)
        for one in children(
            record, "Entity", "TransliteratedOtherEntityNames", "TransliteratedOtherEntityName"
        )
    ]
    jurisdiction = text(record, "Entity", "LegalJurisdiction") or text(
        record, "Entity", "LegalAddress", "Country"
    )
    registered = text(record, "Entity", "RegistrationAuthority", "RegistrationAuthorityEntityID")
    identifiers = [Identifier("lei", lei)]
    if registered:
        identifiers.append(Identifier("registration", registered))
    found.parties[lei] = party_of(
        lei,
        name,
        country=jurisdiction[:2].upper() if jurisdiction else None,
        kind="company",
        identifiers=identifiers,
        aliases=[other for other in others if other],
    )


def _relationship(found: LinkSet, name: str, number: int, record: Tree, other: Counter[str]) -> None:
    start, end = (text(record, "Relationship", node, "NodeID") for node in ("StartNode", "EndNode"))
    kind = text(record, "Relationship", "RelationshipType") or "not given"
    if kind not in _RELATIONS or not start or not end:
        other[kind] += 1
        return
    relation, from_end, base = _RELATIONS[kind]
    status = text(record, "Relationship", "RelationshipStatus")
    since, until = _period(record)
    if status not in ("ACTIVE", None) and until is None:
        found.remarks.append(
            f"{name}, record {number:,}: {start} {kind} {end} is {status} without an end; it was left out"
        )
        return
    registered = text(record, "Registration", "RegistrationStatus")
    found.links.append(
        Link(
            id=f"{name}:{number}",
            subject=end if from_end else start,
            relation=relation,
            object=start if from_end else end,
            share_base=base,
            since=since,
            until=until,
            asserted_by="the company, in its LEI registration",
            source=f"GLEIF, {name}, record {number:,}",
            source_url=f"https://search.gleif.org/#/record/{start}",
            stated_on=_day(text(record, "Registration", "LastUpdateDate")),
            certainty="lapsed" if registered == "LAPSED" else None,
            qualifier=kind,
            row=number,
        )
    )


def _period(record: Tree) -> tuple[dt.date | None, dt.date | None]:
    """The days of the relationship itself; accounting periods are about the accounts."""
    for period in children(record, "Relationship", "RelationshipPeriods", "RelationshipPeriod"):
        if text(period, "PeriodType") == "RELATIONSHIP_PERIOD":
            return _day(text(period, "StartDate")), _day(text(period, "EndDate"))
    return None, None


def _day(stated: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(stated[:10]) if stated else None
    except ValueError:
        return None
