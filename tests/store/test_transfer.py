"""A store moved, backed up, checked, and made by every earlier version of the schema."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ringfence.decisions.ledger import Ledger
from ringfence.errors import InputError, StoreError, WrongSchema
from ringfence.interfaces.web.access.registry import Registry
from ringfence.store import open_store
from ringfence.store.access_tables import access_metadata, open_access
from ringfence.store.address import registry_beside
from ringfence.store.backup import back_up
from ringfence.store.database import ACCESS, STORE, Database, Schema, version_of
from ringfence.store.inspection import inspect
from ringfence.store.tables import metadata
from ringfence.store.transfer import copy_store
from tests.store.entries import day, entry, instant, release
from tests.store.filled import AT, answers, fill, rows
from tests.stores import Files, Stores, tamper


@pytest.fixture
def filled(location: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with something in every table: filled once in a file, then copied."""
    fill(location)
    return location


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_store_goes_to_another_database_and_back_without_loss(
    filled: str, files: Files, request: pytest.FixtureRequest, stores: Stores
) -> None:
    there: Stores = files if stores.kind == "postgresql" else request.getfixturevalue("postgres")
    assert all(rows(filled).values()), "something of every table has to be moved"
    told = []
    with there.bare() as other, stores.bare() as back:
        copied = copy_store(filled, other, lambda *about: told.append(about))
        assert {one.table: one.rows for one in copied} == {
            name: len(held) for name, held in rows(filled).items()
        }
        assert ("version", 60, 60) in told
        assert copy_store(other, back) == copied
        assert rows(filled) == rows(other) == rows(back)
        assert answers(filled) == answers(other) == answers(back)
        # Numbers go on where they were.
        for place in (filled, other, back):
            with open_store(place) as store:
                store.record(release("third", published=day(20), recorded=instant(9)), [entry("Party 99")])
            with Ledger.open(place) as ledger:
                ledger.append("decision", [("T-99", {"outcome": "conditional"})], at=AT)
        assert answers(filled) == answers(other) == answers(back)
        assert answers(back)["verified"].faults == ()


def test_a_copy_overwrites_nothing(filled: str, stores: Stores, files: Files) -> None:
    before = rows(filled)
    with files.bare() as own:
        fill(own)
        with pytest.raises(InputError, match="already"):
            copy_store(own, filled)
        with pytest.raises(InputError, match="onto itself"):
            copy_store(filled, filled)
        with pytest.raises(InputError, match="no store to copy"):
            copy_store(f"{own}-not-there", own)
    assert rows(filled) == before


def test_a_copy_that_fails_midway_leaves_nothing(filled: str, files: Files, postgres: Stores) -> None:
    def stop(table: str, *_: object) -> None:
        if table == "ledger":
            raise OSError("the disk went away")

    for there in (files, postgres):
        with there.lent() as target:
            with pytest.raises(OSError, match="went away"):
                copy_store(filled, target, stop)
            assert not any(_held(target).values())
            copy_store(filled, target)
            assert rows(target) == rows(filled)


def _held(location: str) -> dict[str, int]:
    with Database.at(location) as database, database.read() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_an_untouched_store_holds(filled: str) -> None:
    found = inspect(filled)
    assert found.faults == ()
    assert (found.schema, found.snapshots, found.versions, found.documents) == (STORE.newest, 2, 60, 1)
    assert found.older == 0


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM version WHERE number = 3", "1 of its texts are missing, the first is 3"),
        (
            "UPDATE version SET body = (SELECT body FROM version WHERE number = 5) WHERE number = 4",
            "text 4.*was changed",
        ),
        ("UPDATE version SET body = {null_byte} WHERE number = 7", "text 7.*cannot be read"),
        ("UPDATE snapshot SET manifest = {null_byte} WHERE number = 1", "manifest or account cannot be read"),
        ("UPDATE snapshot SET entries = 3 WHERE number = 1", "has 30 texts, but 3 entries"),
        ("UPDATE federal_register_document SET body = {null_byte}", "document 2019-22210"),
    ],
)
def test_what_was_changed_behind_its_back_is_found(filled: str, statement: str, told: str) -> None:
    tamper(filled, statement)
    with pytest.raises(AssertionError, match=told):
        assert not inspect(filled).faults, " | ".join(inspect(filled).faults)


def test_a_backup_taken_while_others_write_is_one_state_and_a_store_itself(
    filled: str, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        with Ledger.open(filled) as ledger:
            while not stop.is_set():
                ledger.append("decision", [("T", {"n": 1}), ("T", {"n": 2})], at=AT)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        written = back_up(filled, tmp_path / "backup.db")
    finally:
        stop.set()
        writer.join()
    assert [one.name for one in written] == ["backup.db", "backup-access.db"]
    assert not list(tmp_path.glob("*.part"))
    assert written[1].stat().st_mode & 0o077 == 0
    restored = answers(str(written[0]))
    assert restored["verified"].faults == ()
    assert inspect(str(written[0])).faults == ()
    assert restored["texts"] == answers(filled)["texts"]
    assert restored["signs in"] is not None
    with pytest.raises(InputError, match="overwrites nothing"):
        back_up(filled, written[0])


def test_a_backup_that_cannot_be_written_leaves_nothing(filled: str, tmp_path: Path) -> None:
    with pytest.raises((StoreError, OSError)):
        back_up(filled, tmp_path / "no-such-folder" / "backup.db") if Path(filled).exists() else back_up(
            filled, Path("/proc/nowhere/backup.db")
        )
    assert not list(tmp_path.glob("*"))


@contextlib.contextmanager
def made_by(revision: str, stores: Stores, source: str) -> Iterator[str]:
    """A store as the version of that schema left it: its tables, with what `source` holds for them."""
    with stores.bare() as location:
        with Database.at(location) as database:
            database.upgrade(revision)
            old = sa.MetaData()
            with Database.at(source) as full, full.read() as reading, database.write() as connection:
                old.reflect(connection)
                for table in old.sorted_tables:
                    if table.name in metadata.tables:
                        columns = [one for one in metadata.tables[table.name].columns if one.name in table.c]
                        for row in reading.execute(sa.select(*columns)).mappings():
                            connection.execute(metadata.tables[table.name].insert().values(dict(row)))
        yield location


@pytest.mark.parametrize("revision", STORE.versions)
def test_a_store_of_every_earlier_version_is_brought_up_to_date_with_all_it_holds(
    revision: str, stores: Stores, files: Files
) -> None:
    with files.bare() as source:
        fill(source)
        wanted, held = answers(source), rows(source)
        with made_by(revision, stores, source) as location:
            with Database.at(location) as database, database.read() as connection:
                inspected = sa.inspect(connection)
                had = {
                    name: {column["name"] for column in inspected.get_columns(name)}
                    for name in set(inspected.get_table_names()) & metadata.tables.keys()
                }
            found = rows_of_store(location)
            for name, columns in had.items():
                assert of_columns(found[name], name, columns) == of_columns(held[name], name, columns)
            assert not any(found[name] for name in found.keys() - had.keys())
            with open_store(location) as store:
                assert store.snapshots() == wanted["releases"]
                assert store.attempts() == wanted["attempts"]
            assert inspect(location).faults == ()
            with Ledger.open(location) as ledger:
                assert ledger.verify().faults == ()
                assert ledger.verify().lines == len(found["ledger"])


def of_columns(held: list[tuple[object, ...]], table: str, columns: set[str]) -> list[tuple[object, ...]]:
    """Rows of a table without the columns that an earlier version did not have."""
    places = [n for n, column in enumerate(metadata.tables[table].columns) if column.name in columns]
    return sorted((tuple(row[n] for n in places) for row in held), key=repr)


def rows_of_store(location: str) -> dict[str, list[tuple[object, ...]]]:
    """The rows of a store once it is brought up to date."""
    with open_store(location):
        pass
    open_access(registry_beside(location)).close()  # so that `rows` finds them
    return {name: held for name, held in rows(location).items() if name in metadata.tables}


@pytest.mark.parametrize(("schema", "tables"), [(STORE, metadata), (ACCESS, access_metadata)])
def test_the_schema_made_by_migrations_is_the_one_that_the_tables_say(
    schema: Schema, tables: sa.MetaData, stores: Stores
) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with (
        stores.bare() as location,
        Database.open(location, schema) as database,
        database.read() as connection,
    ):
        opts = {"compare_type": True, "version_table": schema.table}
        assert compare_metadata(MigrationContext.configure(connection, opts=opts), tables) == []


def test_keys_and_people_made_before_they_had_versions_are_taken_over(stores: Stores, files: Files) -> None:
    with files.bare() as source, stores.bare() as location:
        fill(source)
        wanted = {name: held for name, held in rows(source).items() if name in access_metadata.tables}
        beside = registry_beside(location)
        with (
            Database.at(registry_beside(source)) as full,
            full.read() as reading,
            Database.at(beside) as old,
            old.write() as connection,
        ):
            access_metadata.create_all(connection)
            for table in access_metadata.sorted_tables:
                for row in reading.execute(sa.select(table)).mappings():
                    connection.execute(table.insert().values(dict(row)))
        with Registry(beside) as registry:
            assert [one.name for one in registry.people()] == ["ann"]
            registry.put_person("ben", "viewer", now=AT)
        with Database.at(beside) as now, now.read() as connection:
            assert version_of(connection, ACCESS) == ACCESS.newest
            for name in wanted.keys() - {"access_person"}:
                table = access_metadata.tables[name]
                assert sorted(map(tuple, connection.execute(sa.select(table))), key=repr) == wanted[name]


def test_keys_and_people_of_a_newer_version_are_refused(stores: Stores) -> None:
    with stores.bare() as location:
        open_access(registry_beside(location)).close()
        tamper(registry_beside(location), "UPDATE access_version SET version_num = '9999'")
        with Registry(registry_beside(location)) as registry, pytest.raises(WrongSchema):
            registry.people()


def test_a_damaged_file_is_said_to_be_damaged(files: Files) -> None:
    with files.bare() as location:
        fill(location)
        with Path(location).open("r+b") as file:
            file.seek(4096 * 4)
            file.write(b"\xff" * (Path(location).stat().st_size // 2))
        try:
            told = " ".join(inspect(location).faults)
        except StoreError as error:
            told = str(error)
        assert "damaged" in told or "malformed" in told
