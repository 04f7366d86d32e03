"""A private list as a source of the store: the same columns and the same listings as for one call."""

from collections.abc import Iterable, Iterator

from ringfence.records import Listing
from ringfence.sources.document import Document
from ringfence.sources.party_parts import numbered
from ringfence.sources.private_list import private_listings
from ringfence.sources.row import Account


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of the table. Raises InputError, naming row and field, for anything that cannot be read."""
    yield from numbered(_counted(private_listings(document), account), account)


def _counted(listings: Iterable[Listing], account: Account) -> Iterator[Listing]:
    for listing in listings:
        account.rows += 1
        yield listing
