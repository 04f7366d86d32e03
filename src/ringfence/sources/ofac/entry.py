"""An entry of the Office of Foreign Assets Control, whatever format it was printed in, and the listings it
makes.

OFAC prints one list in four formats. Each reader gives entries of the same shape, so that the four formats
of one release give the same listings: the same ids, names and facts. Labels are looked up in the reviewed
table `terms.toml`; a label that is not there is kept under its own words and reported.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping

import msgspec

from ringfence.records import (
    Address,
    Identifier,
    ListedTie,
    Listing,
    Name,
    Party,
    PartyKind,
    Remark,
    Vessel,
    parse_day,
    parse_partial,
)
from ringfence.sources.ofac.terms import terms
from ringfence.sources.party_parts import distinct_names
from ringfence.sources.places import country_code
from ringfence.sources.row import Account

_KINDS: dict[str, PartyKind] = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
_FALLBACK = "us_ofac_mbs"
_SDN = "us_ofac_sdn"
_NEVER_BLOCKED = frozenset({"us_ofac_cmic", "us_ofac_plc", "us_ofac_capta", "us_ofac_fse"})
"""Lists with programs of their own, which no blocked party carries alone."""
_CITY = re.compile(r"^[^\d,]+?(?=,|\s+\S*\d|$)")
_IN_COUNTRY = re.compile(r"(?P<value>.+) \((?P<country>[^()]+)\)")
_POSTAL = re.compile(r"(?:^|[\s,])(\S*\d\S*(?:\s\S*\d\S*)*)$")


class Feature(msgspec.Struct, frozen=True):
    """One labelled fact of an entry, as printed: an identifier, a date, a directive, a note."""

    label: str
    value: str
    country: str | None = None
    issued: str | None = None
    expires: str | None = None
    detail: str | None = None


class OfacEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: `uid` is OFAC's own number, `kind` its word for what the party is.

    `lists` maps each list that the file itself names for the entry to the day it came on it, if given; None
    when the format does not name lists, so that they follow from the programs.
    """

    uid: str
    kind: str
    names: tuple[Name, ...]
    programs: tuple[str, ...]
    positions: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    features: tuple[Feature, ...] = ()
    vessel: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    ties: tuple[ListedTie, ...] = ()
    remarks: tuple[Remark, ...] = ()
    lists: Mapping[str, dt.date | None] | None = None


def type_note(kind: str, account: Account, comment: str = "") -> str | None:
    """What a kind of sanction adds to the list of its entry, as a note; None when it adds nothing."""
    if kind in terms().types.labels and not comment:
        account.ignored[f"sanctions type {kind}"] += 1
        return None
    return " ".join(part for part in (f"Sanctions type: {kind}", comment) if part)


def listings_of(
    entry: OfacEntry, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings that an entry makes on the lists in `wanted`: one for each list it is on."""
    facts = _facts(entry, account)
    party = Party(
        id=f"ofac-{entry.uid}",
        kind=_KINDS.get(entry.kind.lower(), "unknown"),
        names=distinct_names((*entry.names, *facts.names)),
        countries=tuple(
            dict.fromkeys(
                code
                for code in (
                    *(address.country for address in entry.addresses),
                    *facts.nationalities,
                    *facts.citizenships,
                )
                if code
            )
        ),
        addresses=entry.addresses,
        identifiers=tuple(dict.fromkeys(facts.identifiers)),
        nationalities=tuple(dict.fromkeys(facts.nationalities)),
        citizenships=tuple(dict.fromkeys(facts.citizenships)),
        birth_dates=tuple(
            found for text in dict.fromkeys(facts.birth_dates) if (found := parse_partial(text))
        ),
        birth_places=tuple(dict.fromkeys(facts.birth_places)),
        gender=facts.gender,
        positions=tuple(dict.fromkeys((*entry.positions, *facts.positions))),
        vessel=Vessel(**vessel) if (vessel := {**facts.vessel, **entry.vessel}) else None,
    )
    lists, remarks = _lists(entry, facts, wanted)
    for list_id, day in lists.items():
        since, dated_by = (day, "list_date") if day else (facts.listed_on.get(list_id), "feature")
        account.entries += 1
        account.lists[list_id] += 1
        account.remarks.update(remark.code for remark in (*entry.remarks, *remarks))
        yield Listing(
            id=f"{list_id}:{entry.uid}",
            list=list_id,
            source=source,
            party=party,
            programs=entry.programs,
            valid_from=since,
            dated_by=dated_by if since else None,
            directives=tuple(dict.fromkeys(facts.directives)),
            ties=tuple(dict.fromkeys((*entry.ties, *facts.ties))),
            notes=tuple(
                dict.fromkeys(note for note in (*facts.notes, *entry.notes) if note not in party.positions)
            ),
            remarks=(*entry.remarks, *remarks),
        )


def address_of(parts: Mapping[str, str], country: str, *, joined: str = "") -> Address | None:
    """One address from the parts a format keeps apart: `street` (all its lines), `city`, `region`,
    `postal_code`.

    `joined` is the cell of the CSV files that holds city, region and postal code together: `Chelyabinsk,
    Chelyabinskaya Obl. 454091`. The text of an address is the same from either. None when nothing is printed.
    """
    city, region, postal = parts.get("city", ""), parts.get("region", ""), parts.get("postal_code", "")
    if joined:
        city = match[0].strip() if (match := _CITY.search(joined)) else ""
        postal = match[1] if (match := _POSTAL.search(joined)) else ""
        region = joined.removeprefix(city).removesuffix(postal).strip(" ,") if city else ""
    else:
        joined = " ".join(part for part in (", ".join(p for p in (city, region) if p), postal) if part)
    text = ", ".join(part for part in (parts.get("street", ""), joined, country) if part)
    if not text:
        return None
    return Address(
        text=text,
        city=city or None,
        region=region or None,
        postal_code=postal or None,
        country=country_code(country),
    )


class _Facts(msgspec.Struct):
    names: list[Name] = []
    identifiers: list[Identifier] = []
    nationalities: list[str] = []
    citizenships: list[str] = []
    birth_dates: list[str] = []
    birth_places: list[str] = []
    positions: list[str] = []
    directives: list[str] = []
    notes: list[str] = []
    ties: list[ListedTie] = []
    vessel: dict[str, str] = {}
    listed_on: dict[str, dt.date] = {}
    gender: str | None = None


def _facts(entry: OfacEntry, account: Account) -> _Facts:
    """The features of an entry sorted into the places they have in a party and a listing."""
    table = terms()
    facts = _Facts()
    for feature in entry.features:
        label, value = feature.label, feature.value
        text = f"{label} {value}".strip()
        if role := table.facts.get(label):
            _take(facts, role, feature, account)
        elif label in table.measures.labels:
            facts.directives.append(text)
            if (list_id := table.listed_on.get(label)) and (day := parse_day(value)):
                facts.listed_on[list_id] = day
                account.saw_day(day)
        elif label in table.notes.labels:
            facts.notes.append(text)
        else:
            scheme = table.schemes.get(label) or (
                "wallet" if label.startswith("Digital Currency Address") else None
            )
            if scheme is None:
                account.unclassified[f"label: {label}"] += 1
            country = country_code(feature.country) if feature.country else None
            # Some numbers carry their country in every format: `1026303117642 (Russia)`.
            if (
                not feature.country
                and (match := _IN_COUNTRY.fullmatch(value))
                and (code := country_code(match["country"]))
            ):
                value, country = match["value"], code
            facts.identifiers.append(Identifier(scheme or "other", value, country, _label(feature, country)))
    return facts


def _label(feature: Feature, country: str | None) -> str:
    """What OFAC calls an identifier, with the days of issue and expiry and an issuer that has no code."""
    more = (
        feature.country if feature.country and not country else None,
        f"issued {feature.issued}" if feature.issued else None,
        f"expires {feature.expires}" if feature.expires else None,
        feature.detail,
    )
    return ", ".join((feature.label, *(part for part in more if part)))


def _take(facts: _Facts, role: str, feature: Feature, account: Account) -> None:
    value = feature.value
    match role:
        case "birth_date":
            facts.birth_dates.append(value)
            if parse_partial(value) is None:
                account.unclassified[f"birth date: {value}"] += 1
                facts.notes.append(f"{feature.label} {value}")
        case "birth_place":
            facts.birth_places.append(value)
        case "nationality" | "citizenship":
            code = country_code(value)
            if code:
                (facts.nationalities if role == "nationality" else facts.citizenships).append(code)
            else:
                account.unclassified[f"country: {value}"] += 1
                facts.notes.append(f"{feature.label} {value}")
        case "gender":
            facts.gender = value.lower() or None
        case "position":
            facts.positions.append(value)
        case "linked_to":
            facts.ties.append(ListedTie("linked_to", value, f"Linked To: {value}"))
        case "name":
            facts.names.append(Name(value, "alias"))
        case "weak_alias" | "weak_former":
            facts.names.append(Name(value, "former" if role == "weak_former" else "alias", weak=True))
        case "location":
            facts.notes.append(f"{feature.label} {value}".strip())
        case _:
            field = role.removeprefix("vessel_")
            if field in facts.vessel and facts.vessel[field] != value:
                facts.notes.append(f"{feature.label} {value}")
            facts.vessel.setdefault(field, value)


def _lists(
    entry: OfacEntry, facts: _Facts, wanted: Collection[str]
) -> tuple[dict[str, dt.date | None], tuple[Remark, ...]]:
    """The lists in `wanted` that an entry is on, as the file names them or as its programs tell."""
    if entry.lists is not None:
        return {list_id: day for list_id, day in entry.lists.items() if list_id in wanted}, ()
    if _SDN in wanted:
        return {_SDN: None}, ()
    table = terms()
    found = [list_id for tag in entry.programs if (list_id := _of_program(tag))]
    printed = " ".join((*facts.directives, *facts.notes))
    if not any(phrase in printed for phrase in table.blocked.phrases):
        found += [
            list_id
            for text, list_id in table.directives.items()
            if "14024" in printed and any(re.search(rf"14024 .*{text}\b", one) for one in facts.directives)
        ]
    if any(phrase in printed for phrase in table.eo13599.phrases):
        found.append("us_ofac_eo13599")
    if found:
        return dict.fromkeys(found), ()
    tags = ", ".join(entry.programs) or "none"
    remark = Remark(
        "list_assumed",
        f"the file does not name the list, and no program decides it ({tags}): menu-based assumed",
    )
    return {_FALLBACK: None}, (remark,)


def only_outside_sdn(programs: Collection[str]) -> bool:
    """Whether every one of an entry's programs stands only for lists other than the SDN List."""
    return bool(programs) and all(_of_program(tag) in _NEVER_BLOCKED for tag in programs)


def _of_program(tag: str) -> str | None:
    for known, list_id in terms().programs.items():
        if tag == known or (known.endswith("*") and tag.startswith(known[:-1])):
            return list_id
    return None
