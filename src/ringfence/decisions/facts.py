"""The facts that rules ask for, each a named predicate over one case of a transaction.

A case is a transaction with, where a rule looks at them, one item, one party and one listing. A predicate
answers yes, no, or what is missing; it never decides what follows. The names are the vocabulary of the rule
files: `PREDICATES` holds each with its meaning.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from ringfence.decisions import tables
from ringfence.decisions.eccn import EAR99
from ringfence.decisions.party import Find, Found, Involved, ListedOwner, asked
from ringfence.decisions.subject import ItemFacts, Subject, subject_of
from ringfence.decisions.truth import Missing, Truth, all_of, any_of, missing, negated
from ringfence.graph import programs
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Listing
from ringfence.records.transaction import Transaction, TransactionParty

MOVING = frozenset(("export", "reexport", "transfer_in_country", "deemed_export"))
"""The acts that the EAR calls export, reexport and transfer (in-country)."""

SECURITIES = frozenset(("securities_purchase", "securities_sale"))
WITHOUT_ITEMS = SECURITIES | {"credit"}
_FOOTNOTE_ROLES = frozenset(
    ("purchaser", "intermediate_consignee", "ultimate_consignee", "end_user", "downstream_producer")
)
_ECCN = re.compile(r"\d[A-E]\d{3}(?:\.\w+)*")


class Sheet:
    """All that is known of one transaction on its day. Computes each fact once."""

    def __init__(
        self,
        transaction: Transaction,
        find: Find,
        *,
        affiliates_rule: RuleStatus | None = None,
        upcoming: Find | None = None,
    ) -> None:
        self.transaction = transaction
        self.on = transaction.on
        self.parties = [
            Involved(place, stated, self.on, find, affiliates_rule)
            for place, stated in enumerate(transaction.parties)
        ]
        self.license_required = False
        self._upcoming = upcoming

    @cached_property
    def destination(self) -> str | None:
        """Where the item goes; for a release of technology the nationality of who receives it."""
        if self.transaction.destination or self.transaction.activity != "deemed_export":
            return self.transaction.destination
        stated = [party.nationality for party in self.transaction.parties if party.nationality]
        return stated[0] if len(set(stated)) == 1 else None

    @cached_property
    def items(self) -> list[ItemFacts]:
        """The items; where none are stated and something must move, one of which nothing is known."""
        stated = self.transaction.items
        if stated is not None:
            return [ItemFacts(self.transaction, place, self.destination) for place in range(len(stated))]
        if self.transaction.activity in WITHOUT_ITEMS:
            return []
        return [ItemFacts(self.transaction, None, self.destination)]

    @cached_property
    def subjects(self) -> list[Subject]:
        """For each item whether it is subject to the EAR."""
        return [subject_of(item, self.footnote_party) for item in self.items]

    def footnote_party(self, figure: int) -> Truth:
        """Whether an Entity List party with this footnote has a role that direct product rules reach.

        Affiliates count while the Affiliates rule is in force.
        """
        return any_of(self._footnotes(figure))

    def _footnotes(self, figure: int) -> Iterator[Truth]:
        for party in self.parties:
            if party.stated.role not in _FOOTNOTE_ROLES:
                continue
            for found in party.found:
                listing = found.listing
                if not found.sure or listing.list != "us_bis_entity" or listing.stayed:
                    continue
                held = figure in listing.footnotes
                yield (
                    missing(f"whether {listing.id} was in force on {self.on}")
                    if held and listing.in_doubt
                    else held
                )
            for owner in party.owners:
                if owner.regime == "bis" and figure in owner.found.listing.footnotes:
                    if owner.standing.effect == "license_required":
                        yield True
                    elif owner.standing.effect == "indeterminate":
                        yield missing(f"{party.path}.owners")

    def holds(self, kind: str) -> bool:
        """Whether an authorization of a kind is claimed."""
        return any(authorization.kind == kind for authorization in self.transaction.authorizations)

    @cached_property
    def exceptions_suspended(self) -> bool:
        """Whether a party on the Unverified List suspends every license exception (740.2(a)(17))."""
        return any(
            found.sure
            and found.listing.list == "us_bis_unverified"
            and not found.listing.stayed
            and party.triggers
            for party in self.parties
            for found in party.found
        )

    def upcoming(self, party: Involved) -> tuple[Found, ...]:
        """Listings of a party that are announced for a later day."""
        return self._upcoming(asked(party.stated)) if self._upcoming else ()


class Case(msgspec.Struct, frozen=True):
    """What one application of a rule looks at. `owner` is set where the listing is that of a listed owner."""

    sheet: Sheet
    item: int | None = None
    party: Involved | None = None
    found: Found | None = None
    owner: ListedOwner | None = None

    @property
    def transaction(self) -> Transaction:
        """The transaction."""
        return self.sheet.transaction

    @property
    def on(self) -> dt.date:
        """The day."""
        return self.sheet.on

    @property
    def listing(self) -> Listing:
        """The listing looked at; only in cases of a listing."""
        if self.found is None:
            raise LookupError("this case has no listing")
        return self.found.listing

    @property
    def involved(self) -> Involved:
        """The party looked at; only in cases of a party."""
        if self.party is None:
            raise LookupError("this case has no party")
        return self.party

    @property
    def stated(self) -> TransactionParty:
        """The party as stated."""
        return self.involved.stated

    @property
    def facts(self) -> ItemFacts:
        """The item looked at; only in cases of an item."""
        if self.item is None:
            raise LookupError("this case has no item")
        return self.sheet.items[self.item]

    @property
    def subject(self) -> Subject:
        """Whether the item is subject to the EAR."""
        if self.item is None:
            raise LookupError("this case has no item")
        return self.sheet.subjects[self.item]


Predicate = Callable[[Case, Any], Truth]
PREDICATES: dict[str, Predicate] = {}
"""Every predicate by the name under which rule files ask it."""


def predicate(function: Predicate) -> Predicate:
    """Add a predicate to the vocabulary under its own name."""
    PREDICATES[function.__name__] = function
    return function


def condition(case: Case, said: dict[str, Any]) -> Truth:
    """Whether a condition of a rule file holds for a case: a table with one key, a predicate or all, any, not."""
    ((name, argument),) = said.items()
    match name:
        case "all":
            return all_of(condition(case, one) for one in argument)
        case "any":
            return any_of(condition(case, one) for one in argument)
        case "not":
            return negated(condition(case, argument))
    return PREDICATES[name](case, argument)


# --- The transaction ------------------------------------------------------------------------------------------


@predicate
def day_covered(case: Case, _: bool) -> Truth:
    """The day is one for which the rules and tables speak."""
    return tables.coverage().holds(case.on)


@predicate
def activity(case: Case, activities: list[str]) -> Truth:
    """The act is one of these."""
    return case.transaction.activity in activities


@predicate
def moves(case: Case, _: bool) -> Truth:
    """The act is an export, reexport, transfer (in-country) or deemed export."""
    return case.transaction.activity in MOVING


@predicate
def destination(case: Case, where: str) -> Truth:
    """The destination is one of these codes and Country Groups."""
    code = case.sheet.destination
    return missing("destination") if code is None else tables.within(where, code, case.on)


@predicate
def end_use(case: Case, uses: list[str]) -> Truth:
    """The item or the act is for one of these uses; unknown where no use is stated."""
    stated = case.transaction.end_use
    return missing("end_use") if stated is None else bool(set(stated) & set(uses))


@predicate
def known_end_use(case: Case, uses: list[str]) -> Truth:
    """One of these uses is known to the actor. Rules that rest on knowledge are not met by silence."""
    return bool(set(case.transaction.end_use or ()) & set(uses))


@predicate
def knowledge(case: Case, what: list[str]) -> Truth:
    """The actor knows one of these."""
    return bool(set(case.transaction.knowledge) & set(what))


@predicate
def authorization(case: Case, kinds: list[str]) -> Truth:
    """An authorization of one of these kinds is claimed."""
    return any(case.sheet.holds(kind) for kind in kinds)


@predicate
def us_person(case: Case, _: bool) -> Truth:
    """The actor is a US person; whoever is in the United States is one."""
    actor = case.transaction.actor
    if actor is None:
        return missing("actor")
    if actor.us_person or actor.country == "US":
        return True
    return missing("actor.us_person") if actor.us_person is None else False


@predicate
def us_nexus(case: Case, _: bool) -> Truth:
    """US persons, or acts in the United States, are part of it."""
    if us_person(case, True) is True or case.transaction.activity in ("import", "domestic_transfer"):
        return True
    leaves_us = case.transaction.activity in ("export", "deemed_export") and any(
        item.stated.located_in in (None, "US") for item in case.sheet.items
    )
    others = (party.stated for party in case.sheet.parties if party is not case.party)
    return leaves_us or any(other.country == "US" for other in others) or us_person(case, True)


@predicate
def other_license(case: Case, stated: bool) -> Truth:
    """The caller states that the Control List or part 746 requires a license, or that none is known."""
    return case.transaction.other_license_required is stated


@predicate
def license_required(case: Case, _: bool) -> Truth:
    """Another rule already requires a license; only rules of the second pass may ask."""
    return case.sheet.license_required


@predicate
def contradiction(case: Case, _: bool) -> Truth:
    """Stated facts cannot all be true."""
    return next(contradictions(case), None) is not None


# --- The item -------------------------------------------------------------------------------------------------


@predicate
def item_subject(case: Case, _: bool) -> Truth:
    """The item is subject to the EAR."""
    return case.subject.truth


@predicate
def any_item_subject(case: Case, _: bool) -> Truth:
    """At least one item is subject to the EAR."""
    return any_of(subject.truth for subject in case.sheet.subjects)


@predicate
def jurisdiction(case: Case, whose: list[str]) -> Truth:
    """Another agency has the item."""
    return case.facts.stated.jurisdiction in whose


@predicate
def kind(case: Case, kinds: list[str]) -> Truth:
    """The item is one of these kinds."""
    return case.facts.is_kind(*kinds)


@predicate
def us_origin(case: Case, _: bool) -> Truth:
    """The item is of US origin."""
    return case.facts.us_origin()


@predicate
def fact(case: Case, name: str) -> Truth:
    """A fact of the closed list holds for the item."""
    return case.facts.fact(name)


@predicate
def ear99(case: Case, _: bool) -> Truth:
    """The item is EAR99."""
    return case.facts.is_ear99()


@predicate
def at_only(case: Case, _: bool) -> Truth:
    """The item is EAR99 or controlled for anti-terrorism reasons only."""
    return case.facts.at_only()


@predicate
def item_in(case: Case, name: str) -> Truth:
    """The item's ECCN is in a set of `tables/item_sets.toml`."""
    return case.facts.in_set(tables.item_set(name))


def in_supplement_2(case: Case) -> Truth:
    """The item is in supplement no. 2 to part 744: so stated, or by its ECCN."""
    stated = case.facts.stated.facts or ()
    if "supplement_2_to_744" in stated:
        return negated(case.facts.is_ear99())
    listed = case.facts.in_set(tables.item_set("supplement_2_to_744"))
    if listed is True and case.facts.in_set(tables.item_set("supplement_2_to_744_in_part")) is not False:
        # The supplement takes only a part of these entries.
        return case.facts.fact("supplement_2_to_744") if case.facts.stated.facts is None else False
    return listed


@predicate
def country_chart(case: Case, _: bool) -> Truth:
    """The ECCN and the Country Chart require a license for the destination."""
    eccn = case.facts.classification
    if eccn is None:
        return case.facts.wants("classification")
    if eccn == EAR99:
        return False
    if case.sheet.destination is None:
        return missing("destination")
    controls = tables.controls_of(eccn)
    if controls is None:
        return case.facts.wants("classification")
    return any_of(_control(case, control, eccn) for control in controls if control.where != "itar")


def _control(case: Case, control: tables.Control, eccn: str) -> Truth:
    place = tables.control_applies(control, case.sheet.destination or "", case.on)
    if place is None:
        return missing("destination")
    reached = control.reaches(eccn)
    if not place or reached is False:
        return False
    if reached is None:
        return missing(
            f"{case.facts.path}: whether it meets the terms of its ECCN for {control.reason or 'license'} controls"
        )
    return True


@predicate
def direct_product_of_footnote(case: Case, figure: int) -> Truth:
    """Only a direct product rule for entities with this footnote makes the item subject."""
    if isinstance(case.subject.truth, Missing):
        return case.subject.truth
    return any(rule.footnote == figure for rule in case.subject.through) and case.subject.only_direct_product


@predicate
def direct_product_only(case: Case, _: bool) -> Truth:
    """The item is subject only through a direct product rule that looks at a footnote."""
    if isinstance(case.subject.truth, Missing):
        return case.subject.truth
    return case.subject.only_direct_product and any(rule.footnote for rule in case.subject.through)


@predicate
def direct_product_for_supercomputer(case: Case, _: bool) -> Truth:
    """The direct product rule for supercomputers makes the item subject."""
    return any(rule.end_use == "supercomputer" for rule in case.subject.through)


# --- The party and its listing --------------------------------------------------------------------------------


@predicate
def role(case: Case, roles: list[str] | str) -> Truth:
    """The party has one of these roles; `748.5` are purchaser, both consignees and end-user."""
    return case.involved.triggers if roles == "748.5" else case.stated.role in roles


@predicate
def listed_on(case: Case, lists: list[str]) -> Truth:
    """The listing is on one of these lists, and is surely the party."""
    return case.listing.list in lists and case.found is not None and case.found.sure


@predicate
def entry_on(case: Case, lists: list[str]) -> Truth:
    """The listing is on one of these lists, whether or not it is surely the party."""
    return case.listing.list in lists


@predicate
def other_list(case: Case, _: bool) -> Truth:
    """The listing is on a list of another jurisdiction."""
    return case.found is not None and case.found.sure and not case.listing.list.startswith("us_")


@predicate
def resembles(case: Case, _: bool) -> Truth:
    """The listing resembles the party and must be looked at first."""
    return case.found is not None and not case.found.sure and case.found.by == "name"


@predicate
def shares_address(case: Case, _: bool) -> Truth:
    """The party has the address of a listed party."""
    return case.found is not None and case.found.by == "shares_address"


@predicate
def stayed(case: Case, _: bool) -> Truth:
    """The entry is suspended on the day: it stands on its list without effect. No other rule looks at it."""
    return case.found is not None and case.found.sure and case.listing.stayed


@predicate
def footnote(case: Case, figures: list[int]) -> Truth:
    """The entry carries one of these footnotes."""
    return bool(set(figures) & set(case.listing.footnotes))


@predicate
def entry_of(case: Case, group: str) -> Truth:
    """The entry belongs to a group of `tables/entry_groups.toml`."""
    wanted, listing = tables.entry_groups()[group], case.listing
    names = " ".join(name.text.casefold() for name in listing.party.names)
    by_rule = any(
        citation.volume == volume and citation.page and first <= citation.page <= last
        for citation in listing.citations
        for volume, first, last in wanted.rules
    )
    by_name = any(name in names for name in wanted.names)
    return (
        by_rule
        or by_name
        or bool(set(wanted.footnotes) & set(listing.footnotes))
        or listing.destination in wanted.countries
    )


@predicate
def entry_destination(case: Case, where: str) -> Truth:
    """The entry's destination, or the party's country, is one of these codes and groups."""
    codes = {case.listing.destination, case.stated.country, *case.listing.party.countries} - {None}
    return any(tables.within(where, str(code), case.on) for code in codes)


@predicate
def requirement_covers_item(case: Case, _: bool) -> Truth:
    """The entry's license requirement reaches the item."""
    return covers_item(case)


@predicate
def requires_ear_license(case: Case, _: bool) -> Truth:
    """The SDN is under a program for whose parties the EAR require a license too."""
    return program_of(case) is not None


@predicate
def owner_requirement_covers_item(case: Case, _: bool) -> Truth:
    """What the listed owner's list requires reaches the item: the party needs a license to the same degree."""
    match case.listing.list:
        case "us_bis_entity":
            return covers_item(case)
        case "us_bis_meu":
            return military_end_user_items(case, True)
    return requires_ear_license(case, True)


@predicate
def order_standard(case: Case, _: bool) -> Truth:
    """The denial order has the standard terms; an order that does not say so is taken to have them."""
    words = case.listing.license_requirement.text.casefold() if case.listing.license_requirement else ""
    return case.listing.standard_order is not False and "non-standard" not in words


@predicate
def order_lapsed(case: Case, _: bool) -> Truth:
    """The list at hand gives the order an end that has passed; such orders are renewed, and the list is older."""
    return case.listing.valid_until is not None and case.listing.valid_until < case.on


@predicate
def directive(case: Case, number: str) -> Truth:
    """The party is under a directive of its list; unknown where the entry names none."""
    found = directives_of(case.listing)
    return number in found if found else missing(f"the directive of {case.listing.id}")


@predicate
def debt_beyond_term(case: Case, _: bool) -> Truth:
    """Credit is given for longer than the directive lets new debt run."""
    days = case.transaction.credit_days
    if not days:
        return missing("credit_days") if days is None and case.transaction.activity == "credit" else False
    terms = debt_terms(case)
    if not directives_of(case.listing):
        return days > min(terms, default=days) and (
            True if days > max(terms, default=days) else missing(f"the directive of {case.listing.id}")
        )
    return any(days > term for term in terms)


@predicate
def cmic_effective(case: Case, _: bool) -> Truth:
    """The prohibition on its securities has begun: sixty days after the listing."""
    dates = cmic_dates(case.listing)
    return missing(f"the listing day of {case.listing.id}") if dates is None else dates[0] <= case.on


@predicate
def divestment_open(case: Case, _: bool) -> Truth:
    """Securities of the company may still be sold to divest: within a year of the listing."""
    dates = cmic_dates(case.listing)
    return missing(f"the listing day of {case.listing.id}") if dates is None else case.on <= dates[1]


@predicate
def military_end_user_items(case: Case, _: bool) -> Truth:
    """The item is one that 744.21 withholds from military end users of the party's country or destination."""
    codes = {case.sheet.destination}
    if case.found is not None:
        codes |= {case.listing.destination, *case.listing.party.countries}
    elif case.party is not None:
        codes.add(case.stated.country)
    known = {tables.destination_of(code, case.on) for code in codes if code}
    rows = [row for row in tables.military_countries() if row.country in known and row.holds(case.on)]
    if not rows:
        return False if known else missing("destination")
    return any_of(row.items == "all" or in_supplement_2(case) for row in rows)


@predicate
def released_to_foreign_person(case: Case, _: bool) -> Truth:
    """Whoever receives the technology in the United States is a foreign person."""
    stated = case.stated.nationality or case.stated.incorporated_in
    return missing(f"{case.involved.path}.nationality") if stated is None else stated != "US"


@predicate
def foreign_entity(case: Case, _: bool) -> Truth:
    """The party is not a company of the United States."""
    if case.stated.incorporated_in is not None:
        return case.stated.incorporated_in != "US"
    if case.stated.country is None or case.stated.country == "US":
        return missing(f"{case.involved.path}.incorporated_in")
    return True


@predicate
def en_route_at_effect(case: Case, _: bool) -> Truth:
    """The item was aboard a carrier under an actual order when the listing took effect, and may still arrive."""
    effective = case.listing.valid_from
    last = next(
        (
            clause.last_day
            for citation in case.listing.citations
            for clause in tables.savings()
            if citation.volume == clause.volume
            and citation.page
            and clause.first_page <= citation.page <= clause.last_page
        ),
        None,
    )
    return _en_route(case, effective, last)


@predicate
def en_route_on(case: Case, days: list[str]) -> Truth:
    """The item was aboard a carrier under an actual order on the first day, and the last is not past."""
    first, last = (dt.date.fromisoformat(str(day)) for day in days)
    return _en_route(case, first, last)


def _en_route(case: Case, effective: dt.date | None, last: dt.date | None) -> Truth:
    journey = case.transaction.en_route
    if journey is None or effective is None:
        return False
    if journey.since > effective or case.on < effective or (last is not None and case.on > last):
        return False
    if journey.order_dated is None:
        return missing("en_route.order_dated")
    return journey.order_dated <= min(journey.since, effective)


# --- Ownership ------------------------------------------------------------------------------------------------


@predicate
def owned(case: Case, regime: str) -> Truth:
    """Listed owners reach the party under a regime; unknown where a share is, or may be, too little known."""
    if case.owner is None or case.owner.regime != regime:
        return False
    status = case.owner.standing.status
    if status == "possibly_owned":
        if case.listing.in_doubt:
            return missing(whether_in_force(case))
        return missing(f"{case.involved.path}.owners: their shares")
    return status == "owned"


@predicate
def minority(case: Case, regime: str) -> Truth:
    """Listed owners hold too little of the party to reach it."""
    return case.owner is not None and case.owner.regime == regime and case.owner.standing.status == "minority"


# --- What several predicates and the texts of findings share ------------------------------------------------------


def whether_in_force(case: Case) -> str:
    """What is missing where the entry of the case is in doubt."""
    return f"whether {case.listing.id} was in force on {case.on}"


def covers_item(case: Case) -> Truth:
    """Whether the entry's requirement reaches the item of the case."""
    requirement = case.listing.license_requirement
    if requirement is None:
        return True
    match requirement.scope:
        case "all_items_except":
            return negated(any_of(described(case, key) for key in requirement.exceptions))
        case "listed_items" | "project_items":
            return any_of(described(case, key) for key in requirement.items)
    return True


def described(case: Case, key: str) -> Truth:
    """Whether the item is in a set that an entry's cell describes; keys are those of `ear/terms.toml`, or ECCNs."""
    item = case.facts
    if _ECCN.fullmatch(key):
        return item.in_set(key)
    if key.endswith("_project"):
        return end_use(case, [key])
    since = tables.described_since(key)
    if since is not None and case.on < since:
        return False
    match key:
        case "note_1A995":
            return all_of((item.is_ear99(), item.fact("note_1A995")))
        case "infectious_disease":
            return item.fact("infectious_disease")
        case "food_or_medicine":
            return all_of((item.is_ear99(), any_of((item.fact("food"), item.fact("medicine")))))
        case "advanced_node_only":
            return item.fact("euv_unique")
        case "ccl":
            return item.on_ccl()
        case "EAR99":
            return item.is_ear99()
        case "semiconductor_manufacturing":
            return item.in_set(tables.item_set("entry_semiconductor_manufacturing"))
        case "not_semiconductor_manufacturing":
            return negated(item.in_set(tables.item_set("entry_semiconductor_manufacturing")))
        case "supplement_2_to_744":
            return in_supplement_2(case)
        case "ccl_in_supplement_7_to_746":
            return all_of((item.on_ccl(), item.fact("supplement_7_to_746")))
        case "EAR99_in_supplement_7_to_746":
            return all_of((item.is_ear99(), item.fact("supplement_7_to_746")))
        case "standards_technology":
            purpose = "standards_development" in (case.transaction.end_use or ())
            return purpose and all_of((item.is_kind("technology"), item.at_only()))
        case "ofac_general_license":
            return case.sheet.holds("ofac_license")
        case "mass_market_5x992c_to_private":
            return all_of(
                (
                    item.in_set("5A992.c 5D992.c"),
                    _only_a_reader(item, "whether a government end user is behind it"),
                )
            )
        case "uav_maintenance_technology":
            technology = all_of((item.is_ear99(), item.is_kind("technology")))
            return all_of(
                (
                    technology,
                    _only_a_reader(item, "whether it is to maintain unmanned aircraft of its operator"),
                )
            )
        case "petroleum_products":
            return all_of(
                (
                    item.is_kind("commodity"),
                    item.is_ear99(),
                    _only_a_reader(item, "its Harmonized System code"),
                )
            )
        case "telecommunications_740_19":
            return item.in_set(tables.item_set("telecommunications_740_19"))
    return _only_a_reader(
        item, f"whether it is what the entry describes ({key.removeprefix('text:').replace('_', ' ')})"
    )


def _only_a_reader(item: ItemFacts, question: str) -> Missing:
    return missing(f"{item.path}: {question}")


def entry_policy(case: Case) -> tuple[str, Missing]:
    """How an application would be reviewed under the entry: the class, and what is missing to tell.

    The steps of the entry are taken in order; where facts leave two classes open it is `indeterminate`.
    """
    policy = case.listing.license_review_policy
    if policy is None:
        # The MEU List and 744.8 print no policy in the entry: 744.21(e) and 744.8(d) set it.
        return (
            "indeterminate" if case.listing.list == "us_bis_entity" else "presumption_of_denial"
        ), Missing()
    possible: list[str] = []
    wanting: set[str] = set()
    for test in policy.tests:
        if test.since is not None and case.on < test.since:
            continue
        met = any_of(described(case, key) for key in test.items) if test.items else True
        if isinstance(met, Missing):
            possible.append(test.policy)
            wanting |= met
        elif met:
            possible.append(test.policy)
            break
    if len(set(possible)) == 1:
        return possible[0], Missing()
    return "indeterminate", Missing(wanting)


def program_of(case: Case) -> programs.Program | None:
    """The program of 744.8 that the SDN is under on the day."""
    return programs.program_of(case.listing.programs, case.on)


def directives_of(listing: Listing) -> frozenset[str]:
    """The numbers of the directives that an entry names, without those of another order than its list's."""
    requirement = listing.license_requirement.text if listing.license_requirement else ""
    texts = (*listing.directives, *listing.programs, *listing.notes, requirement)
    order = _DIRECTIVES_UNDER.get(listing.list)
    return frozenset(
        number
        for text in texts
        if order is None or order in (orders := _ORDER.findall(text)) or not orders
        for number in _DIRECTIVE.findall(text)
    )


_DIRECTIVE = re.compile(r"directive\s*(\d)", re.IGNORECASE)
_ORDER = re.compile(r"\b(?:E\.?O\.?|Executive Order)\s*(\d{5})", re.IGNORECASE)
_DIRECTIVES_UNDER = {"us_ofac_ssi": "13662", "us_ofac_mbs": "14024"}
"""The order whose directives a list is about; entries print those of the other one beside them, with the same numbers."""


def debt_terms(case: Case) -> list[int]:
    """The terms, in days, to which new debt of the party is held on the day."""
    named = directives_of(case.listing)
    return sorted(
        row.days
        for row in tables.debt_terms()
        if row.list == case.listing.list and row.holds(case.on) and (not named or row.directive in named)
    )


def cmic_dates(listing: Listing) -> tuple[dt.date, dt.date] | None:
    """From when its securities may not be bought or sold, and until when they may be sold to divest."""
    if listing.valid_from is None:
        return None
    return listing.valid_from + dt.timedelta(days=60), listing.valid_from + dt.timedelta(days=365)


def contradictions(case: Case) -> Iterator[tuple[str, str]]:
    """Stated facts that cannot all be true: the path, and why."""
    act, place = case.transaction.activity, case.transaction.destination
    for item in case.sheet.items:
        # EAR99 is what forms hold by default, so it does not speak against another agency; an ECCN does.
        stated, controlled = item.stated, item.classification not in (None, EAR99)
        facts = stated.facts or ()
        if stated.jurisdiction in ("ITAR", "other") and controlled:
            yield (
                f"{item.path}.jurisdiction",
                f"an item of another agency has no classification {item.classification}",
            )
        if "published" in facts and stated.kind == "commodity":
            yield f"{item.path}.facts", "a commodity is not published"
        if "supplement_2_to_744" in facts and item.classification == EAR99:
            yield f"{item.path}.facts", "no EAR99 item is in supplement no. 2 to part 744"
        if (
            stated.made_in
            and stated.origin in ("US", "foreign")
            and (stated.origin == "US") != (stated.made_in == "US")
        ):
            yield (
                f"{item.path}.made_in",
                f"an item of {stated.origin} origin was not made in {stated.made_in}",
            )
        if act == "deemed_export" and stated.kind == "commodity":
            yield f"{item.path}.kind", "only technology and source code are released"
        elsewhere = stated.located_in and place and stated.located_in != place
        if act == "transfer_in_country" and elsewhere:
            yield f"{item.path}.located_in", f"a transfer in {place} does not start in {stated.located_in}"
    if act == "export" and place == "US":
        yield "destination", "an export does not go to the United States"
    if act == "domestic_transfer" and place not in (None, "US"):
        yield "destination", "a domestic transfer stays in the United States"
    journey = case.transaction.en_route
    if journey and journey.order_dated and journey.order_dated > journey.since:
        yield "en_route.order_dated", "the order is later than the shipment"


_NOISE = re.compile(r"[^\w]+")
_ADDRESS_WORDS = {
    "street": "st",
    "road": "rd",
    "avenue": "ave",
    "building": "bldg",
    "district": "dist",
    "floor": "f",
    "number": "no",
}


def address_key(text: str) -> frozenset[str]:
    """The words of an address, folded: what two ways of writing one address share."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    words = _NOISE.split(folded.casefold().replace("'", ""))
    return frozenset(
        _ADDRESS_WORDS.get(word, word) for word in words if word and word not in {"the", "of", "and"}
    )


def same_address(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two addresses are one: the same figures, and nearly all words of the shorter in the longer."""
    short, long = sorted((one, other), key=len)
    figures = {word for word in short if any(map(str.isdigit, word))}
    if len(short) < 4 or not figures or not figures <= long:
        return False
    more = {word for word in long if word.isdigit()} - short
    return len(short & long) >= len(short) - (len(short) >= 6) and len(more) <= 1
