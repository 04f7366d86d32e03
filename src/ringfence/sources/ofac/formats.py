"""Which of OFAC's formats a release is in, by its content, and the reader for it."""

from collections.abc import Callable, Collection, Iterator

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Listing
from ringfence.sources.document import Document
from ringfence.sources.ofac.advanced import parse_advanced
from ringfence.sources.ofac.csv_files import parse_csv
from ringfence.sources.ofac.enhanced import parse_enhanced
from ringfence.sources.ofac.legacy import parse_legacy
from ringfence.sources.row import Account
from ringfence.sources.xml_records import root_of

_Reader = Callable[[Document, str, Collection[str], Account], Iterator[Listing]]
_BY_ROOT: dict[str, _Reader] = {
    "Sanctions": parse_advanced,
    "sdnList": parse_legacy,
    "sanctionsData": parse_enhanced,
}


def parse_ofac(
    document: Document, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings of one release of `source` on the lists in `wanted`, in whichever format it came.

    Raises HeldBack when it is in none of OFAC's formats or not whole, LayoutChanged when its layout is new.
    """
    if document.parts or document.format == "csv":
        return parse_csv(document, source, wanted, account)
    if document.format != "xml":
        raise HeldBack(
            f"{document.name}: this is {document.format}, not the CSV or XML of OFAC. Download it again "
            f"from the publisher."
        )
    root = root_of(document)
    if root not in _BY_ROOT:
        raise LayoutChanged(
            f"{document.name}: the root element {root!r} is none of OFAC's formats ({', '.join(_BY_ROOT)}). "
            f"This is another "
            f"file, or the publisher has changed the layout."
        )
    return _BY_ROOT[root](document, source, wanted, account)
