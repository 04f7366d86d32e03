"""The lists of OFAC beside the SDN List, from OFAC itself, in any of four formats, told apart by content.

The advanced and enhanced files name the list of each entry. The CSV and legacy XML files do not: there it
follows from the programs and directives, by a reviewed table.
"""

from collections.abc import Iterator

from ringfence.records import Listing
from ringfence.sources.document import Document
from ringfence.sources.ofac.formats import parse_ofac
from ringfence.sources.row import Account

LISTS = frozenset(
    {
        "us_ofac_ssi",
        "us_ofac_cmic",
        "us_ofac_mbs",
        "us_ofac_capta",
        "us_ofac_plc",
        "us_ofac_fse",
        "us_ofac_eo13599",
    }
)
"""The legal lists that are taken from the files; an entry that is on two of them makes two listings."""


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the release is not whole or not in a known layout.
    """
    return parse_ofac(document, "us_ofac_consolidated", LISTS, account)
