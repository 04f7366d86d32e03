"""Is an item subject to the EAR (15 CFR 734.3): where it is, whence it comes, what it holds, what made it.

Computed, never taken from the caller, for each item by itself. Unknown facts stay unknown unless another
ground already says yes.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import msgspec

from ringfence.decisions import tables
from ringfence.decisions.eccn import EAR99, in_set, is_9x515, is_600_series, product_group
from ringfence.decisions.tables import DirectProduct
from ringfence.decisions.truth import Missing, Truth, all_of, any_of, missing, negated
from ringfence.records.transaction import Item, Transaction

DE_MINIMIS = Decimal("0.25")
DE_MINIMIS_EMBARGOED = Decimal("0.10")
"""Controlled US content above this part of the value makes an item subject; for Country Groups E:1 and E:2."""

_IN_THE_US = frozenset(("export", "deemed_export", "domestic_transfer"))
_ABROAD = frozenset(("reexport", "transfer_in_country", "import", "purchase"))

FootnoteParty = Callable[[int], Truth]
"""Whether an entity with a footnote is a party in a role that a direct product rule reaches."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an item is subject to the EAR, on which grounds, and through which direct product rules."""

    truth: Truth
    grounds: tuple[str, ...] = ()
    citation: tuple[str, ...] = ()
    through: tuple[DirectProduct, ...] = ()

    @property
    def only_direct_product(self) -> bool:
        """Whether nothing but direct product rules makes it subject."""
        return self.truth is True and bool(self.through) and len(self.grounds) == len(self.through)


class ItemFacts:
    """One item of a transaction and what can be said of it; `path` names it in messages."""

    def __init__(self, transaction: Transaction, place: int | None, destination: str | None) -> None:
        self.transaction = transaction
        self.on: dt.date = transaction.on
        self.stated = Item() if place is None else (transaction.items or ())[place]
        self.path = "items" if place is None else f"items[{place}]"
        self.destination = destination

    def wants(self, field: str) -> Missing:
        """Unknown for want of a field of this item."""
        return missing(self.path if self.path == "items" else f"{self.path}.{field}")

    @property
    def classification(self) -> str | None:
        """EAR99 or an ECCN; None where it is unknown."""
        stated = self.stated.classification
        return None if stated == "unknown" else stated

    def fact(self, name: str) -> Truth:
        """Whether a fact of the closed list holds."""
        if self.stated.facts is None:
            return self.wants("facts")
        return name in self.stated.facts

    def is_ear99(self) -> Truth:
        """Whether it is EAR99."""
        return self.wants("classification") if self.classification is None else self.classification == EAR99

    def on_ccl(self) -> Truth:
        """Whether it is on the Commerce Control List."""
        return negated(self.is_ear99())

    def in_set(self, described: str) -> Truth:
        """Whether its ECCN is in a set of ECCNs."""
        if self.classification is None:
            return self.wants("classification")
        found = in_set(described, self.classification)
        return self.wants("classification") if found is None else found

    def at_only(self) -> Truth:
        """Whether it is EAR99 or controlled for anti-terrorism reasons only."""
        if self.classification is None:
            return self.wants("classification")
        if self.classification == EAR99:
            return True
        controls = tables.controls_of(self.classification)
        if controls is None:
            return self.wants("classification")
        return all_of(
            control.reason == "AT"
            or control.reaches(self.classification) is False
            or self._doubt(control.reaches)
            for control in controls
        )

    def _doubt(self, reaches: Callable[[str], bool | None]) -> Truth:
        return self.wants("classification") if reaches(self.classification or "") is None else False

    def is_kind(self, *kinds: str) -> Truth:
        """Whether it is one of these kinds."""
        return self.wants("kind") if self.stated.kind is None else self.stated.kind in kinds

    def within(self, where: str) -> Truth:
        """Whether its destination is one of `where`."""
        return (
            missing("destination")
            if self.destination is None
            else tables.within(where, self.destination, self.on)
        )

    def ours(self) -> Truth:
        """Whether no other agency has the item (734.3(b)(1)). A classification of the EAR says so too."""
        stated = self.stated.jurisdiction
        if stated is None and self.classification is not None:
            return True
        return self.wants("jurisdiction") if stated in (None, "unknown") else stated == "EAR"

    def us_origin(self) -> Truth:
        """Whether it is of US origin."""
        stated = self.stated.origin
        if stated in (None, "unknown"):
            return True if self.stated.made_in == "US" else self.wants("origin")
        return stated == "US"

    def in_the_us(self) -> Truth:
        """Whether it is in the United States when it moves. What is exported is, what is reexported is not."""
        if self.stated.located_in is not None:
            return self.stated.located_in == "US"
        if self.transaction.activity in _IN_THE_US:
            return True
        return False if self.transaction.activity in _ABROAD else self.wants("located_in")

    def published(self) -> Truth:
        """Whether it is published information or software (734.3(b)(3))."""
        if not self.stated.facts or "published" not in self.stated.facts:
            return False
        return self.is_kind("software", "technology")

    def reason(self, reason: str) -> Truth:
        """Whether its ECCN is controlled for a reason."""
        if self.classification is None:
            return self.wants("classification")
        if self.classification == EAR99:
            return False
        controls = tables.controls_of(self.classification)
        if controls is None:
            return self.wants("classification")
        return any_of(
            self.wants("classification") if reached is None else reached
            for reached in (c.reaches(self.classification) for c in controls if c.reason == reason)
        )


def subject_of(item: ItemFacts, footnote_party: FootnoteParty) -> Subject:
    """Whether an item is subject to the EAR on the day of its transaction, and why."""
    ours = item.ours()
    if ours is False:
        return Subject(truth=False, grounds=("another agency has it",), citation=("15 CFR 734.3(b)(1)",))
    if item.published() is True:
        return Subject(truth=False, grounds=("it is published",), citation=("15 CFR 734.3(b)(3)",))
    grounds: list[str] = []
    citation: list[str] = []
    truths: list[Truth] = []
    content, said = _de_minimis(item)
    for truth, text, section in (
        (item.in_the_us(), "it is in the United States", "15 CFR 734.3(a)(1)"),
        (item.us_origin(), "it is of US origin", "15 CFR 734.3(a)(2)"),
        (content, said, "15 CFR 734.3(a)(3), 734.4"),
    ):
        truths.append(truth)
        if truth is True:
            grounds.append(text)
            citation.append(section)
    through = []
    for rule in tables.direct_product_rules():
        if rule.holds(item.on):
            met = _direct_product(rule, item, footnote_party)
            truths.append(met)
            if met is True:
                through.append(rule)
                grounds.append(f"it is a foreign direct product under {rule.paragraph}")
                citation += rule.citation
    truth = all_of((ours, any_of(truths), negated(item.published())))
    if truth is False:
        grounds, citation = [said or "no ground of 734.3(a) is met"], ["15 CFR 734.3, 734.4"]
    return Subject(truth=truth, grounds=tuple(grounds), citation=tuple(citation), through=tuple(through))


def _de_minimis(item: ItemFacts) -> tuple[Truth, str]:
    """Whether controlled US content exceeds what is let pass, with the arithmetic in words.

    Exactly the level is within it: the law says "exceeding".
    """
    share = item.stated.us_controlled_share
    if share is None:
        return item.wants("us_controlled_share"), ""
    percent = f"{(share * 100).normalize():f}%"
    if share == 0:
        return False, "it holds no controlled US content"
    none_passes = _zero_level(item)
    if none_passes is True:
        return True, f"it holds {percent} controlled US content, and for such an item no level is let pass"
    embargoed = item.within("E:1 E:2")
    if isinstance(embargoed, Missing) and DE_MINIMIS_EMBARGOED < share <= DE_MINIMIS:
        return embargoed, ""
    level = DE_MINIMIS_EMBARGOED if embargoed is True else DE_MINIMIS
    above = share > level
    compared = "more than" if above else "not more than"
    said = f"it holds {percent} controlled US content, {compared} the {(level * 100).normalize():f}% let pass"
    return any_of((above, none_passes)), said


def _zero_level(item: ItemFacts) -> Truth:
    """Whether the item is one for which no US content is let pass (734.4(a))."""
    eccn = item.classification
    if eccn is None:
        return item.wants("classification")
    if eccn == EAR99:
        return False
    rare = item.in_set(tables.item_set("always_zero_de_minimis"))
    military = (
        is_600_series(eccn) or is_9x515(eccn) or in_set(tables.item_set("military_content"), eccn) is True
    )
    chips = item.on >= dt.date(2024, 12, 2) and all_of(
        (
            item.in_set(tables.item_set("semiconductor_manufacturing")),
            item.fact("contains_us_origin_ic"),
            item.within("MO D:5"),
        )
    )
    return any_of((rare, all_of((military, item.within("D:5"))), chips))


def _direct_product(rule: DirectProduct, item: ItemFacts, footnote_party: FootnoteParty) -> Truth:
    """Whether both sides of a foreign-direct product rule are met; the cheap side first."""
    party = footnote_party(rule.footnote) if rule.footnote else True
    place = item.within(rule.destinations) if rule.destinations else True
    purpose = not rule.end_use or rule.end_use in (item.transaction.end_use or ())
    if False in (party, place, purpose):
        return False
    partner: Truth = False
    if rule.made_in_excluded:
        partner = (
            item.wants("made_in")
            if item.stated.made_in is None
            else item.stated.made_in in tables.partners(rule.made_in_excluded)
        )
    fact = item.fact(rule.fact) if rule.fact else True
    return all_of((party, place, _items(rule, item), _inputs(rule, item), negated(partner), fact))


def _items(rule: DirectProduct, item: ItemFacts) -> Truth:
    eccn = item.classification
    match rule.items:
        case "any":
            return True
        case "NS":
            return item.reason("NS")
        case "9x515" | "600":
            series = is_9x515 if rule.items == "9x515" else is_600_series
            return item.wants("classification") if eccn is None else eccn != EAR99 and series(eccn)
        case "ccl_or_supplement_7":
            return any_of((item.on_ccl(), item.fact("supplement_7_to_746")))
        case "supplement_7_or_categories_3_to_9":
            category = (
                item.wants("classification") if eccn is None else eccn != EAR99 and eccn[0] in "3456789"
            )
            return any_of((category, item.fact("supplement_7_to_746")))
        case named:
            return item.in_set(tables.item_set(named))


def _inputs(rule: DirectProduct, item: ItemFacts) -> Truth:
    """Whether the item, or the plant that makes it, is the direct product of what the rule names."""
    return any_of(
        item.wants(field) if stated is None else any(_is_input(rule, eccn) for eccn in stated)
        for field, stated in (
            ("direct_product_of", item.stated.direct_product_of),
            ("plant_direct_product_of", item.stated.plant_direct_product_of),
        )
    )


def _is_input(rule: DirectProduct, eccn: str) -> bool:
    if product_group(eccn) not in "DE":
        return False
    match rule.inputs:
        case "DE":
            return not rule.categories or eccn[0] in rule.categories
        case "NS":
            controls = tables.controls_of(eccn) or ()
            return any(c.reason == "NS" and c.reaches(eccn) is not False for c in controls)
        case "600":
            return is_600_series(eccn)
        case "9x515":
            return is_9x515(eccn)
        case named:
            return in_set(tables.item_set(named), eccn) is not False
