"""FollowTheMoney entities to links: Ownership, Directorship, UnknownLink and the parties they join.

One entity a line, as the ecosystem's exports have them. A percentage that cannot be read is an unknown
share, and reported; schemata that join nobody are parties or are counted and left out by name.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ringfence.records import Identifier, Link, PartyKind, Share, parse_partial
from ringfence.sources.links.linkset import LinkSet, party_of
from ringfence.sources.links.shares import parse_share
from ringfence.sources.links.table import json_rows

_KINDS: dict[str, PartyKind] = {
    "Company": "company",
    "Person": "person",
    "PublicBody": "government",
    "Organization": "organization",
    "LegalEntity": "unknown",
    "Vessel": "vessel",
    "Airplane": "aircraft",
    "Asset": "unknown",
}
_IDENTIFIERS = {
    "leiCode": "lei",
    "registrationNumber": "registration",
    "taxNumber": "tax",
    "isin": "isin",
    "uscCode": "uscc",
    "ogrnCode": "ogrn",
    "innCode": "inn",
    "imoNumber": "imo",
    "swiftBic": "bic",
}
_TIES = {
    "Ownership": ("owner", "asset", "owns"),
    "Directorship": ("director", "organization", "director_of"),
    "UnknownLink": ("subject", "object", "partner_of"),
}


def read_ftm(path: Path) -> LinkSet:
    """The links of a file of FollowTheMoney entities."""
    found = LinkSet()
    left_out: Counter[str] = Counter()
    for row, entity in json_rows(path):
        schema, properties = str(entity.get("schema", "")), entity.get("properties")
        if not isinstance(properties, dict):
            found.remarks.append(f"{path.name}, row {row:,}, properties: no object; the row was left out")
            continue
        if schema in _TIES:
            found.links += _links(path.name, row, entity, schema, properties, found.remarks)
        elif schema in _KINDS:
            _party(found, entity, schema, properties)
        else:
            left_out[schema] += 1
    found.remarks += [
        f"{path.name}: {count:,} entities of schema {schema!r} were left out"
        for schema, count in left_out.items()
    ]
    return found


def _party(found: LinkSet, entity: dict[str, Any], schema: str, properties: dict[str, Any]) -> None:
    key = str(entity.get("id", ""))
    names = _texts(properties, "name") or [str(entity.get("caption", key))]
    countries = _texts(properties, "jurisdiction") + _texts(properties, "country")
    identifiers = [
        Identifier(scheme, value)
        for field, scheme in _IDENTIFIERS.items()
        for value in _texts(properties, field)
    ]
    found.parties[key] = party_of(
        key,
        names[0],
        country=countries[0].upper()[:2] if countries else None,
        kind=_KINDS[schema],
        identifiers=identifiers,
        aliases=(*names[1:], *_texts(properties, "alias"), *_texts(properties, "weakAlias")),
    )


def _links(
    file: str, row: int, entity: dict[str, Any], schema: str, properties: dict[str, Any], remarks: list[str]
) -> Iterator[Link]:
    from_field, to_field, relation = _TIES[schema]
    subjects, objects = _texts(properties, from_field), _texts(properties, to_field)
    if not subjects or not objects:
        remarks.append(f"{file}, row {row:,}: {schema} without {from_field} or {to_field}; it was left out")
        return
    share = _percentage(file, row, properties, remarks) if schema == "Ownership" else None
    since, until = (_day(properties, field) for field in ("startDate", "endDate"))
    for subject in subjects:
        for target in objects:
            yield Link(
                id=f"{file}:{row}",
                subject=subject,
                relation=relation,
                object=target,
                share=share,
                since=since[0] if since else None,
                until=until[1] if until else None,
                asserted_by="; ".join(
                    _texts(properties, "publisher") or map(str, entity.get("datasets") or ())
                )
                or "not said",
                source=f"{file}, entity {entity.get('id', row)}",
                source_url=next(iter(_texts(properties, "sourceUrl")), None),
                qualifier="; ".join(_texts(properties, "role") + _texts(properties, "ownershipType")) or None,
                row=row,
            )


def _percentage(file: str, row: int, properties: dict[str, Any], remarks: list[str]) -> Share | None:
    """The `percentage` of an Ownership: a string that is a number of percent, with or without its sign."""
    texts = [text if "%" in text else f"{text}%" for text in _texts(properties, "percentage")]
    shares = []
    for text in texts:
        try:
            if (share := parse_share(text)) is not None:
                shares.append(share)
        except ValueError as error:
            remarks.append(f"{file}, row {row:,}, percentage: {error}; the share is taken as unknown")
            return None
    if not shares:
        return None
    low, high = min(shares, key=lambda one: one.low), max(shares, key=lambda one: one.high)
    return Share(low.low, high.high, open_low=low.open_low, open_high=high.open_high)


def _texts(properties: dict[str, Any], field: str) -> list[str]:
    value = properties.get(field)
    values = value if isinstance(value, list) else [value]
    # A nested entity stands for its id.
    return [
        str(one.get("id", "")) if isinstance(one, dict) else str(one)
        for one in values
        if one not in (None, "")
    ]


def _day(properties: dict[str, Any], field: str) -> tuple[Any, Any] | None:
    found = [date for text in _texts(properties, field) if (date := parse_partial(text))]
    return (min(date.first for date in found), max(date.last for date in found)) if found else None
