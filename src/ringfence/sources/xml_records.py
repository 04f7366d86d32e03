"""Large XML files read record by record, in bounded memory, with every element and attribute accounted for.

Nothing outside the file is ever opened: a document type, and with it entities and external references,
is refused. Namespaces are taken off, since publishers move them between releases.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from lxml import etree

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.sources.document import Document
from ringfence.sources.row import Account

Element: TypeAlias = Any
"""An element of lxml, which has no types of its own."""


class Vocabulary:
    """The elements and attributes a reader knows, as `parent/child` and `element@attribute`.

    `read` are those it takes, `ignored` those it leaves out by name: they say nothing about an entry. `*`
    takes all.
    """

    def __init__(self, read: str, ignored: str = "") -> None:
        self._read = frozenset(read.split())
        self._ignored = frozenset(ignored.split())

    def account(self, record: Element, account: Account) -> None:
        """Take namespaces off a record, and report what of it is left out or unknown."""
        for element in record.iter(etree.Element):
            tag = element.tag = bare(str(element.tag))
            parent = element.getparent()
            if element is not record and parent is not None:
                self._note(f"{parent.tag}/{tag}", account, filled=bool(len(element) or element.text))
            for name, value in element.attrib.items():
                self._note(f"{tag}@{bare(str(name))}", account, filled=bool(value))

    def _note(self, path: str, account: Account, *, filled: bool) -> None:
        if path in self._read or not filled or "*" in self._read:
            return
        if path in self._ignored:
            account.ignored[path] += 1
        else:
            account.not_understood[path] += 1


def bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def read_records(
    document: Document, root: str, frames: str, records: Mapping[str, Vocabulary], account: Account
) -> Iterator[Element]:
    """Every element named in `records`, whole, in the order of the file; its memory is freed when the next
    is asked for.

    `frames` are the elements that only hold records. Raises HeldBack when the file is cut off, malformed
    or declares a document type, LayoutChanged when its root
    element is not `root`.
    """
    _refuse_others(document)
    opened = etree.iterparse(
        io.BytesIO(document.data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    known = {root, *frames.split()}
    inside: Element | None = None
    begun = False
    try:
        for event, element in opened:
            if not begun:
                begun = True
                _check_root(document, element, root)
            if event == "start":
                if inside is None and (tag := bare(str(element.tag))) not in known:
                    if tag in records:
                        inside = element
                    else:
                        account.not_understood[tag] += 1
                continue
            if inside is not None and element is inside:
                inside = None
                records[bare(str(element.tag))].account(element, account)
                yield element
                _free(element)
    except etree.XMLSyntaxError as error:
        raise HeldBack(
            f"{document.name}: not complete XML ({error.msg}). The file is damaged or cut off; get it again "
            f"from the "
            f"publisher."
        ) from None


def root_of(document: Document) -> str:
    """The name of the root element, which tells one format from another."""
    _refuse_others(document)
    try:
        for _, element in etree.iterparse(
            io.BytesIO(document.data),
            events=("start",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        ):
            _check_doctype(document, element)
            return bare(str(element.tag))
    except etree.XMLSyntaxError as error:
        raise HeldBack(f"{document.name}: not XML ({error.msg}). Get it again from the publisher.") from None
    raise HeldBack(f"{document.name}: XML without an element. Get it again from the publisher.")


def words(element: Element, path: str) -> str:
    """The text at `path` below an element, without outer blanks; empty when there is none."""
    return (element.findtext(path) or "").strip()


def each(element: Element, path: str, take: Callable[[Element], str]) -> tuple[str, ...]:
    """What `take` finds in every element at `path`, without the empty ones."""
    return tuple(found for child in element.iterfind(path) if (found := take(child)))


def _refuse_others(document: Document) -> None:
    if document.parts or document.format != "xml":
        kind = "a set of files" if document.parts else document.format
        raise HeldBack(
            f"{document.name}: this is {kind}, not one XML file. Download it again from the publisher."
        )


def _check_root(document: Document, element: Element, root: str) -> None:
    _check_doctype(document, element)
    if bare(str(element.tag)) != root:
        raise LayoutChanged(
            f"{document.name}: the root element is {bare(str(element.tag))!r}, not {root!r}. This is "
            f"another file, or the "
            f"publisher has changed the layout and the parser needs a new version."
        )


def _check_doctype(document: Document, element: Element) -> None:
    if element.getroottree().docinfo.doctype:
        raise HeldBack(
            f"{document.name}: declares a document type, which may hold entities and references to other "
            f"files. No "
            f"publisher's file does; it was not read further."
        )


def _free(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
