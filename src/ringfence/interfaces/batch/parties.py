"""A file of parties for the book: every row a party with an id, or the reason why it is none."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ringfence import Query
from ringfence.errors import InputError
from ringfence.interfaces.batch.columns import Mapping, find_columns, read_queries
from ringfence.interfaces.batch.table import open_table

MAX_ID = 200


class PartyFile(msgspec.Struct, frozen=True):
    """What a file says: its parties by id, remarks on their rows, and the rows that are no party, with why."""

    mapping: Mapping
    parties: tuple[Query, ...]
    remarks: tuple[str, ...]
    refused: tuple[str, ...]


def read_parties(
    file: str | Path,
    maps: Iterable[str] = (),
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> PartyFile:
    """The parties of a table of any format that can be screened. Every one needs an id of its own, which names it from
    one import to the next.

    Raises InputError for a file without a column of ids or of names.
    """
    with open_table(file, encoding=encoding, sheet=sheet) as table:
        mapping = find_columns(table, list(maps))
        if not mapping.of("id"):
            raise InputError(
                f"{table.name}: no column of ids. A party is known by its id from one import to the next; say which "
                f"column it is with --map id=COLUMN (the columns: {', '.join(filter(None, table.header))})"
            )
        parties: dict[str, Query] = {}
        remarks: list[str] = []
        refused: list[str] = []
        for query, said in read_queries(table, mapping):
            where = f"{table.name}, data row {query.row:,}"
            same = parties.get(query.id or "")
            if not query.name.strip() and not query.id:
                refused.append(f"{where}: neither an id nor a name")
            elif not query.id:
                refused.append(f"{where}: {query.name.strip()[:60]!r} has no id")
            elif len(query.id) > MAX_ID:
                refused.append(f"{where}: an id of {len(query.id):,} characters; at most {MAX_ID} are kept")
            elif not query.name.strip():
                refused.append(f"{where}: the party {query.id!r} has no name")
            elif same is not None and _bare(same) != _bare(query):
                refused.append(
                    f"{where}: the id {query.id!r} stands in data row {same.row:,} already, for another text"
                )
            elif same is None:
                parties[query.id] = query
                remarks += said
    return PartyFile(mapping, tuple(parties.values()), tuple(remarks), tuple(refused))


def _bare(query: Query) -> Query:
    return msgspec.structs.replace(query, row=None)
