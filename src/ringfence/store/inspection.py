"""Whether a store holds together: every release has its entries, and every text is the one that its digest names."""

import zlib
from collections.abc import Callable, Iterator

import msgspec
import sqlalchemy as sa

from ringfence.records import Listing
from ringfence.records.codec import canonical, digest, pack, unpack
from ringfence.records.rule import FederalRegisterDocument
from ringfence.store.database import STORE, Database
from ringfence.store.manifest import unpack_manifest
from ringfence.store.tables import federal_register_document, snapshot, version

Progress = Callable[[str, int, int], None]
"""Called with what is checked, how many are done and how many there are."""

_ROWS = 2_000


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `older` are texts that an earlier version wrote in its own shape: they can be read, and their
    digest, which was taken of that shape, is not compared.
    """

    schema: str
    snapshots: int
    versions: int
    documents: int
    older: int
    faults: tuple[str, ...]


def inspect(location: str, progress: Progress | None = None) -> Inspected:
    """Check the releases, texts and documents of the store at `location`, as of one instant."""
    faults: list[str] = []
    older = 0
    with Database.open(location) as database, database.read() as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars()
            faults += [f"the file is damaged: {one}" for one in found if one != "ok"]
        counts = {
            table: _count(connection, table) for table in (snapshot, version, federal_register_document)
        }
        numbers = set(connection.scalars(sa.select(version.c.number)))
        for release in connection.execute(sa.select(snapshot)):
            faults += _of_release(release, numbers)
        for table, kind, name in (
            (version, Listing, "listing"),
            (federal_register_document, FederalRegisterDocument, "document"),
        ):
            query = sa.select(table).order_by(table.c.number).execution_options(yield_per=_ROWS)
            for done, row in enumerate(connection.execute(query), start=1):
                fault, is_older = _of_text(row.body, row.digest, kind)
                older += is_older
                if fault:
                    faults.append(f"{name} {getattr(row, name)} (text {row.number}): {fault}")
                if progress and done % _ROWS == 0:
                    progress(f"{name} texts", done, counts[table])
    return Inspected(
        schema=STORE.newest,
        snapshots=counts[snapshot],
        versions=counts[version],
        documents=counts[federal_register_document],
        older=older,
        faults=tuple(faults),
    )


def _of_release(release: sa.Row[tuple[object, ...]], numbers: set[int]) -> Iterator[str]:
    name = f"release {release.source} of {release.published_on}"
    try:
        held = unpack_manifest(release.manifest)
        msgspec.json.decode(zlib.decompress(release.account))
    except (zlib.error, ValueError) as error:
        yield f"{name}: its manifest or account cannot be read ({error})"
        return
    if missing := [number for number in held if number not in numbers]:
        yield f"{name}: {len(missing):,} of its texts are missing, the first is {missing[0]}"
    if len(held) > release.entries:
        yield f"{name}: has {len(held):,} texts, but {release.entries:,} entries"


def _of_text(body: bytes, named: bytes, kind: type[object]) -> tuple[str | None, bool]:
    """What is wrong with a text, and whether an earlier version wrote it in another shape."""
    try:
        packed = zlib.decompress(body)
        record = unpack(packed, kind)
    except (zlib.error, msgspec.DecodeError) as error:
        return f"cannot be read ({error})", False
    if pack(record) != packed:
        return None, True
    if digest(canonical(record)) != f"sha256:{named.hex()}":
        return "was changed: it is not the text that its digest names", False
    return None, False


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
