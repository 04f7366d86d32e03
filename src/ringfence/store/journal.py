"""How an SQLite file keeps what is being written: in a write-ahead log, so that readers and writers do not wait for each other.

The log (`NAME-wal`) and its index (`NAME-shm`) lie beside the file while it is open; the last one who closes it folds the log
in and takes both away. The log asks two things of the place: that the folder can be written, also by who only reads, and
that all who use the file run on one machine, for they share its index in memory. A file that is already in its older form
and cannot be written stays in it and is read as it is; on a network file system a store keeps the rollback journal.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from ringfence.errors import StoreError

KEPT_BYTES = 64 * 1024 * 1024
"""How long the log stays once it has been folded in: a release of 25,000 entries makes it longer for a while."""
WAIT_SECONDS = 60
"""How long a writer waits for another one to finish."""
SWITCH_SECONDS = 1.0
"""How long a file in the older form is waited for. Who holds it longer uses it; the next one to open it switches."""

_PAGES = 4_096
_EFFECTIVE = os.access in os.supports_effective_ids
_NETWORK = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb2",
    "smb3",
    "smbfs",
}
_NETWORK |= {f"fuse.{one}" for one in ("ceph", "glusterfs", "s3fs", "sshfs")}


def form_for(path: Path) -> str:
    """The form that a file should have where it lies, as `PRAGMA journal_mode` says it: `wal`, or `delete` for the journal."""
    return "delete" if network_of(path) else "wal"


def switch(path: Path) -> None:
    """Bring a file into the form that it should have, which stays with the file; as it is where that cannot be done now.

    Raises StoreError for a file with a log on a network file system that others use right now.
    """
    form, wanted = "", form_for(path)
    # Refused where the file or its folder cannot be written, or while others use it: both forms give the same answers.
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_connected(path, SWITCH_SECONDS)) as file:
        (form,) = file.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
    if wanted == "delete" and form != wanted:
        raise StoreError(
            f"{path}: lies on a network file system ({network_of(path)}) with a write-ahead log, which machines cannot share. "
            f"Stop whatever uses it and try again, move it to a disk of this machine, or use PostgreSQL."
        )


def network_of(path: Path) -> str | None:
    """The kind of network file system on which a file lies; None on a disk of this machine, or where it cannot be told."""
    try:
        device = path.stat().st_dev
        if os.major(device):
            return None
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    kinds = (one.partition(" - ")[2].split(" ", 1)[0] for one in mounts if one.split(" ", 3)[2] == wanted)
    return next((kind for kind in kinds if kind in _NETWORK), None)


def unwritable(path: Path) -> str:
    """What to do about a file with a log whose folder cannot be written; nothing when that is not what is wrong."""
    if not path.exists() or os.access(path.parent, os.W_OK, effective_ids=_EFFECTIVE):
        return ""
    return (
        f"The folder {path.parent} cannot be written, which a store with a write-ahead log needs also for reading. Allow "
        f"writing there, or read a backup: `ringfence store backup`, where it can be written, makes one file without a log."
    )


def copy_file(source: Path, target: Path, progress: Callable[[str, int, int], None] | None = None) -> None:
    """Copy the state of a file at one instant, while others use it, to `target`: one file without a log.

    `progress` is called with the name, the pages done and those there are. Raises StoreError.
    """

    def told(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(source.name, total - remaining, total)

    try:
        with (
            contextlib.closing(_connected(source, WAIT_SECONDS)) as one,
            contextlib.closing(_connected(target, WAIT_SECONDS)) as other,
        ):
            one.execute(
                "BEGIN"
            )  # one read for all pages: without it, what is written meanwhile begins the copy anew
            one.execute("SELECT count(*) FROM sqlite_master").fetchone()
            one.backup(other, pages=_PAGES, progress=told)
            other.execute("PRAGMA journal_mode = delete")
    except sqlite3.Error as error:
        raise StoreError(
            f"{target}: the copy of {source} was not written ({error}). "
            f"{unwritable(source) or 'Check free space and permissions.'}"
        ) from None


def fold(path: Path) -> None:
    """Make a file that nobody uses one file without a log. Raises sqlite3.Error."""
    with contextlib.closing(_connected(path, WAIT_SECONDS)) as file:
        file.execute("PRAGMA journal_mode = delete")


def _connected(path: Path, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)
