"""Parties: who may be listed, screened, owned or traded with, and what is known of them.

Country codes are ISO 3166-1 alpha-2 in capitals. Every value that was repaired keeps the text as
published beside it.
"""

from typing import Literal

import msgspec

from ringfence.records.dates import PartialDate

PartyKind = Literal[
    "company", "person", "government", "organization", "vessel", "aircraft", "address", "unknown"
]
"""What a party is. `organization` is a body that is neither clearly a company nor a government
body; `address` is a listed address without a name (15 CFR 744.16(f)); `unknown` is searched as any."""

NameRole = Literal["primary", "alias", "former", "part"]
"""`former` is a name given up (f.k.a.); `part` is a name of a subordinate body covered by the entry."""

NameOrigin = Literal["published", "repaired", "editorial"]
"""`repaired`: letters lost or garbled in publication were restored; `editorial`: supplied by ringfence
or by the user and not part of the legal text (a Chinese name, a corrected misprint)."""


class Name(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name of a party.

    `weak` marks an alias the publisher calls weak (low quality). `published` is the text as printed,
    kept where `text` differs from it.
    """

    text: str
    role: NameRole = "primary"
    weak: bool = False
    origin: NameOrigin = "published"
    published: str | None = None


class Address(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address: its `text` in full, and the parts the publisher keeps apart (or that were told apart)."""

    text: str
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    published: str | None = None


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """One identifier. `scheme` is a lower-case key (`uscc`, `isin`, `lei`, `imo`, `bic`, `passport`,
    `tax`, `registration`, `ticker`, `ofac`, ...); `label` is what the publisher calls it.
    """

    scheme: str
    value: str
    country: str | None = None
    label: str | None = None


class Vessel(msgspec.Struct, frozen=True, omit_defaults=True):
    """What lists say of ships: all as published, tonnages in tons."""

    call_sign: str | None = None
    type: str | None = None
    flag: str | None = None
    owner: str | None = None
    gross_tonnage: str | None = None
    gross_registered_tonnage: str | None = None


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """A party as one publisher describes it. `names[0]` is the primary name.

    `countries` are those of its addresses, registration, nationality and citizenship together, in the
    order met; the finer fields say which is which.
    """

    id: str
    kind: PartyKind
    names: tuple[Name, ...]
    countries: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    nationalities: tuple[str, ...] = ()
    citizenships: tuple[str, ...] = ()
    birth_dates: tuple[PartialDate, ...] = ()
    birth_places: tuple[str, ...] = ()
    gender: str | None = None
    positions: tuple[str, ...] = ()
    vessel: Vessel | None = None

    @property
    def name(self) -> str:
        """The primary name."""
        return self.names[0].text
