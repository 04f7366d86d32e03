"""The SDN List from OFAC itself, in any of its four formats, told apart by content."""

from collections.abc import Iterator

from ringfence.records import Listing
from ringfence.sources.document import Document
from ringfence.sources.ofac.formats import parse_ofac
from ringfence.sources.row import Account

LISTS = frozenset({"us_ofac_sdn"})
"""The legal lists that are taken from the files; an entry's place on other lists is read from theirs."""


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the release is not whole or not in a known layout.
    """
    return parse_ofac(document, "us_ofac_sdn", LISTS, account)
