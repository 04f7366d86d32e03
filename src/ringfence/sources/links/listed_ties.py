"""Ties that list entries state themselves: "Linked To", "affiliated with", subordinate bodies.

An entry says that two parties are tied, never how much one owns of the other: no share comes out of here.
"""

from collections.abc import Iterable, Iterator

from ringfence.records import Link, Listing

_RELATIONS = {
    "subordinate_of": ("controls", True),
    "owned_by": ("owns", True),
    "affiliate_of": ("partner_of", False),
    "linked_to": ("partner_of", False),
}


def ties_of(listings: Iterable[Listing]) -> Iterator[Link]:
    """The ties stated by entries. Cross-references to an address ("see also") join nobody and are left out."""
    for listing in listings:
        for number, tie in enumerate(listing.ties, start=1):
            if tie.relation == "see_also" or tie.name.casefold() == listing.party.name.casefold():
                continue
            relation, other_is_subject = _RELATIONS.get(tie.relation, ("partner_of", False))
            ends = (tie.name, listing.party.name) if other_is_subject else (listing.party.name, tie.name)
            yield Link(
                id=f"{listing.id}#{number}",
                subject=ends[0],
                relation=relation,
                object=ends[1],
                share_base="accounting_consolidation" if relation == "controls" else None,
                asserted_by=f"the entry on {listing.list}",
                source=listing.id,
                since=listing.valid_from,
                qualifier=tie.text or tie.relation.replace("_", " "),
                certainty="official",
            )
