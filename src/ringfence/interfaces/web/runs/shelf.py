"""Where uploads lie: one folder each, beside the store, with a record of what is known of it.

The name of a folder is made up here; of a file name that a caller sends only harmless characters are kept, so that messages
and sources can call the file as they do. A record is replaced in one step; a folder without one does not count. Files are
readable by the service alone.
"""

import contextlib
import datetime as dt
import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

import msgspec

from ringfence.errors import NotKnown, StoreError, TooManyRequests
from ringfence.interfaces.web.service import Service
from ringfence.records import Provenance
from ringfence.settings import Settings
from ringfence.store.address import address_of

KEPT = dt.timedelta(days=30)
"""How long an upload and what was made of it are kept."""
UNUSED = dt.timedelta(days=1)
"""How long an upload is kept with which nothing was done."""
MOST_OF_ONE = 100
"""Uploads that are kept of one caller."""
_CHUNK = 1 << 20
_MOST_NAME = 160

State = Literal["uploaded", "queued", "running", "done", "failed", "canceled", "interrupted"]
Use = Literal["screening", "network", "simulation"]

_ID = re.compile(r"[a-z2-7]{26}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_RECORD = "record.json"
_CANCEL = "cancel"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How a table is to be screened: its columns by place, the lists (None is all), the day (None is today)."""

    columns: tuple[tuple[int, str], ...]
    sheet: str | None = None
    lists: tuple[str, ...] | None = None
    as_of: dt.date | None = None
    threshold: float | None = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an upload and its run.

    `stored` and `names` are its files by the part they take: where in its folder, and what they are called; `name` is for
    people. `done` and `expected` count rows; `seen_at` is the last sign of its worker; `line` its line in the ledger;
    `alerts` how many it raised; `mapping` says in words what was read as what; `problem` why there is no result.
    """

    id: str
    use: Use
    owner: str
    name: str
    size: int
    digest: str
    made_at: dt.datetime
    state: State = "uploaded"
    stored: dict[str, str] = {}
    names: dict[str, str] = {}
    options: dict[str, str] = {}
    choice: Choice | None = None
    done: int = 0
    expected: int = 0
    outcomes: dict[str, int] = {}
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    seen_at: dt.datetime | None = None
    line: int | None = None
    alerts: int | None = None
    problem: str | None = None
    spoiled: tuple[str, ...] = ()
    mapping: tuple[str, ...] = ()
    provenance: Provenance | None = None

    @property
    def working(self) -> bool:
        """Whether more is to come."""
        return self.state in ("queued", "running")


T = TypeVar("T")


class Shelf:
    """The uploads of one service, or of several that share the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(
        self, files: dict[str, tuple[str, BinaryIO]], *, use: Use, owner: str, now: dt.datetime
    ) -> Upload:
        """Keep the files of an upload by the part they take, each with the name it came under.

        Raises TooManyRequests when the caller keeps too many, StoreError when they cannot be written; then nothing is left.
        """
        self._sweep(now)
        if sum(one.owner == owner for one in self.uploads()) >= MOST_OF_ONE:
            raise TooManyRequests(
                f"you keep {MOST_OF_ONE} uploads already; delete one before you bring another.", 60
            )
        upload_id = "".join(secrets.choice(_LETTERS) for _ in range(26))
        place = self.folder / upload_id
        whole, digest, stored, names = 0, hashlib.sha256(), {}, {}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.mkdir(mode=0o700)
            for part, (name, source) in files.items():
                names[part] = shown_name(name)
                stored[part] = f"{part}/{names[part]}"
                (place / part).mkdir(mode=0o700)
                with _private(place / stored[part]) as target:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        whole += len(chunk)
                        target.write(chunk)
            upload = Upload(
                id=upload_id,
                use=use,
                owner=owner,
                name=", ".join(names.values()),
                size=whole,
                digest=f"sha256:{digest.hexdigest()}",
                made_at=now,
                stored=stored,
                names=names,
            )
            self.keep(upload)
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            raise StoreError(f"the upload could not be kept ({error.strerror}).") from None
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return upload

    def keep(self, upload: Upload) -> None:
        """Put the record in place, in one step. One that was deleted meanwhile stays deleted."""
        place = self.folder / upload.id
        passing = place / f".{secrets.token_hex(4)}.part"
        with contextlib.suppress(FileNotFoundError):
            with _private(passing) as file:
                file.write(msgspec.json.encode(upload))
            passing.replace(place / _RECORD)

    def upload(self, upload_id: str) -> Upload:
        """The record of an upload. Raises NotKnown."""
        found = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if found is None:
            raise NotKnown("there is no such upload. It may have been deleted, or kept for its 30 days.")
        return found

    def uploads(self) -> list[Upload]:
        """Every upload, the newest first."""
        ids = [one.name for one in self.folder.iterdir()] if self.folder.is_dir() else []
        found = [one for name in ids if _ID.fullmatch(name) and (one := self._read(name))]
        return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)

    def place(self, upload: Upload) -> Path:
        """Its folder."""
        return self.folder / upload.id

    def file(self, upload: Upload, part: str) -> Path | None:
        """The file that takes a part in an upload; None when it brought none."""
        return self.place(upload) / upload.stored[part] if part in upload.stored else None

    def cancel(self, upload: Upload) -> None:
        """Ask its worker, in whichever process, to stop."""
        with contextlib.suppress(FileNotFoundError):
            (self.place(upload) / _CANCEL).touch(mode=0o600)

    def is_canceled(self, upload: Upload) -> bool:
        """Whether it is to stop: asked to, or deleted."""
        place = self.place(upload)
        return (place / _CANCEL).exists() or not place.exists()

    def uncancel(self, upload: Upload) -> None:
        """Forget a former wish to stop."""
        (self.place(upload) / _CANCEL).unlink(missing_ok=True)

    def drop(self, upload: Upload) -> None:
        """Delete an upload and everything made of it."""
        shutil.rmtree(self.place(upload), ignore_errors=True)

    def _read(self, upload_id: str) -> Upload | None:
        try:
            return msgspec.json.decode((self.folder / upload_id / _RECORD).read_bytes(), type=Upload)
        except (OSError, msgspec.DecodeError):
            return None

    def _sweep(self, now: dt.datetime) -> None:
        """Delete what was kept for its time."""
        for one in self.uploads():
            life = UNUSED if one.state == "uploaded" and one.use == "screening" else KEPT
            if not one.working and now - one.made_at > life:
                self.drop(one)


def uploads_beside(service: Service, settings: Settings) -> Path:
    """Where uploads are kept: where the service says, else beside the file of the store, else in the cache."""
    if service.uploads:
        return Path(service.uploads).expanduser()
    store = address_of(settings.store).path
    if store is None:
        return Path(settings.cache).expanduser() / "uploads"
    return store.with_name(f"{store.stem}-uploads")


def shown_name(name: str) -> str:
    """A file name as it is kept: its last part, without characters that have no shape or that lead elsewhere.

    >>> shown_name("../../etc/suppliers 2026.csv")
    'suppliers 2026.csv'
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in last if not unicodedata.category(c).startswith("C")).strip(" .")
    if len(plain.encode()) > _MOST_NAME:  # the end says what kind of file it is
        begin, end = plain.encode()[: _MOST_NAME - 43], plain.encode()[-40:]
        plain = f"{begin.decode(errors='ignore')}…{end.decode(errors='ignore')}"
    return plain or "upload"


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
