"""From what the user named (a path, or `-`) to bytes that can be read again, unpacked and of a known kind.

Standard input and packed files are spooled to a nameless temporary file on disk, within bounds; a plain
file is read where it lies. The kind of a file is told by its first bytes, not by its name.
"""

import contextlib
import gzip
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from ringfence.errors import InputError
from ringfence.interfaces.batch.bounds import Bounds, size

Kind = Literal["text", "zip", "xls", "parquet"]

STANDARD_INPUT = "-"
_CHUNK = 1 << 20
_IN_MEMORY = 4 << 20
_GZIP = b"\x1f\x8b"
_KINDS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
)
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
    (_GZIP, "packed twice"),
)


def open_bytes(path: str | Path, bounds: Bounds, name: str) -> BinaryIO:
    """The unpacked bytes of `path`, or of standard input for `-`; the caller closes them. Messages call it `name`.

    Raises InputError when the file is not there, not readable, empty, too large, or not a table.
    """
    if str(path) == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError(f"{name}: nothing is piped in; name a file, or pipe CSV or JSON Lines into it")
        stream = _spool(_chunks(sys.stdin.buffer), name, bounds.file, packed=None, bounds=bounds)
    else:
        stream = _open_file(Path(path), name, bounds)
    with contextlib.ExitStack() as on_error:
        on_error.callback(lambda: stream.close())  # noqa: PLW0108  whichever stream it is by then
        if stream.read(2) == _GZIP:
            packed = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            with stream as source:
                stream = _spool(_gunzip(source, name), name, bounds.unpacked, packed=packed, bounds=bounds)
        stream.seek(0)
        head = stream.read(16)
        stream.seek(0)
        if not head:
            raise InputError(f"{name}: the file is empty; give a table with a header row and one party a row")
        for mark, what in _FOREIGN:
            if head.startswith(mark):
                raise InputError(
                    f"{name}: this is {what}, not a table; save it as CSV, XLSX, ODS, Parquet or JSON Lines"
                )
        on_error.pop_all()
    return stream


def kind_of(stream: BinaryIO) -> Kind:
    """What the first bytes of `stream` say it is; leaves it at its beginning."""
    stream.seek(0)
    head = stream.read(8)
    stream.seek(0)
    return next((kind for mark, kind in _KINDS if head.startswith(mark)), "text")


def display_name(path: str | Path) -> str:
    """How messages call the file: as the user wrote it."""
    return "standard input" if str(path) == STANDARD_INPUT else str(path)


def _open_file(path: Path, name: str, bounds: Bounds) -> BinaryIO:
    # A device or a pipe has no size to check and no beginning to return to.
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "not a regular file"
        raise InputError(f"{name}: this is {what}; name a file, or - for standard input")
    try:
        length = path.stat().st_size
        file = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file; check the path") from None
    except OSError as error:
        raise InputError(
            f"{name}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from None
    if length > bounds.file:
        file.close()
        raise InputError(
            f"{name}: the file has {size(length)}, at most {size(bounds.file)} are read; split it or pack it"
        )
    return file


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _gunzip(source: BinaryIO, name: str) -> Iterator[bytes]:
    """The unpacked bytes of all members of a gzip file, a bounded piece at a time."""
    try:
        with gzip.GzipFile(fileobj=source) as unpacked:
            yield from _chunks(cast(BinaryIO, unpacked))
    except EOFError:
        raise InputError(f"{name}: the gzip file ends too early; fetch or pack it again") from None
    except (OSError, zlib.error) as error:
        raise InputError(f"{name}: the gzip file is damaged ({error}); fetch or pack it again") from None


def _spool(chunks: Iterator[bytes], name: str, most: int, *, packed: int | None, bounds: Bounds) -> BinaryIO:
    """The bytes of `chunks` in a temporary file; `packed` is the size that they were unpacked from."""
    length = 0
    line_start = 0
    binary = None
    with contextlib.ExitStack() as on_error:
        spool = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
        on_error.callback(spool.close)
        for chunk in filter(None, chunks):
            if binary is None:
                binary = chunk.startswith((*(mark for mark, _ in _KINDS), _GZIP))
            length += len(chunk)
            if length > most:
                raise InputError(f"{name}: more than {size(most)} of data; split it")
            if packed and length > bounds.ratio_free and length > bounds.ratio * packed:
                raise InputError(
                    f"{name}: unpacks to more than {bounds.ratio} times its size and is refused as a "
                    "decompression bomb; unpack it yourself if you trust it"
                )
            # A text without line ends is refused here, before the disk is filled with it.
            line_end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            if line_end >= 0:
                line_start = length - len(chunk) + line_end
            elif not binary and length - line_start > 4 * bounds.line + _CHUNK:
                raise InputError(
                    f"{name}: a line is longer than {size(bounds.line)}; this is not a table of parties, or "
                    "its line ends are lost: save it again as CSV or XLSX"
                )
            spool.write(chunk)
        spool.seek(0)
        on_error.pop_all()
    return spool
