"""Beneficial Ownership Data Standard 0.4 statements to links.

A statement that another replaces or closes no longer speaks. A statement that names its component records
describes what they describe: the components are counted, the whole is not. Interests in shares are
ownership, in votes votes alone, and every other interest is control. Without a share, any share is possible.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from ringfence.records import Identifier, Link, PartyKind, Share
from ringfence.records.link import can_be_reckoned
from ringfence.sources.links.linkset import LinkSet, party_of
from ringfence.sources.links.table import json_rows

_OWNERSHIP = frozenset(
    (
        "shareholding",
        "rightsToSurplusAssetsOnDissolution",
        "rightsToProfitOrIncome",
        "conditionalRightsGrantedByContract",
    )
)
_KINDS: dict[str, PartyKind] = {
    "registeredEntity": "company",
    "legalEntity": "company",
    "arrangement": "organization",
    "state": "government",
    "stateBody": "government",
}
_SCHEMES = {"LEI": "lei", "GB-COH": "registration"}


def read_bods(path: Path) -> LinkSet:
    """The links of a file of BODS statements: one array, or one statement a line."""
    found = LinkSet()
    latest: dict[str, tuple[str, int, int, dict[str, Any]]] = {}
    for row, statement in json_rows(path):
        record = str(statement.get("recordId") or statement.get("statementId") or row)
        order = str(statement.get("statementDate") or "")
        if record not in latest or (order, row) >= latest[record][:2]:
            latest[record] = (order, row, row, statement)
    parts = {record: _details(kept[3]).get("componentRecords") or () for record, kept in latest.items()}
    whole = {record for record, held in parts.items() if held and all(part in latest for part in held)}
    for record, (_, _, row, statement) in latest.items():
        kind, details = statement.get("recordType"), _details(statement)
        if statement.get("recordStatus") == "closed":
            continue
        if kind in ("entity", "person"):
            _party(found, record, kind, details)
        elif kind == "relationship" and record in whole:
            found.remarks.append(
                f"{path.name}, row {row:,}: {record} is told by its component records; they are counted"
            )
        elif kind == "relationship":
            _relationship(found, path.name, row, statement, details)
        else:
            found.remarks.append(
                f"{path.name}, row {row:,}, recordType: {kind!r} is not understood; it was left out"
            )
    return found


def _relationship(
    found: LinkSet, file: str, row: int, statement: dict[str, Any], details: dict[str, Any]
) -> None:
    subject, party = details.get("subject"), details.get("interestedParty")
    if not isinstance(subject, str) or not subject:
        found.remarks.append(f"{file}, row {row:,}, subject: not a record id; the statement was left out")
        return
    if not isinstance(party, str):
        reason = party.get("reason", "not said") if isinstance(party, dict) else "not said"
        found.remarks.append(
            f"{file}, row {row:,}: the interested party of {subject} is not named ({reason})"
        )
        return
    said = statement.get("source") or {}
    for number, interest in enumerate(details.get("interests") or [{}], start=1):
        kind = str(interest.get("type") or "unknownInterest")
        share = _share(found, file, row, interest.get("share"))
        relation, base = "owns", None
        if kind == "votingRights":
            base = "voting"
        elif kind not in _OWNERSHIP and kind not in ("unknownInterest", "unpublishedInterest"):
            relation, base = "controls", None
        elif (
            kind == "shareholding"
            and interest.get("directOrIndirect") == "indirect"
            and not details.get("componentRecords")
        ):
            found.remarks.append(
                f"{file}, row {row:,}: an indirect shareholding without its parts is counted as stated"
            )
        found.links.append(
            Link(
                id=f"{file}:{row}.{number}",
                subject=party,
                relation=relation,
                object=subject,
                share=share if relation == "owns" else None,
                share_base=base,
                since=_day(interest.get("startDate")),
                until=_day(interest.get("endDate")),
                asserted_by=_asserted_by(statement),
                source=f"{file}, statement {statement.get('statementId', row)}",
                source_url=said.get("url") if isinstance(said, dict) else None,
                stated_on=_day(statement.get("statementDate")),
                qualifier=f"{kind}, {interest.get('directOrIndirect', 'unknown')}",
                row=row,
            )
        )


def _party(found: LinkSet, record: str, kind: str, details: dict[str, Any]) -> None:
    names = [details.get("name")] if details.get("name") else []
    names += [name.get("fullName") if isinstance(name, dict) else name for name in details.get("names") or ()]
    names += list(details.get("alternateNames") or ())
    texts = [str(name) for name in names if name] or [record]
    place = details.get("jurisdiction") or details.get("incorporatedInJurisdiction") or {}
    nationality: dict[str, Any] = next(iter(details.get("nationalities") or ()), {})
    code = (place if isinstance(place, dict) else {}).get("code") or nationality.get("code")
    entity_type = details.get("entityType") or {}
    identifiers = [
        Identifier(
            _SCHEMES.get(str(one.get("scheme")), str(one.get("scheme") or "registration").casefold()),
            str(one["id"]),
        )
        for one in details.get("identifiers") or ()
        if isinstance(one, dict) and one.get("id")
    ]
    entity_kind = entity_type.get("type", "") if isinstance(entity_type, dict) else str(entity_type)
    found.parties[record] = party_of(
        record,
        texts[0],
        country=str(code)[:2].upper() if code else None,
        kind="person" if kind == "person" else _KINDS.get(entity_kind, "unknown"),
        identifiers=identifiers,
        aliases=texts[1:],
    )


def _share(found: LinkSet, file: str, row: int, stated: Any) -> Share | None:
    """A BODS share, in percent: exact, or bounds of which each includes its end or not."""
    if not isinstance(stated, dict):
        return None
    numbers = {key: _percent(value) for key, value in stated.items() if value is not None}
    known = {"exact", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    # Version 0.2 had exclusive bounds as true or false beside the number.
    flags = {key: value is True for key, value in stated.items() if isinstance(value, bool)}
    if (
        bad := [k for k in stated if k not in known or (numbers.get(k) is None and k not in flags)]
    ) or not stated:
        found.remarks.append(
            f"{file}, row {row:,}, share: {', '.join(map(str, bad)) or 'empty'} is not understood; taken as unknown"
        )
        return None
    exact = numbers.get("exact")
    if exact is not None:
        return Share(exact, exact)
    low, open_low = numbers.get("minimum"), flags.get("exclusiveMinimum", False)
    if low is None and (low := numbers.get("exclusiveMinimum")) is not None:
        open_low = True
    high, open_high = numbers.get("maximum"), flags.get("exclusiveMaximum", False)
    if high is None and (high := numbers.get("exclusiveMaximum")) is not None:
        open_high = True
    low, high = low or Decimal(0), Decimal(1) if high is None else high
    if low > high:
        found.remarks.append(f"{file}, row {row:,}, share: its least is more than its most; taken as unknown")
        return None
    return Share(low, high, open_low=open_low, open_high=open_high)


def _percent(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number.scaleb(-2) if can_be_reckoned(number) and 0 <= number <= 100 else None


def _details(statement: dict[str, Any]) -> dict[str, Any]:
    details = statement.get("recordDetails")
    return details if isinstance(details, dict) else {}


def _asserted_by(statement: dict[str, Any]) -> str:
    source = statement.get("source")
    names = (
        [one.get("name") for one in (source or {}).get("assertedBy") or () if isinstance(one, dict)]
        if isinstance(source, dict)
        else []
    )
    publisher = statement.get("publicationDetails") or {}
    name = (publisher.get("publisher") or {}).get("name") if isinstance(publisher, dict) else None
    return "; ".join(map(str, filter(None, [*names, name]))) or "not said"


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
