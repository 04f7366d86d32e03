"""One door for every file of links: what a file is, is told by its content, not by its name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from ringfence.errors import InputError, RingfenceError
from ringfence.sources.links.bods import read_bods
from ringfence.sources.links.ftm import read_ftm
from ringfence.sources.links.linkset import LinkSet
from ringfence.sources.links.table import head_of, read_table


def read_links(path: Path, *, holder: str | None = None) -> LinkSet:
    """The links of a file. `holder` names whoever files it, for forms that do not say so themselves.

    Reads tables of links (CSV, JSON Lines, XLSX), FollowTheMoney entities, BODS 0.4 statements, GLEIF data (API
    answers, golden copy, LEI-CDF, RR-CDF and reporting exceptions), SEC Exhibit 21, 13F information tables, N-PORT and
    tables of positions. Raises InputError, with file, row and field, for what cannot be read.
    """
    try:
        return _read(path, holder)
    except RingfenceError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
        # Registers nest objects deeply: one of a shape that nobody foresaw refuses the file, not the program.
        raise InputError(
            f"{path.name}: holds a value of a shape that is not known ({type(error).__name__}: {error}); get it again"
        ) from error


def _read(path: Path, holder: str | None) -> LinkSet:
    head = head_of(path).lstrip(b"\xef\xbb\xbf \t\r\n")
    lower = head.lower()
    # The readers of XML and HTML load lxml, which a table of links does without.
    if lower.startswith((b"<!doctype html", b"<html")) or (
        b"<html" in lower[:1024] and lower.startswith(b"<?xml")
    ):
        from ringfence.sources.links.exhibit_21 import read_exhibit_21  # noqa: PLC0415

        return read_exhibit_21(path, holder)
    if lower.startswith(b"<"):
        return _xml(path, head, holder)
    if lower.startswith((b"{", b"[")):
        return _json(path)
    first_line = lower.split(b"\n", 1)[0]
    if b"relation" not in first_line and any(
        word in first_line for word in (b"issuer", b"holder", b"filer_name")
    ):
        from ringfence.sources.links.filings import read_positions  # noqa: PLC0415

        return read_positions(path)
    return read_table(path)


def _xml(path: Path, head: bytes, holder: str | None) -> LinkSet:
    from ringfence.sources.links import filings, gleif, markup  # noqa: PLC0415

    root = markup.root_name(head)
    if root in gleif.XML_ROOTS:
        return gleif.read_gleif_xml(path)
    if root == "informationTable":
        return filings.read_13f(path, holder)
    if root == "edgarSubmission":
        return filings.read_nport(path)
    known = ", ".join(sorted({*gleif.XML_ROOTS, "informationTable", "edgarSubmission"}))
    raise InputError(f"{path.name}: XML of kind {root!r} is not read as links; known are {known}")


def _json(path: Path) -> LinkSet:
    """What a JSON file holds is told by the fields of its first object."""
    keys = set(next(_first_keys(path), set()))
    if {"schema", "properties"} <= keys:
        return read_ftm(path)
    if keys & {"statementId", "recordType", "recordDetails"}:
        return read_bods(path)
    if keys & {"records", "relations", "exceptions"} or {"data", "meta"} <= keys:
        from ringfence.sources.links.gleif import read_gleif_json  # noqa: PLC0415

        return read_gleif_json(path)
    return read_table(path)


def _first_keys(path: Path) -> Iterator[set[str]]:
    """The fields of the first object of a file, which may be large: read from its first bytes where they hold it."""
    head = head_of(path, 1 << 16).decode("utf-8-sig", "replace").lstrip(" \t\r\n[")
    try:
        found, _ = json.JSONDecoder().raw_decode(head)
    except (ValueError, RecursionError):
        yield set(re.findall(r'"(\w+)"\s*:', head[:400]))
        return
    if isinstance(found, dict):
        yield set(found)


def reference_links() -> LinkSet:
    """The ties that were stated of the companies of October 2019, each with who said so."""
    from ringfence.sources.lists.us_reference_2019.statements import links  # noqa: PLC0415 - read only when asked for

    return LinkSet(links=list(links()))
