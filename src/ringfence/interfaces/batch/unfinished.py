"""A screening that was interrupted: its finished chunks in a folder beside the file it was to become.

The same command goes on where it stopped, with the clocks it began with, so that all of its answers rest on one
state of the lists. A chunk is kept whole or not at all; a folder of another command, other lists or another engine is
begun anew. One process at a time works on a folder.
"""

import contextlib
import datetime as dt
import hashlib
import secrets
import shutil
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from ringfence import Engine
from ringfence.errors import InputError
from ringfence.interfaces.batch.chunks import ROWS, Answered, World
from ringfence.interfaces.batch.columns import Mapping
from ringfence.interfaces.batch.holding import hold
from ringfence.records.codec import canonical

_BEGUN = "begun.json"
_LOCK = "lock"
_UNPACK = msgspec.msgpack.Decoder(Answered)
_PACK = msgspec.msgpack.Encoder()


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """When a screening was begun and what was known, and the digest of all that its answers depend on beside that."""

    at: dt.datetime
    known_at: dt.datetime
    asks: str


class Unfinished:
    """The folder of the screening that `asks` names and that is to become `target`; it is a `chunks.Kept`."""

    def __init__(self, target: Path, asks: str) -> None:
        self.folder = target.with_name(f".{target.name[:100]}.unfinished")
        self.asks = asks

    def found(self) -> Begun | None:
        """The same screening, interrupted here before; None when there is none."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            begun = msgspec.json.decode((self.folder / _BEGUN).read_bytes(), type=Begun)
            return begun if begun.asks == self.asks else None
        return None

    @contextlib.contextmanager
    def going_on(self, begun: Begun) -> Iterator[None]:
        """Work on the folder as `begun`; what any other screening left there is removed first.

        Leaving normally removes the folder; an exception or the end of the process leaves what is finished. Raises
        InputError when another process works on it, or it cannot be written.
        """
        try:
            self.folder.mkdir(exist_ok=True)
            lock = self._lock()
            if self.found() != begun:
                self._clear()
            self._write(_BEGUN, msgspec.json.encode(begun))
        except OSError as error:
            raise InputError(
                f"{self.folder}: what is finished cannot be kept there ({error.strerror}); choose another folder for "
                f"--out"
            ) from None
        with lock:
            yield
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def chunks(self) -> int:
        """How many chunks are finished."""
        return sum(1 for _ in self.folder.glob("*.chunk"))

    def get(self, number: int) -> Answered | None:
        """A finished chunk; None when it is not there, or not whole."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            data = (self.folder / _name(number)).read_bytes()
            if zlib.crc32(data[4:]).to_bytes(4, "big") == data[:4]:
                return _UNPACK.decode(data[4:])
        return None

    def put(self, done: Answered) -> None:
        """Keep a finished chunk. Raises InputError when there is no room."""
        data = _PACK.encode(done)
        try:
            self._write(_name(done.number), zlib.crc32(data).to_bytes(4, "big") + data)
        except OSError as error:
            raise InputError(
                f"{self.folder}: no more can be kept there ({error.strerror}); make room and give the same command again"
            ) from None

    def _write(self, name: str, data: bytes) -> None:
        passing = self.folder / f"{secrets.token_hex(4)}.part"
        passing.write_bytes(data)
        passing.replace(self.folder / name)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.name != _LOCK:
                path.unlink()

    def _lock(self) -> IO[str]:
        lock = (self.folder / _LOCK).open("w")
        if hold(lock) is False:  # where the system holds no files, nothing keeps two commands apart
            lock.close()
            raise InputError(
                f"{self.folder}: another process is at work on the same output; wait for it, or choose another --out"
            )
        return lock


def asks_of(world: World, mapping: Mapping, formats: Sequence[str], *, file: Path) -> str:
    """A digest of all that the answers to a file depend on beside the instant: of its bytes, too."""
    with file.open("rb") as data:
        content = hashlib.file_digest(data, "sha256").hexdigest()
    timeless = msgspec.structs.replace(world, now=dt.datetime.min.replace(tzinfo=dt.UTC))
    return hashlib.sha256(
        canonical((content, mapping, formats, Engine.identity(), timeless, ROWS))
    ).hexdigest()


def _name(number: int) -> str:
    return f"{number:08}.chunk"
