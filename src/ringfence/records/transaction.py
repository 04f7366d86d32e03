"""Transactions: what is asked when somebody wants to know whether an act may go ahead.

The shape is that of contract `ringfence/1`, section 2, and closed: a field or word that it does not know is
refused with the path of the field. Nothing is inferred here. An absent field (`None`) is *unknown*, an
empty list is *known to be none*; which of the two it is, is kept to the end.
"""

import contextlib
import datetime as dt
import re
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from ringfence.errors import QueryError
from ringfence.records.link import MOST_DECIMALS, can_be_reckoned

Activity = Literal[
    "export",
    "reexport",
    "transfer_in_country",
    "deemed_export",
    "domestic_transfer",
    "import",
    "purchase",
    "service",
    "securities_purchase",
    "securities_sale",
    "credit",
]
"""What is done: 15 CFR 734.13 to 734.16 for the first four. `domestic_transfer` is a hand-over inside the
United States; `import` brings an item into them; `purchase` buys abroad."""

PartyRole = Literal[
    "exporter",
    "purchaser",
    "intermediate_consignee",
    "ultimate_consignee",
    "end_user",
    "manufacturer",
    "seller",
    "bank",
    "forwarder",
    "issuer",
    "downstream_producer",
]
"""The part a party takes. Purchaser, the two consignees and end-user are those of 15 CFR 748.5(c) to (f);
`downstream_producer` makes something into which the item goes (734.9(e)); `issuer` issued a security."""

ItemKind = Literal["commodity", "software", "technology"]
Jurisdiction = Literal["EAR", "ITAR", "other", "unknown"]
Origin = Literal["US", "foreign", "unknown"]

ItemFact = Literal[
    "note_1A995",
    "infectious_disease",
    "food",
    "medicine",
    "mass_market",
    "supplement_2_to_744",
    "supplement_7_to_746",
    "below_5g",
    "euv_unique",
    "contains_us_origin_ic",
    "published",
    "on_market_before_listing",
    "designed_by_footnote_1",
]
"""Facts about an item, a closed list; `FACTS` says what each means."""

FACTS: dict[str, str] = {
    "note_1A995": "described in the Note to ECCN 1A995 (consumer, retail or medical protection items)",
    "infectious_disease": "necessary to detect, identify and treat infectious disease",
    "food": "food",
    "medicine": "medicine or a medical device",
    "mass_market": "a mass-market encryption item (note 3 to Category 5, part 2)",
    "supplement_2_to_744": "described in supplement no. 2 to part 744 (military end use items)",
    "supplement_7_to_746": "described in supplement no. 7 to part 746 (common high priority and similar items)",
    "below_5g": "able to support telecommunications only below the 5G level",
    "euv_unique": "uniquely required to make semiconductors at 10 nanometers and below",
    "contains_us_origin_ic": "contains an integrated circuit of US origin",
    "published": "published information or software (734.7)",
    "on_market_before_listing": "publicly available before the party was listed",
    "designed_by_footnote_1": "produced or developed by an entity with footnote 1 (the rule of May to August 2020)",
}

EndUse = Literal[
    "military",
    "military_intelligence",
    "nuclear",
    "missile",
    "cbw",
    "supercomputer",
    "advanced_node_ic",
    "746.5_project",
    "standards_development",
    "network_maintenance",
    "handset_support",
    "cybersecurity_disclosure",
    "divestment",
]
"""What the item, or the act, is for; a closed list, `END_USES` says what each means."""

END_USES: dict[str, str] = {
    "military": "a military end use (744.21(f))",
    "military_intelligence": "a military-intelligence end use (744.22(f))",
    "nuclear": "a nuclear end use (744.2)",
    "missile": "rocket systems or unmanned aerial vehicles (744.3)",
    "cbw": "chemical or biological weapons (744.4)",
    "supercomputer": "a supercomputer in Macau or Country Group D:5 (744.23(a)(1))",
    "advanced_node_ic": "a facility that makes advanced-node integrated circuits (744.23(a)(2))",
    "746.5_project": "a Russian deepwater, Arctic offshore or shale project (746.5; Directive 4)",
    "standards_development": "revision or development of a standard in a standards organization",
    "network_maintenance": "keeping an existing network running",
    "handset_support": "support of existing handsets",
    "cybersecurity_disclosure": "cybersecurity research and disclosure of vulnerabilities",
    "divestment": "solely to divest securities",
}

Knowledge = Literal["violation", "military_end_user", "military_intelligence_end_user", "red_flag"]
"""What the actor knows; a closed list, `KNOWLEDGE` says what each means. Absent is not claimed."""

KNOWLEDGE: dict[str, str] = {
    "violation": "that a violation has occurred or is about to occur (736.2(b)(10))",
    "military_end_user": "that a party is a military end user (744.21(g))",
    "military_intelligence_end_user": "that a party is a military-intelligence end user (744.22(f))",
    "red_flag": "of a red flag of supplement no. 3 to part 732 that is not cleared",
}

AuthorizationKind = Literal["bis_license", "exception", "tgl_certification", "ofac_license", "uvl_statement"]

MOST_VALUE = 10**15
"""US dollars; beyond that it is a slip, and a number of a million digits is an attack."""

_ECCN = re.compile(r"(?:EAR99|[0-9][A-E][0-9]{3}(?:\.[a-z0-9]+)*)")

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, in capitals")]
Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A part of the contract: unknown fields are errors."""


class Owner(_Closed, frozen=True):
    """Somebody who owns part of a party. `share` is the lowest and highest fraction it may be, both included;
    absent is an unknown percentage. `owners` are the owner's own owners, where known.
    """

    name: Text
    country: Country | None = None
    share: tuple[Decimal, Decimal] | None = None
    incorporated_in: Country | None = None
    owners: tuple["Owner", ...] | None = None


class TransactionParty(_Closed, frozen=True):
    """A party and the part it takes. `identifiers` maps a scheme (`uscc`, `lei`, `imo`) to a value."""

    role: PartyRole
    name: Text
    country: Country | None = None
    addresses: tuple[str, ...] | None = None
    identifiers: dict[str, str] | None = None
    incorporated_in: Country | None = None
    nationality: Country | None = None
    owners: tuple[Owner, ...] | None = None


class Item(_Closed, frozen=True):
    """What moves. `us_controlled_share` is the controlled US content as a fraction of the value, computed for this
    destination; `direct_product_of` are ECCNs of US technology or software that it is the direct product of,
    `plant_direct_product_of` those of which the plant or its major part is.
    """

    description: str | None = None
    kind: ItemKind | None = None
    jurisdiction: Jurisdiction | None = None
    classification: str | None = None
    origin: Origin | None = None
    located_in: Country | None = None
    made_in: Country | None = None
    us_controlled_share: Decimal | None = None
    direct_product_of: tuple[str, ...] | None = None
    plant_direct_product_of: tuple[str, ...] | None = None
    value_usd: Decimal | None = None
    facts: tuple[ItemFact, ...] | None = None


class Actor(_Closed, frozen=True):
    """Who acts, and asks."""

    country: Country | None = None
    us_person: bool | None = None


class EnRoute(_Closed, frozen=True):
    """For savings clauses: aboard a carrier since when, and under an order of which day."""

    since: dt.date
    order_dated: dt.date | None = None


class Authorization(_Closed, frozen=True):
    """An authorization that the actor claims to hold."""

    kind: AuthorizationKind
    id: str | None = None


class Transaction(_Closed, frozen=True):
    """One act on one day. `on` is the day on which it happens: of shipment, release or trade.

    `other_license_required` states whether the Commerce Control List or part 746 requires a license beside
    the rules asked; absent leaves that to the tables.
    """

    id: str
    on: dt.date
    activity: Activity
    parties: tuple[TransactionParty, ...]
    actor: Actor | None = None
    items: tuple[Item, ...] | None = None
    destination: Country | None = None
    end_use: tuple[EndUse, ...] | None = None
    en_route: EnRoute | None = None
    authorizations: tuple[Authorization, ...] = ()
    credit_days: Annotated[int, msgspec.Meta(ge=0)] | None = None
    other_license_required: bool | None = None
    knowledge: tuple[Knowledge, ...] = ()


def read_transaction(value: Any) -> Transaction:
    """The transaction that decoded JSON says. Raises QueryError whose `path` names the first field at fault."""
    try:
        found = msgspec.convert(value, Transaction)
    except msgspec.ValidationError as error:
        path, message = next(_faults(value, Transaction, ""), ("", str(error)))
        raise QueryError(message, path) from None
    for path, message in _unsound(found):
        raise QueryError(message, path)
    return found


def transaction_faults(value: Any) -> list[tuple[str, str]]:
    """Every fault of a transaction, as (path, message): none where `read_transaction` would read the value."""
    try:
        return list(_unsound(msgspec.convert(value, Transaction)))
    except msgspec.ValidationError as error:
        found = list(_faults(value, Transaction, "")) or [("", str(error))]
    # What is wrong inside an item can be told although another field of it, or another part, cannot be read.
    at_fault = {path for path, _ in found}
    items = value.get("items") if isinstance(value, Mapping) else None
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        if not isinstance(item, Mapping):
            continue
        with contextlib.suppress(msgspec.ValidationError):
            sound = {name: one for name, one in item.items() if f"items[{place}].{name}" not in at_fault}
            found += _unsound_item(msgspec.convert(sound, Item), place)
    return found


def _unsound(transaction: Transaction) -> Iterator[tuple[str, str]]:
    """What types alone cannot say."""
    for place, item in enumerate(transaction.items or ()):
        yield from _unsound_item(item, place)
    for place, party in enumerate(transaction.parties):
        yield from _unsound_owners(party.owners, f"parties[{place}].owners")


def _unsound_item(item: Item, place: int) -> Iterator[tuple[str, str]]:
    here = f"items[{place}]"
    if item.classification not in (None, "unknown") and not _ECCN.fullmatch(item.classification or ""):
        yield (
            f"{here}.classification",
            f"{item.classification!r} is not an ECCN. Give one such as 3A991 or 1A004.c, or EAR99, or unknown.",
        )
    if item.us_controlled_share is not None and not _fraction(item.us_controlled_share):
        yield (
            f"{here}.us_controlled_share",
            f"a share is a fraction from 0 to 1 of at most {MOST_DECIMALS} digits, such as 0.25.",
        )
    if item.value_usd is not None and not _within(item.value_usd, MOST_VALUE):
        yield (
            f"{here}.value_usd",
            f"a value is from 0 to {MOST_VALUE:,}, of at most {MOST_DECIMALS} digits behind the point.",
        )
    for field in ("direct_product_of", "plant_direct_product_of"):
        for number, eccn in enumerate(getattr(item, field) or ()):
            if eccn == "EAR99" or not _ECCN.fullmatch(eccn):
                yield f"{here}.{field}[{number}]", f"{eccn!r} is not an ECCN. Give one such as 3E001."


def _unsound_owners(owners: tuple[Owner, ...] | None, path: str) -> Iterator[tuple[str, str]]:
    for place, owner in enumerate(owners or ()):
        here = f"{path}[{place}]"
        if owner.share and not (all(map(_fraction, owner.share)) and owner.share[0] <= owner.share[1]):
            yield (
                f"{here}.share",
                f"a share is the lowest and the highest fraction, 0 to 1 of at most {MOST_DECIMALS} digits, such as [0.5, 0.5].",
            )
        yield from _unsound_owners(owner.owners, f"{here}.owners")


def _fraction(value: Decimal) -> bool:
    return _within(value, 1)


def _within(value: Decimal, most: int) -> bool:
    return can_be_reckoned(value) and 0 <= value <= most


def _faults(value: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where `value` is not of `kind`, with the place of each list member, which the decoder does not tell."""
    if get_origin(kind) in (Union, types.UnionType):
        if value is None:
            return
        kind = next(one for one in get_args(kind) if one is not type(None))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _struct_faults(value, kind, path)
        return
    if get_origin(kind) is tuple and get_args(kind)[-1] is ...:
        if not isinstance(value, list | tuple):
            yield path, f"expected a list, not {_shown(value)}."
            return
        for number, one in enumerate(value):
            yield from _faults(one, get_args(kind)[0], f"{path}[{number}]")
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        words = _words(kind)
        if words:
            yield path, f"{_shown(value)} is not known here. Known: {', '.join(words)}."
        elif "[A-Z]{2}" in str(error):
            yield path, f"{_shown(value)} is not a country code of two capital letters, such as CN."
        elif "RFC3339 encoded date" in str(error):
            yield (
                path,
                f"{_shown(value)} is no day of the calendar. Write it as YYYY-MM-DD, for example 2019-10-09.",
            )
        elif "regex" in str(error) or "length" in str(error):
            yield path, "the text is empty."
        else:
            yield path, f"{error}."


def _struct_faults(value: Any, kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield path, f"expected an object, not {_shown(value)}."
        return
    dot = f"{path}." if path else ""
    hints = get_type_hints(kind, include_extras=True)
    for key in value:
        if key not in hints:
            yield f"{dot}{key}", f"there is no field {str(key)!r}. Fields: {', '.join(hints)}."
    for field in msgspec.structs.fields(kind):
        if field.name in value:
            yield from _faults(value[field.name], hints[field.name], f"{dot}{field.name}")
        elif field.required:
            yield f"{dot}{field.name}", f"the field {field.name!r} is missing."


def _words(kind: Any) -> tuple[str, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
