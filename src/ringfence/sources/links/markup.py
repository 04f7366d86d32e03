"""XML of any size read element by element, as nested dictionaries; nothing outside the file is ever opened.

A document type is refused, and with it entities and external references. Namespaces are taken off. Memory is
that of one record.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from ringfence.errors import InputError
from ringfence.sources.links.table import unpacked

Tree = dict[str, Any]
"""An element: its children by name (a list where there are several), its attributes as `@name`, its text as `$`."""


def elements(path: Path, *names: str) -> Iterator[tuple[str, Tree]]:
    """Every element called one of `names`, in the order of the file. Raises InputError for what is not sound XML."""
    wanted = set(names)
    with unpacked(path) as handle:
        # EDGAR's copies begin with an empty line, which XML does not allow.
        head = handle.read(256)
        handle.seek(len(head) - len(head.lstrip()))
        try:
            # huge_tree stays off: lxml's own limits on depth and text hold.
            events = etree.iterparse(
                handle,
                events=("end",),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
            )
            for _, element in events:
                name = bare(element.tag)
                if name not in wanted:
                    continue
                doctype = element.getroottree().docinfo
                if doctype.internalDTD is not None or doctype.doctype:
                    raise InputError(
                        f"{path.name}: declares a document type, which is refused; get the file from its publisher"
                    )
                yield name, tree(element)
                element.clear()
                while element.getprevious() is not None and element.getparent() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise InputError(f"{path.name}: damaged XML ({error}); get it again") from None


def root_name(head: bytes) -> str:
    """The name of the first element in the first bytes of a file, or an empty text."""
    found = re.search(rb"<(?:[A-Za-z0-9_.-]+:)?([A-Za-z][\w.-]*)[\s>/]", re.sub(rb"<[?!][^>]*>", b"", head))
    return found[1].decode() if found else ""


def tree(element: Any) -> Tree:
    """One element as nested dictionaries."""
    found: Tree = {f"@{bare(name)}": value for name, value in element.attrib.items()}
    if element.text and element.text.strip():
        found["$"] = element.text.strip()
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name, value = bare(child.tag), tree(child)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    return found


def bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def children(node: Any, *way: str) -> list[Any]:
    """Everything at the end of a way of names, in order; nothing where the way ends early."""
    found = [node]
    for name in way:
        values = [parent.get(name) for parent in found if isinstance(parent, dict)]
        lists = [value if isinstance(value, list) else [value] for value in values]
        found = [one for members in lists for one in members if one is not None]
    return found


def text(node: Any, *way: str) -> str | None:
    """The first text at the end of a way of names; None where there is none."""
    for one in children(node, *way):
        value = one.get("$") if isinstance(one, dict) else one
        if value not in (None, ""):
            return str(value).strip()
    return None
