"""Products from a bill of materials: which parts have a source that no list touches, and which have none left.

Lines of one component are alternatives: one untouched source is enough. Components of one item are all
needed. A component that is made from parts of its own has no source left either when one of its parts has
none. That a source is listed says nothing of whether buying from it is lawful; that is for the paths.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from ringfence.records import Link
from ringfence.sources.links.trade import BillLine

Touched = Callable[[str, str | None], bool]
"""Whether a supplier, by name and country, is reached by a listing."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A component of an item with the sources that a listing touches, and those it does not.

    `without_source` says that no untouched source is left; `because` names the part below it that has none, where
    that is the reason.
    """

    product: str
    component: str
    tier: int
    without_source: bool
    touched_sources: tuple[str, ...]
    untouched_sources: tuple[str, ...]
    unknown_sources: int
    value: float | None
    currency: str | None
    origin: tuple[str, ...]
    eccn: tuple[str, ...]
    because: str | None = None


def sources_of(links: Iterable[Link]) -> list[BillLine]:
    """The sources that links state: `component_of` names parts, `supplies` with an item names who sells one."""
    links = [link for link in links if link.polarity == "asserted"]
    sellers: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if link.relation == "supplies" and link.item:
            sellers[link.item.casefold()].append(link)
    found = []
    for part in links:
        if part.relation != "component_of":
            continue
        found += [
            BillLine(
                item=part.object,
                component=part.subject,
                supplier=link.subject,
                supplier_country=link.subject_country,
                tier=link.tier,
                value=link.value,
                currency=link.currency,
                source=link.source,
            )
            for link in sellers.get(part.subject.casefold(), ())
        ]
        if part.subject.casefold() not in sellers:
            found.append(
                BillLine(item=part.object, component=part.subject, supplier=None, source=part.source)
            )
    return found


def parts_touched(sources: Iterable[BillLine], touched: Touched) -> list[Part]:
    """Every part that a listing touches, itself or through a part of it, those without a source first."""
    lines: dict[tuple[str, str], list[BillLine]] = defaultdict(list)
    parts: dict[str, list[str]] = defaultdict(list)
    for line in sources:
        if line.component not in parts[line.item]:
            parts[line.item].append(line.component)
        lines[line.item, line.component].append(line)
    lost: dict[str, str | None] = {}
    own: dict[tuple[str, str], bool] = {}
    for key, listed in lines.items():
        known = [line for line in listed if line.supplier]
        own[key] = bool(known) and all(touched(line.supplier or "", line.supplier_country) for line in known)
    # An item is lost with its first lost part; parts that are items are looked at again until nothing changes.
    changed = True
    while changed:
        changed = False
        for (item, component), gone in own.items():
            if item not in lost and (gone or component in lost):
                lost[item] = component
                changed = True
    found = []
    for (item, component), listed in lines.items():
        hit = [line for line in listed if line.supplier and touched(line.supplier, line.supplier_country)]
        free = [line for line in listed if line.supplier and line not in hit]
        below = component in lost
        if not hit and not below:
            continue
        values = {(line.currency, line.value) for line in hit if line.value is not None}
        currencies = {currency for currency, _ in values}
        total = sum((line.value for line in hit if line.value is not None), Decimal(0))
        found.append(
            Part(
                product=item,
                component=component,
                tier=min((line.tier for line in listed if line.tier), default=1),
                without_source=own[item, component] or below,
                touched_sources=tuple(dict.fromkeys(line.supplier or "" for line in hit)),
                untouched_sources=tuple(dict.fromkeys(line.supplier or "" for line in free)),
                unknown_sources=sum(1 for line in listed if not line.supplier),
                value=float(total) if values and len(currencies) == 1 else None,
                currency=next(iter(currencies)) if len(currencies) == 1 else None,
                origin=tuple(dict.fromkeys(line.origin for line in listed if line.origin)),
                eccn=tuple(dict.fromkeys(line.eccn for line in listed if line.eccn)),
                because=lost.get(component),
            )
        )
    return sorted(found, key=lambda part: (not part.without_source, part.tier, part.product, part.component))
