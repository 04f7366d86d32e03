"""The reference set as records: the entries of October 2019 and what later rules did to them.

Knows the reviewed tables beside it. A citation on an entry leads to its rule, and each rule opens a
version of the entry: its day, the cell texts it wrote, its footnotes. Versions of one entry follow each
other without gap or overlap, and a version cites only what had been printed by then. Whatever was not
checked against the law itself says so in a remark. Nothing here is a current list.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import TypeVar

import msgspec

from ringfence.records import (
    Address,
    Citation,
    Identifier,
    LicenseRequirement,
    LicenseReviewPolicy,
    Listing,
    Name,
    Party,
    PartyKind,
    Remark,
    parse_citations,
)
from ringfence.records.codec import slug
from ringfence.sources.ear.terms import read_policy, read_requirement

SOURCE = "us_reference_2019"
ENTITY_LIST = "us_bis_entity"
CMIC_LIST = "us_ofac_cmic"

REMARK_CODES = {
    "unverified": "not checked against the law itself",
    "uncertain_name": "an editorial name that may be wrong",
    "misprint": "the law prints a value that cannot be right",
    "spelling": "copies of the law spell a name differently",
    "citation": "a copy of the list cites other rules than the law does",
    "scope": "what the entry does not cover",
    "other_entity": "another legal entity of the same group is listed elsewhere",
}
"""Every code of a `Remark` in this set, and what it means."""

Row = TypeVar("Row")


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the reviewed files: an unknown field is an error, as in every list."""


class _Requirement(_Row, frozen=True):
    text: str
    unverified: str | None = None


class _Rule(_Row, frozen=True):
    entry_pages: tuple[str, ...]
    effective: dt.date
    published: dt.date
    subject: str
    first_page: str | None = None
    requirement: str | None = None
    policy: str | None = None
    footnotes: tuple[int, ...] = ()
    destination: str | None = None
    unverified: str | None = None

    def citations(self, page: str) -> tuple[Citation, ...]:
        """The rule by its first page where known, then the page on which the entry was printed."""
        return tuple(
            msgspec.structs.replace(parse_citations(cited).found[0], published=self.published)
            for cited in dict.fromkeys(filter(None, (self.first_page, page)))
        )


class _Rules(_Row, frozen=True):
    requirements: dict[str, _Requirement]
    policies: dict[str, str]
    rules: tuple[_Rule, ...]

    def of_page(self, page: str) -> _Rule:
        """The rule that printed an entry on `page`."""
        return next(rule for rule in self.rules if page in rule.entry_pages)


class _Address(_Row, frozen=True):
    text: str
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    as_printed: str | None = None
    since: dt.date | None = None

    def record(self, country: str) -> Address:
        """The address; in `country` unless it says otherwise."""
        return Address(
            self.text, self.city, self.region, self.postal_code, self.country or country, self.as_printed
        )


class _LaterAlias(_Row, frozen=True):
    text: str
    since: dt.date


class _Corrected(_Row, frozen=True):
    """A name we put beside one that the law prints otherwise: a misprint, or a short form in brackets."""

    text: str
    as_printed: str


class _Remark(_Row, frozen=True):
    code: str
    text: str
    until: dt.date | None = None


class _Entry(_Row, frozen=True):
    """An Entity List entry. `cited` is its citation cell; `policy_by_page` overrides what a rule wrote."""

    name: str
    kind: PartyKind
    cited: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    later_aliases: tuple[_LaterAlias, ...] = ()
    corrected: tuple[_Corrected, ...] = ()
    editorial: tuple[str, ...] = ()
    country: str = "CN"
    addresses: tuple[_Address, ...] = ()
    policy_by_page: dict[str, str] = {}
    remarks: tuple[_Remark, ...] = ()

    def party(self, on: dt.date) -> Party:
        """The party as the entry describes it on day `on`."""
        names = (
            Name(self.name),
            *(Name(text, "alias") for text in self.aliases),
            *(Name(alias.text, "alias") for alias in self.later_aliases if alias.since <= on),
            *(
                Name(name.text, "alias", origin="editorial", published=name.as_printed)
                for name in self.corrected
            ),
            *_editorial(self.editorial),
        )
        addresses = tuple(
            row.record(self.country) for row in self.addresses if row.since is None or row.since <= on
        )
        countries = tuple(dict.fromkeys((self.country, *(a.country for a in addresses if a.country))))
        return Party(f"name-{slug(self.name)}", self.kind, names, countries, addresses)


class _EntityList(_Row, frozen=True):
    entries: tuple[_Entry, ...]


class _CmicEntry(_Row, frozen=True):
    name: str
    country: str
    ofac_number: str
    listed: dt.date
    effective: dt.date
    divest_by: dt.date
    aliases: tuple[str, ...] = ()
    editorial: tuple[str, ...] = ()
    identifiers: dict[str, str] = {}
    addresses: tuple[_Address, ...] = ()
    note: str | None = None


class _Cmic(_Row, frozen=True):
    entries: tuple[_CmicEntry, ...]


def listings() -> tuple[Listing, ...]:
    """Every listing of the set: each Entity List entry once a version, each CMIC entry once.

    Versions of one entry share their `id` and stand in the order of their days.
    """
    rules = table("rules.toml", _Rules)
    entries = table("entity_list.toml", _EntityList).entries
    versions = (version for entry in entries for version in _versions(entry, rules))
    return (*versions, *(_cmic(entry) for entry in table("cmic.toml", _Cmic).entries))


def table(name: str, kind: type[Row]) -> Row:
    """The reviewed file `name` beside this module, as `kind`. Raises msgspec.ValidationError on a bad one."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), kind)


def _versions(entry: _Entry, rules: _Rules) -> Iterator[Listing]:
    """The texts of an entry, oldest first: one for each rule that it cites."""
    steps = [(page, rules.of_page(page)) for page in entry.cited]
    valid_from = steps[0][1].effective
    ends = [rule.effective - dt.timedelta(days=1) for _, rule in steps[1:]]
    destination = entry.country
    requirement: LicenseRequirement | None = None
    policy: LicenseReviewPolicy | None = None
    footnotes: tuple[int, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: dict[str, str | None] = {}
    for (page, rule), until in zip(steps, [*ends, None], strict=True):
        destination = rule.destination or destination
        footnotes = rule.footnotes or footnotes
        citations += rule.citations(page)
        notes += (f"{rule.effective}: {rule.first_page or page} {rule.subject}",)
        if rule.unverified:
            doubts[page] = rule.unverified
        if rule.requirement:
            cell = rules.requirements[rule.requirement]
            requirement, doubts["requirement"] = read_requirement(cell.text), cell.unverified
        if key := entry.policy_by_page.get(page, rule.policy):
            policy = read_policy(rules.policies[key])
        yield Listing(
            id=f"{ENTITY_LIST}:{slug(entry.name)}-{entry.country.lower()}",
            list=ENTITY_LIST,
            source=SOURCE,
            party=entry.party(rule.effective),
            destination=destination,
            license_requirement=requirement,
            license_review_policy=policy,
            footnotes=footnotes,
            citations=citations,
            valid_from=valid_from,
            dated_by="rule",
            version_from=rule.effective,
            version_until=until,
            notes=notes,
            remarks=(
                *(
                    Remark(row.code, row.text)
                    for row in entry.remarks
                    if row.until is None or rule.effective <= row.until
                ),
                *(Remark("unverified", text) for text in doubts.values() if text),
            ),
        )


def _cmic(entry: _CmicEntry) -> Listing:
    """A CMIC listing; `directives` hold the day buying is prohibited from, and the last day to divest."""
    addresses = tuple(row.record(entry.country) for row in entry.addresses)
    return Listing(
        id=f"{CMIC_LIST}:{entry.ofac_number}",
        list=CMIC_LIST,
        source=SOURCE,
        party=Party(
            id=f"ofac-{entry.ofac_number}",
            kind="company",
            names=(
                Name(entry.name),
                *(Name(text, "alias") for text in entry.aliases),
                *_editorial(entry.editorial),
            ),
            countries=tuple(dict.fromkeys((entry.country, *(a.country for a in addresses if a.country)))),
            addresses=addresses,
            identifiers=tuple(
                Identifier(scheme, value, entry.country if scheme in {"uscc", "registration"} else None)
                for scheme, value in entry.identifiers.items()
            ),
        ),
        programs=("CMIC-EO13959",),
        valid_from=entry.listed,
        dated_by="feature",
        version_from=entry.listed,
        directives=(f"effective {entry.effective}", f"divest by {entry.divest_by}"),
        remarks=(Remark("other_entity", entry.note),) if entry.note else (),
    )


def _editorial(texts: tuple[str, ...]) -> Iterator[Name]:
    return (Name(text, "alias", origin="editorial") for text in texts)
