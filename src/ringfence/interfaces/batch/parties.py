"""A file of parties for the book: every row a party with an id, or the reason why it is none."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from ringfence import Query
from ringfence.errors import InputError
from ringfence.interfaces.batch.columns import Mapping, find_columns, read_queries, titles_parties
from ringfence.interfaces.batch.table import open_table
from ringfence.records.bulk import Firsts, Spool, mark
from ringfence.records.codec import canonical

MAX_ID = 200
_SHOWN = 20
_ROWS = 5_000
"""Rows after which progress is told."""


class Told:
    """Sentences about rows: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.count = 0

    def add(self, *texts: str) -> None:
        """Tell some more."""
        self.count += len(texts)
        self.first += texts[: _SHOWN - len(self.first)]


class PartyFile:
    """What a file says: its parties, remarks on their rows, and the rows that are no party, with why.

    The parties wait in a file on disk until it is closed, and may be gone through more than once.
    """

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.remarks = Told()
        self.refused = Told()
        self._parties = Spool(Query)
        self._rows, self._texts = Firsts(), Firsts()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._parties.__exit__()

    def __len__(self) -> int:
        return len(self._parties)

    def __iter__(self) -> Iterator[Query]:
        """The parties, each id once, in the order of the file."""
        return iter(self._parties)

    def add(self, query: Query, said: Iterable[str], where: str) -> None:
        """Take a row in, as a party or as one that is none."""
        name = query.name.strip()
        if not name and not query.id:
            self.refused.add(f"{where}: neither an id nor a name")
        elif not query.id:
            self.refused.add(f"{where}: {name[:60]!r} has no id")
        elif len(query.id) > MAX_ID:
            self.refused.add(f"{where}: an id of {len(query.id):,} characters; at most {MAX_ID} are kept")
        elif not name:
            self.refused.add(f"{where}: the party {query.id!r} has no name")
        else:
            key = mark(query.id)
            text = mark(canonical(msgspec.structs.replace(query, row=None)))
            row = self._rows.first(key, query.row or 0)
            if self._texts.first(key, text) not in (None, text):
                self.refused.add(
                    f"{where}: the id {query.id!r} stands in data row {row:,} already, for another text"
                )
            elif row is None:
                self._parties.add(query)
                self.remarks.add(*said)


def read_parties(
    file: str | Path,
    maps: Iterable[str] = (),
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> PartyFile:
    """The parties of a table of any format that can be screened. Every one needs an id of its own, which names it from
    one import to the next. The caller closes what comes back. `progress` is told how many rows were read, of how many.

    Raises InputError for a file without a column of ids or of names.
    """
    with open_table(file, encoding=encoding, sheet=sheet, titled=titles_parties) as table:
        mapping = find_columns(table, list(maps))
        if not mapping.of("id"):
            raise InputError(
                f"{table.name}: no column of ids. A party is known by its id from one import to the next; say which "
                f"column it is with --map id=COLUMN (the columns: {', '.join(filter(None, table.header))})"
            )
        found = PartyFile(mapping)
        try:
            for count, (query, said) in enumerate(read_queries(table, mapping), start=1):
                found.add(query, said, f"{table.name}, data row {query.row:,}")
                if progress and count % _ROWS == 0:
                    progress(count, table.expected_rows)
        except BaseException:
            found.__exit__()
            raise
    return found
