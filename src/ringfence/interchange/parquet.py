"""Listings as Parquet: a few columns to filter by, and the whole record, which reads back as it was.

Needs the `batch` extra; without it the error says how to get it.
"""

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, BinaryIO

import msgspec

from ringfence.errors import InputError
from ringfence.records import Listing
from ringfence.records.codec import canonical

_ROWS = 10_000


def write_parquet(listings: Iterable[Listing], out: BinaryIO) -> int:
    """Write some listings, one a row; the number of rows written. Raises InputError without pyarrow."""
    arrow, parquet = _arrow(), _parquet()
    schema = arrow.schema(
        [
            *((name, arrow.string()) for name in ("id", "list", "source", "party", "kind", "name")),
            ("names", arrow.list_(arrow.string())),
            ("countries", arrow.list_(arrow.string())),
            ("programs", arrow.list_(arrow.string())),
            ("citations", arrow.list_(arrow.string())),
            ("footnotes", arrow.list_(arrow.int32())),
            ("license_requirement", arrow.string()),
            ("license_review_policy", arrow.string()),
            ("valid_from", arrow.date32()),
            ("valid_until", arrow.date32()),
            ("reservation", arrow.string()),
            ("record", arrow.string()),
        ]
    )
    count = 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for listing in listings:
            rows.append(_row(listing))
            count += 1
            if len(rows) == _ROWS:
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
                rows.clear()
        writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
    return count


def read_parquet(source: BinaryIO, name: str = "the file") -> Iterator[Listing]:
    """The listings of a file that `write_parquet` wrote. Raises InputError for any other file."""
    arrow, parquet = _arrow(), _parquet()
    try:
        table = parquet.ParquetFile(source)
        for batch in table.iter_batches(batch_size=_ROWS, columns=["record"]):
            for record in batch.column(0).to_pylist():
                yield msgspec.json.decode(record, type=Listing)
    except (arrow.ArrowInvalid, KeyError, IndexError, msgspec.DecodeError) as error:
        raise InputError(
            f"{name}: not a Parquet file of listings ({error}). Write one with: ringfence export"
        ) from None


def _row(listing: Listing) -> dict[str, Any]:
    requirement, policy = listing.license_requirement, listing.license_review_policy
    return {
        "id": listing.id,
        "list": listing.list,
        "source": listing.source,
        "party": listing.party.id,
        "kind": listing.party.kind,
        "name": listing.party.name,
        "names": [name.text for name in listing.party.names],
        "countries": list(listing.party.countries),
        "programs": list(listing.programs),
        "citations": [str(citation) for citation in listing.citations],
        "footnotes": list(listing.footnotes),
        "license_requirement": requirement.text if requirement else None,
        "license_review_policy": policy.text if policy else None,
        "valid_from": listing.valid_from,
        "valid_until": listing.valid_until,
        "reservation": listing.reservation.text if listing.reservation else None,
        "record": canonical(listing).decode(),
    }


def _arrow() -> ModuleType:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, loaded only when it is needed
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'ringfence[batch]'") from None
    return pa


def _parquet() -> ModuleType:
    import pyarrow.parquet as pq  # noqa: PLC0415

    return pq
