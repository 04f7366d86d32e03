"""A private list as a source of the store: the same columns and the same listings as for one call."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from ringfence.records import Listing
from ringfence.records.codec import canonical
from ringfence.sources.document import Document
from ringfence.sources.private_list import private_listings
from ringfence.sources.row import Account


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of the table. Raises InputError, naming row and field, for anything that cannot be read."""
    keyed: dict[str, list[Listing]] = defaultdict(list)
    for listing in private_listings(document):
        account.rows += 1
        keyed[listing.id].append(listing)
    for key, group in keyed.items():
        for place, listing in enumerate(sorted(group, key=canonical), start=1):
            account.entries += 1
            account.lists[listing.list] += 1
            yield listing if place == 1 else replace(listing, id=f"{key}~{place}")
