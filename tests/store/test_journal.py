"""An SQLite store and its write-ahead log: nobody waits who reads, and nothing is lost where files are moved about."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ringfence.decisions.ledger import Ledger
from ringfence.errors import StoreError
from ringfence.store import journal, open_store
from ringfence.store.address import registry_beside
from ringfence.store.backup import back_up
from ringfence.store.database import Database
from tests.store.entries import entry, release
from tests.store.filled import AT, fill, rows
from tests.stores import Files

LISTED = [entry(f"Party {number}") for number in range(40)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with something in every table, and keys beside it; closed."""
    fill(str(tmp_path / "store.db"))
    return tmp_path / "store.db"


def form(path: Path) -> str:
    """What the header of a closed file says of it."""
    return {b"\x01\x01": "delete", b"\x02\x02": "wal"}[path.read_bytes()[18:20]]


def as_it_was(path: Path) -> None:
    """Put a closed file back into the form of earlier versions."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = delete")
    assert form(path) == "delete"


def test_every_file_has_a_log_and_is_one_file_when_all_have_closed_it(path: Path) -> None:
    with open_store(str(path)) as store:
        store.record(release("more"), LISTED)
        assert path.with_name("store.db-wal").stat().st_size
    beside = Path(registry_beside(str(path)))
    assert form(path) == form(beside) == "wal"
    assert {one.name for one in path.parent.iterdir()} == {path.name, beside.name}


def test_a_read_keeps_no_writer_waiting_and_a_write_no_reader(path: Path) -> None:
    with Ledger.open(str(path)) as ledger, Database.open(str(path)) as other:
        before = len(list(ledger.lines()))
        with closing(ledger.lines()) as reading:
            next(reading)
            Ledger(other).append("decision", [("T", {"n": 1})], at=AT)
            assert len([1, *reading]) == before  # of the state that the read began with
        with other.write() as writing:
            writing.exec_driver_sql("DELETE FROM ledger")
            assert len(list(ledger.lines())) == before + 1
            writing.rollback()


def test_a_file_of_an_earlier_version_is_switched_once_nobody_else_uses_it(path: Path) -> None:
    held = rows(str(path))
    as_it_was(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM ledger").fetchone()
        with open_store(str(path)) as store:
            assert store.snapshots()  # it serves as it is
    assert form(path) == "delete"
    open_store(str(path)).__enter__().database.close()
    assert form(path) == "wal"
    assert rows(str(path)) == held


def test_a_backup_is_one_file_and_holds_what_is_still_in_the_log(path: Path, tmp_path: Path) -> None:
    with Ledger.open(str(path)) as ledger:
        ledger.append("decision", [("T-log", {"n": 1})], at=AT)
        written = back_up(str(path), tmp_path / "backup.db")
    assert [form(one) for one in written] == ["delete", "delete"]
    assert not list(tmp_path.glob("backup*-wal")) and not list(tmp_path.glob("*.part*"))
    with Ledger.open(str(written[0])) as ledger:
        assert ledger.verify().faults == ()
        assert [line.ref for line in ledger.latest(limit=1)] == ["T-log"]


def test_a_backup_from_a_server_is_one_file_as_well(postgres: object, tmp_path: Path) -> None:
    with postgres.lent() as location:  # type: ignore[attr-defined]
        fill(location)
        written = back_up(location, tmp_path / "backup.db")
        assert [form(one) for one in written] == ["delete", "delete"]
        assert rows(str(written[0])) == rows(location)


@contextmanager
def without_privilege(folder: Path) -> Iterator[None]:
    """A folder that the reader may not write to, also when it is root who runs the tests."""
    folder.chmod(0o555)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if me == 0:
            os.seteuid(me)
        folder.chmod(0o755)


def test_a_store_whose_folder_cannot_be_written_says_what_to_do_and_its_backup_is_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(str(folder / "store.db")) as store:
            store.record(release("first"), LISTED)
        back_up(str(folder / "store.db"), folder / "backup.db")
        for one in folder.iterdir():
            one.chmod(0o444)
        with without_privilege(folder):
            with (
                pytest.raises(StoreError, match=r"cannot be written.*ringfence store backup"),
                open_store(str(folder / "store.db")) as store,
            ):
                store.snapshots()
            with pytest.raises(StoreError, match=r"copy of .* was not written"):
                journal.copy_file(
                    folder / "store.db", Path(tempfile.gettempdir()) / "no-such-folder" / "x.db"
                )
            with open_store(str(folder / "backup.db")) as store:
                assert [one.entries for one in store.snapshots()] == [len(LISTED)]


def test_a_store_on_a_network_file_system_keeps_the_journal(
    path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "network_of", lambda _path: "nfs4")
    with files.bare() as made:
        Database.open(made).close()
        assert form(Path(made)) == "delete"
    held = rows(str(path))
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT count(*) FROM ledger").fetchone()
        with pytest.raises(StoreError, match=r"network file system \(nfs4\).*PostgreSQL"):
            Database.open(str(path))
    Database.open(str(path)).close()
    assert form(path) == "delete"
    assert rows(str(path)) == held


def test_the_kind_of_a_file_system_is_read_from_its_mount(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert journal.network_of(path) is None
    device = os.makedev(0, 77)
    monkeypatch.setattr(Path, "stat", lambda _self: os.stat_result((0, 0, device, *[0] * 7)))
    mounts = (
        "36 35 0:77 / /mnt rw,noatime shared:1 - {} server:/export rw\n40 35 0:78 / /x rw - ext4 /dev/x rw\n"
    )
    for kind, told in (("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("overlay", None), ("tmpfs", None)):
        monkeypatch.setattr(Path, "read_text", lambda *_, kind=kind: mounts.format(kind))
        assert journal.network_of(path) == told


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
