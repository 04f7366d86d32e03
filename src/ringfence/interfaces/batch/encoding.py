"""Which encoding the bytes of a text file are in.

Promises: UTF-8 whenever the whole file is valid UTF-8, UTF-16 when its byte order mark is there, and
otherwise GB18030 or Windows-1252 only if the file decodes strictly *and* reads like Chinese, or like a
Western language. Anything else is refused with the place of the first byte at fault: a name that is
decoded wrongly is a name that is never found. Never replaces or skips a byte.
"""

import codecs
import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

import msgspec

from ringfence.errors import InputError
from ringfence.interfaces.batch.bounds import Bounds, size

CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽžŸ’‘“”–—…€£§°´·º«»®™©\xa0½¿¡&ª"
)
_COMMON_CHINESE = 0.6
"""At least this part of the characters of a Chinese text is among the 3,755 of GB 2312's first level:
in running text it is over 0.95, in bytes of another encoding it is seldom over 0.3."""
_FAMILIAR = frozenset(
    "的一是有限公司股份技术科中国名称供应商业企地址北京上海市深圳广州东江苏浙山省区县路号电子信息产品贸易集团工程实研究院大学局"
    "新天华海金东方明德安大和平文化机械设备材料医药能源通信网络安全代码编类型备注客户联系人时间日期数量张王刘陈杨赵黄周吴"
)
_FAMILIAR_CHINESE = 0.15
"""And at least this part is among the characters that tables of parties are full of. Korean and Japanese
bytes also decode to characters of the first level, but to these only by chance (one in thirty);
the two that Japanese bytes give often (for 株 and 社) are left out."""
_COMMON_WESTERN = 0.9
"""Icelandic letters, in whose place Turkish has others, do not count: no Turkish file is garbled."""
_LONG_RUN = 3
"""Western accented letters stand alone or in pairs; a Cyrillic or Greek word is one long run of them."""


class Text(msgspec.Struct, frozen=True):
    """What is known of a text after one pass over its bytes: its encoding and number of lines.

    `guessed` marks an encoding that was chosen because it reads well, not because the file says so.
    """

    encoding: str
    lines: int
    guessed: bool = False


def examine(stream: BinaryIO, name: str, bounds: Bounds, forced: str | None = None) -> Text:
    """Decide the encoding of `stream` by reading it once in pieces; leaves it at its beginning.

    Raises InputError on a line longer than `bounds.line` (found before the line is held in memory), on
    bytes that are no text, on a `forced` encoding that is unknown or does not fit, and where no encoding
    can be told.
    """
    stream.seek(0)
    head = stream.read(4)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    encoding = forced or marked or "utf-8"
    try:
        codecs.lookup(encoding)
        b"".decode(encoding)
    except LookupError:
        raise InputError(
            f"{name}: no encoding is called {forced!r}; use for example --encoding utf-8, gb18030 or cp1252"
        ) from None
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    lines = _count_lines(stream, name, bounds, wide=wide)
    fault = _first_fault(stream, encoding)
    if fault is None:
        return Text(encoding, lines)
    if forced or marked:
        raise _undecodable(stream, name, encoding, fault, forced=forced is not None)
    guess = _plausible(stream)
    if guess is None:
        raise _undecodable(stream, name, encoding, fault, forced=False)
    return Text(guess, lines, guessed=True)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(CHUNK):
        yield piece
    stream.seek(0)


def _count_lines(stream: BinaryIO, name: str, bounds: Bounds, *, wide: bool) -> int:
    """The number of lines; refuses lines that are too long, and bytes of zero where no text has them."""
    # A wide character may hold the byte of a line's end; the reader's own bound then still holds.
    longest = bounds.line * (4 if wide else 1)
    lines = position = line_start = 0
    ended = True
    for piece in _pieces(stream):
        if not wide and (nul := piece.find(b"\0")) >= 0:
            raise InputError(
                f"{name}: not a text file (a zero byte at offset {position + nul:,}); give a CSV, TSV, JSON "
                "Lines, XLSX, XLS, ODS or Parquet file, or say --encoding utf-16-le if it is UTF-16 "
                "without a mark"
            )
        end = b"\n" if b"\n" in piece or b"\r" not in piece else b"\r"
        start = 0
        while True:
            found = piece.find(end, start)
            reach = position + (len(piece) if found < 0 else found)
            if reach - line_start > longest:
                raise InputError(
                    f"{name}, line {lines + 1:,}: the line is longer than {size(bounds.line)}; this is "
                    "not a table "
                    "of parties, or its line ends or quotation marks are lost: save it again as CSV or XLSX"
                )
            if found < 0:
                break
            lines += 1
            line_start = position + found + 1
            start = found + 1
        ended = start == len(piece)
        position += len(piece)
    return lines if ended else lines + 1


def _first_fault(stream: BinaryIO, encoding: str) -> int | None:
    """The offset of the first byte that `encoding` does not decode; None if it decodes them all."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    position = 0
    pending = 0
    for piece in _pieces(stream):
        try:
            decoder.decode(piece)
        except UnicodeError as error:
            return position - pending + (error.start if isinstance(error, UnicodeDecodeError) else 0)
        state = decoder.getstate()[0]
        pending = len(state) if isinstance(state, bytes) else 0
        position += len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return max(0, position - pending)
    return None


def _plausible(stream: BinaryIO) -> str | None:
    """`gb18030` or `cp1252` if the file decodes strictly and reads like one; otherwise None."""
    chinese = codecs.getincrementaldecoder("gb18030")("strict")
    western = codecs.getincrementaldecoder("cp1252")("strict")
    may_be_chinese = may_be_western = True
    high = common_chinese = familiar = characters = common_western = in_long_runs = 0
    for piece in _pieces(stream):
        if may_be_chinese:
            try:
                found = _NOT_ASCII.findall(chinese.decode(piece))
            except UnicodeDecodeError:
                may_be_chinese = False
            else:
                characters += len(found)
                common_chinese += sum(map(_common_chinese().__contains__, found))
                familiar += sum(map(_FAMILIAR.__contains__, found))
        if may_be_western:
            try:
                found = _NOT_ASCII.findall(western.decode(piece))
            except UnicodeDecodeError:
                may_be_western = False
            else:
                high += len(found)
                common_western += sum(map(_WESTERN.__contains__, found))
                in_long_runs += sum(len(run) for run in _HIGH_RUN.findall(piece) if len(run) >= _LONG_RUN)
    if may_be_chinese:
        try:
            chinese.decode(b"", final=True)
        except UnicodeDecodeError:
            may_be_chinese = False
    if (
        may_be_chinese
        and characters
        and common_chinese / characters >= _COMMON_CHINESE
        and familiar / characters >= _FAMILIAR_CHINESE
    ):
        return "gb18030"
    if may_be_western and high and common_western / high >= _COMMON_WESTERN and in_long_runs * 2 < high:
        return "cp1252"
    return None


@cache
def _common_chinese() -> frozenset[str]:
    """The Chinese characters of GB 2312's first level, and its marks and full-width forms."""
    pairs = (bytes((lead, trail)) for lead in (0xA1, 0xA3, *range(0xB0, 0xD8)) for trail in range(0xA1, 0xFF))
    return frozenset(pair.decode("gb18030") for pair in pairs)


def _undecodable(stream: BinaryIO, name: str, encoding: str, offset: int, *, forced: bool) -> InputError:
    line = 1
    left = offset
    for piece in _pieces(stream):
        line += piece[:left].count(b"\n")
        left -= len(piece)
        if left <= 0:
            break
    stream.seek(offset)
    byte = stream.read(1)
    stream.seek(0)
    tried = encoding if forced or encoding != "utf-8" else "UTF-8, GB18030 or Windows-1252 text"
    return InputError(
        f"{name}, line {line:,}: the byte {byte.hex() or 'at the end'} at offset {offset:,} is not {tried}; "
        "name the encoding (for example --encoding big5, shift_jis, euc_kr, cp1251, cp1252 or cp1254), or "
        "save the file as UTF-8"
    )
