"""What the tests of the lists share: read a release, and say how a damaged one is refused."""

from pathlib import Path

from ringfence.records import Listing
from ringfence.sources.checks import check
from ringfence.sources.document import Document, document_of, read_document
from ringfence.sources.registry import parser, source
from ringfence.sources.row import Account

MOST_BYTES = 100_000_000


def read(source_id: str, path: Path) -> tuple[dict[str, Listing], Account]:
    """The listings of a release by id, and its account."""
    return _parsed(source_id, read_document(path, MOST_BYTES))


def read_bytes(source_id: str, data: bytes, name: str = "release") -> tuple[dict[str, Listing], Account]:
    """The same for a release made up in a test."""
    return _parsed(source_id, document_of(name, data, MOST_BYTES))


def fit_to_load(source_id: str, account: Account, name: str = "release") -> None:
    """Raise HeldBack unless the account passes the checks of its source."""
    check(source(source_id), name, account, None)


def _parsed(source_id: str, document: Document) -> tuple[dict[str, Listing], Account]:
    account = Account()
    found = list(parser(source_id)(document, account))
    by_id = {listing.id: listing for listing in found}
    assert len(by_id) == len(found) == account.entries
    return by_id, account
