"""Some answers as the bytes of a format: what one process makes ready and another puts into the file.

Text that a spreadsheet would run as a formula is defused here, once for every format of text.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Literal

import msgspec

from ringfence.interfaces.batch.flat import flat_rows, text_of
from ringfence.interfaces.batch.table import parquet_support
from ringfence.records import Screening

_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Screening)


PieceFormat = Literal["csv", "parquet", "jsonl"]
"""CSV rows, an Arrow stream, or JSON Lines, of which every other format is made."""


def piece_format(out: str) -> PieceFormat:
    """The form of the pieces that an output is put together from."""
    suffix = PurePath(out).suffix.lower()
    return "csv" if suffix == ".csv" else "parquet" if suffix == ".parquet" else "jsonl"


def encoded(form: PieceFormat, answers: Sequence[Screening]) -> bytes:
    """Some answers as a piece."""
    if form == "csv":
        return csv_lines(
            [neutralized(value) if isinstance(value, str) else text_of(value) for value in row]
            for answer in answers
            for row in flat_rows(answer)
        )
    if form == "parquet":
        return _arrow_stream(answers)
    return _ENCODER.encode_lines(answers)


def decoded(piece: bytes) -> list[Screening]:
    """The answers of a piece of JSON Lines."""
    return _DECODER.decode_lines(piece)


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of CSV in UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def neutralized(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe goes before a dangerous beginning.

    Text that begins with apostrophes and then so is given one more, so the step can be undone.
    """
    return "'" + text if text.lstrip("'")[:1] in _FORMULA_STARTS else text


def _arrow_stream(answers: Sequence[Screening]) -> bytes:
    from ringfence.interfaces.batch.arrow import answers_batch, schema  # noqa: PLC0415

    arrow, _ = parquet_support("the output")
    out = io.BytesIO()
    options = arrow.ipc.IpcWriteOptions(compression="zstd")
    with arrow.ipc.new_stream(out, schema(), options=options) as stream:
        stream.write_batch(answers_batch(answers))
    return out.getvalue()
