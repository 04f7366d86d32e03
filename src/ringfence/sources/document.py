"""Published bytes, opened safely: decompressed within bounds, told apart by content, never trusted.

A `Document` is one release of a source in memory. Sizes are bounded by the source's own ceiling, so a
small compressed file cannot unfold into a large one.
"""

import csv
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import msgspec

from ringfence.errors import HeldBack, InputError, LayoutChanged
from ringfence.records.codec import from_json

MAX_CELL = 1_000_000
"""Characters in one CSV cell; the longest real cell is under 20,000."""

_MOST_MEMBERS = 64

Format = Literal["csv", "json", "xml", "xlsx", "text", "html", "parquet"]


class Document(msgspec.Struct, frozen=True):
    """One release in memory: `name` for messages, `data` decompressed, `digest` its SHA-256.

    The digest is taken after decompression, so the same release is the same snapshot however it was packed.
    A release of several files has `parts`, in the order of their names, and no data of its own.
    """

    name: str
    data: bytes
    digest: str
    parts: tuple["Document", ...] = ()

    @property
    def format(self) -> Format:
        """What the content is, by its first bytes; names and headers prove nothing."""
        head = self.data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
        lower = head.lower()
        if lower.startswith((b"<!doctype html", b"<html")):
            return "html"
        if head.startswith(b"PK\x03\x04"):
            return "xlsx"
        if self.data.startswith(b"PAR1"):
            return "parquet"
        if head.startswith((b"{", b"[")):
            return "json"
        if head.startswith(b"<"):
            return "xml"
        first_line = head.split(b"\n", 1)[0]
        return "text" if first_line.count(b"\t") > first_line.count(b",") else "csv"

    def text(self, encoding: str = "utf-8") -> str:
        """The content as text. Raises HeldBack, naming the byte, when it is not in `encoding`."""
        try:
            return self.data.decode(encoding + "-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            row = self.data.count(b"\n", 0, error.start) + 1
            raise HeldBack(
                f"{self.name}: not {encoding} text at byte {error.start:,} (row {row:,}). The file is damaged or in "
                f"another encoding; get it again from the publisher."
            ) from None


def read_document(paths: Path | Iterable[Path], max_bytes: int) -> Document:
    """Open a release in one local file (plain, gzip or zip), or in several.

    Raises InputError when a file cannot be opened, HeldBack when it is damaged or unfolds past `max_bytes`.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    return joined([document_of(path.name, _bytes(path, max_bytes), max_bytes) for path in files])


def joined(documents: Sequence[Document]) -> Document:
    """Several files as one release, whatever their order; one file is itself."""
    parts = sorted((part for one in documents for part in (one.parts or (one,))), key=lambda part: part.name)
    if len(parts) == 1:
        return parts[0]
    name = " + ".join(part.name for part in parts)
    digests = "".join(sorted(part.digest for part in parts))
    return Document(name, b"", "sha256:" + hashlib.sha256(digests.encode()).hexdigest(), tuple(parts))


def document_of(name: str, raw: bytes, max_bytes: int) -> Document:
    """Unpack bytes that were read or fetched, within `max_bytes`. A zip of several files gives parts."""
    if not raw:
        raise HeldBack(f"{name}: the file is empty. Get it again from the publisher.")
    if raw.startswith(b"PK\x03\x04") and not _is_workbook(raw):
        members = _unzip(name, raw, max_bytes)
        if len(members) > 1:
            return joined([_document(member, data) for member, data in members.items()])
        data = next(iter(members.values()))
    else:
        data = _gunzip(name, raw, max_bytes) if raw.startswith(b"\x1f\x8b") else raw
    if len(data) > max_bytes:
        raise HeldBack(f"{name}: larger than the {max_bytes:,} bytes this list may have. Nothing was loaded.")
    return _document(name, data)


def _document(name: str, data: bytes) -> Document:
    return Document(name, data, "sha256:" + hashlib.sha256(data).hexdigest())


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(max_bytes + 1)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}). Check the path and its permissions."
        ) from None


def csv_rows(document: Document, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file whose header must be `columns`, with their numbers from 1.

    Raises LayoutChanged when the header differs, HeldBack when a record is cut off, has another number of
    fields, or the header stands in the file twice.
    """
    return table_rows(
        document.name, csv.reader(io.StringIO(document.text(), newline=""), strict=True), columns
    )


def peeked(name: str, reader: Iterator[list[str]]) -> tuple[list[str], Iterator[list[str]]]:
    """The first record of a table, and all of them: what tells one layout from another before `table_rows`.

    Raises HeldBack when already the first is cut off or malformed.
    """
    csv.field_size_limit(MAX_CELL)
    try:
        first = next(reader, [])
    except csv.Error as error:
        raise HeldBack(
            f"{name}: the first row is cut off or malformed ({error}). Get the file again from the publisher."
        ) from None
    return first, chain([first], reader)


def table_rows(
    name: str, reader: Iterator[list[str]], columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The same for any reader of records, as `csv_rows` does for CSV text."""
    csv.field_size_limit(MAX_CELL)
    number = 0
    try:
        header = next(reader, [])
        _check_header(name, tuple(cell.strip() for cell in header), columns)
        for number, cells in enumerate(reader, start=1):
            if len(cells) != len(columns):
                if not any(cells):
                    continue
                raise HeldBack(
                    f"{name}: row {number:,} has {len(cells)} fields, not {len(columns)}. The file is damaged; "
                    f"get it again from the publisher."
                )
            if tuple(cells) == columns:
                raise HeldBack(
                    f"{name}: the header stands again in row {number:,}. The file was put together from parts; "
                    f"get it again from the publisher."
                )
            yield number, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise HeldBack(
            f"{name}: the record after row {number:,} is cut off or malformed ({error}). The file is truncated; "
            f"get it again from the publisher."
        ) from None


def json_document(document: Document) -> Any:
    """The content as JSON. Raises HeldBack when it is cut off or malformed."""
    try:
        return from_json(document.data)
    except ValueError as error:
        raise HeldBack(
            f"{document.name}: not complete JSON ({error}). Get it again from the publisher."
        ) from None


def _check_header(name: str, header: tuple[str, ...], columns: tuple[str, ...]) -> None:
    if header == columns:
        return
    missing = [column for column in columns if column not in header]
    new = [column for column in header if column not in columns]
    what = []
    if missing:
        what.append("missing " + ", ".join(missing[:5]))
    if new:
        what.append("new " + ", ".join(repr(column) for column in new[:5]))
    if not what:
        what.append("twice or in another order")
    raise LayoutChanged(
        f"{name}: the header is not the one this list has always had: columns {'; '.join(what)}. Nothing was loaded. "
        f"If the publisher changed the layout on purpose, the parser needs a new version."
    )


def _gunzip(name: str, raw: bytes, max_bytes: int) -> bytes:
    """The data of every member of a gzip file, one behind the other; no more than a byte past `max_bytes`."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacked:
            return unpacked.read(max_bytes + 1)
    except EOFError:
        raise HeldBack(f"{name}: the gzip data is cut off. Get it again from the publisher.") from None
    except (OSError, zlib.error) as error:
        raise HeldBack(f"{name}: damaged gzip data ({error}). Get it again from the publisher.") from None


def _is_workbook(raw: bytes) -> bool:
    return re.search(rb"\[Content_Types\]\.xml|xl/workbook", raw[:4096] + raw[-65536:]) is not None


def _unzip(name: str, raw: bytes, max_bytes: int) -> dict[str, bytes]:
    """Every file of a zip by name; together at most `max_bytes`, by what really unfolds."""
    found: dict[str, bytes] = {}
    left = max_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in archive.infolist():
                if member.is_dir():
                    continue
                with archive.open(member) as handle:
                    data = handle.read(left + 1)
                left -= len(data)
                if left < 0 or len(found) >= _MOST_MEMBERS:
                    raise HeldBack(
                        f"{name}: unfolds to larger than the {max_bytes:,} bytes this list may have. Nothing was loaded."
                    )
                short = Path(member.filename).name
                if short in found:
                    raise HeldBack(
                        f"{name}: holds two files called {short}, and cannot say which is the list. Nothing was loaded; take "
                        f"one of them out, or read it by itself."
                    )
                found[short] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise HeldBack(f"{name}: damaged zip data ({error}). Get it again from the publisher.") from None
    if not found:
        raise HeldBack(f"{name}: a zip without files. Get it again from the publisher.")
    return found
