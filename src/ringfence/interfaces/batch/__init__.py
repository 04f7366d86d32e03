r"""Files in, files out: parties from tables of every common format, answers to reports.

    with open_table("suppliers.xlsx") as table, writer_for("hits.html", input_path="suppliers.xlsx") as out:
        mapping = find_columns(table, ["name=Vendor"])
        print(*mapping.lines(), sep="\\n")
        for answer in screened(table, mapping, engine.screen):
            out.write(answer)

Reads within bounds, writes whole files or none. Knows nothing of lists or matching: the engine answers.
"""

from ringfence.interfaces.batch.bounds import Bounds
from ringfence.interfaces.batch.chunks import Answered, World, in_chunks, jobs_for
from ringfence.interfaces.batch.columns import (
    Column,
    Mapping,
    columns_as,
    find_columns,
    not_a_name,
    read_queries,
    read_staked,
    targets,
    titles_parties,
)
from ringfence.interfaces.batch.countries import countries_in
from ringfence.interfaces.batch.orders import find_order_columns, read_orders_table
from ringfence.interfaces.batch.pairs import Pairs, PartyStakes
from ringfence.interfaces.batch.parties import PartyFile, read_parties
from ringfence.interfaces.batch.pieces import PieceFormat, piece_format
from ringfence.interfaces.batch.report import FORMATS, ScreeningWriter, writer_for
from ringfence.interfaces.batch.screening import screened
from ringfence.interfaces.batch.table import Row, Table, open_table, within_bounds
from ringfence.interfaces.batch.unfinished import Begun, Unfinished, asks_of

__all__ = [
    "FORMATS",
    "Answered",
    "Begun",
    "Bounds",
    "Column",
    "Mapping",
    "Pairs",
    "PartyFile",
    "PartyStakes",
    "PieceFormat",
    "Row",
    "ScreeningWriter",
    "Table",
    "Unfinished",
    "World",
    "asks_of",
    "columns_as",
    "countries_in",
    "find_columns",
    "find_order_columns",
    "in_chunks",
    "jobs_for",
    "not_a_name",
    "open_table",
    "piece_format",
    "read_orders_table",
    "read_parties",
    "read_queries",
    "read_staked",
    "screened",
    "targets",
    "titles_parties",
    "within_bounds",
    "writer_for",
]
