"""What is at stake with the party of a row: an amount of money and its currency, as a person wrote them.

A number is read as those do who put a point before its decimals, and as those do who put a comma. Where both can read it
and find different amounts (`1,234`), and where neither can, it is not used and the remark says so: no guess decides what
a reviewer sees first. Numbers stand for themselves; thousands and millions are not multiplied out.
"""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

import msgspec

from ringfence.review import NOTHING, Stake

MOST = 1e18
"""No amount is so much."""
_LONGEST = 60
"""Characters of a cell or a heading that is read."""
_SHOWN = 40

_SIGNS = str.maketrans({"\u2212": "-", "\u2019": "'"})
_CURRENCY = r"[^\d\s.,'+()-](?:[^\d.,'+()-]{0,30}[^\d\s.,'+()-])?"
_CELL = re.compile(
    rf"(?P<before>[-+(]?)\s*(?P<first>{_CURRENCY})??\s*(?P<sign>[-+]?)\s*"
    rf"(?P<number>[\d.,](?:[\d.,' ]*\d)?(?:[eE][+-]?\d{{1,3}})?)"
    rf"\s*(?P<after>-?)\s*(?P<last>{_CURRENCY})?\s*(?P<end>\)?)",
    re.ASCII,
)
_READINGS = tuple(
    re.compile(
        rf"(?P<whole>\d*|(?!0[{group}])\d{{1,3}}(?:(?P<by>[{group}' ])\d{{3}})(?:(?P=by)\d{{3}})*{lakhs})"
        rf"(?:[{decimal}](?P<part>\d+))?",
        re.ASCII,
    )
    for decimal, group, lakhs in ((".", ",", r"|[1-9]\d?(?:,\d\d)+,\d{3}"), (",", ".", ""))
)
"""A number with a point before its decimals (Indian groups too), and with a comma."""
_EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?[eE]([+-]?\d{1,3})", re.ASCII)
_BRACKETED = re.compile(r"(.*\S)\s*[(\[]\s*(?:in\s+)?([^()\[\]]+?)\s*[)\]]\s*", re.IGNORECASE | re.DOTALL)
_LAST_WORD = re.compile(r"(.*?[^\s_./-])[\s_./-]+(?:in[\s_./-]+)?([^\s_./-]+)\s*", re.IGNORECASE | re.DOTALL)


def read_stake(
    amount: str | None, currency: str | None = None, heading: str = ""
) -> tuple[Stake, tuple[str, ...]]:
    """The amount of one row, from its cells and the heading of its column, and remarks on what was not used."""
    text = _plain(amount or "")
    if not text:
        return NOTHING, ()
    try:
        value, marks = _amount(text)
        code, remarks = _currency([*marks, _plain(currency or "")], split_heading(heading)[1])
    except ValueError as problem:
        return Stake(unread=_cut(text)), (f"the amount {_shown(text)} {problem}",)
    return Stake(value, code), remarks


def split_heading(title: str) -> tuple[str, str | None]:
    """A heading without the currency at its end, and its code: `Annual spend (USD)` is `Annual spend` in USD.

    A mark that several currencies share is taken off and gives no code; a heading that ends in neither stays whole.
    """
    text = unicodedata.normalize("NFKC", title[:_LONGEST])
    bracketed = _BRACKETED.fullmatch(text)
    match = bracketed or _LAST_WORD.fullmatch(text)
    if len(title) > _LONGEST or match is None or (code := _currencies().get(match[2].casefold())) is None:
        return title, None
    if code in _table().english and not bracketed and (not match[2].isupper() or match[1].isupper()):
        return title, None
    return match[1], code or None


def _amount(text: str) -> tuple[float, list[str]]:
    """The number of a cell and the currencies beside it. Raises ValueError, whose text goes on after the cell."""
    match = _CELL.fullmatch(text) if len(text) <= _LONGEST else None
    found = _numbers(match["number"]) if match else set()
    marks = [mark for mark in (match["first"], match["last"]) if mark] if match else []
    # A word that is no currency may be a unit: thousands, or 万.
    known = all(mark.casefold() in _currencies() for mark in marks)
    if match is None or not found or not known or (match["end"] == ")") != (match["before"] == "("):
        raise ValueError("is not a number and was not used; write it plainly, such as 1234.50")
    if "-" in (match["before"], match["sign"], match["after"]) or match["end"]:
        raise ValueError("is negative and was not used; write what is at stake")
    if max(found) >= MOST:
        raise ValueError("is too large and was not used; correct it")
    if len(found) > 1:
        low, high = sorted(found)
        raise ValueError(
            f"can be {high:.0f} or {low} and was not used; write it without grouping and with two decimals, such as {high:.2f}"
        )
    return found.pop(), marks


def _currency(said: list[str], code: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The currency that is said in words, and perhaps by the heading (`code`). Raises ValueError where they differ."""
    codes, unused = {code} - {None}, ""
    remarks: list[str] = []
    for word in filter(None, said):
        found = _currencies().get(word.casefold())
        if found:
            codes.add(found)
        elif found is None:
            remarks.append(f"the currency {_shown(word)} is not known and was not used; write its ISO code")
        else:
            unused = word
    if len(codes) > 1:
        raise ValueError(
            f"is said to be in {' and in '.join(sorted(map(str, codes)))} and was not used; say one"
        )
    if unused and not codes:
        remarks.append(
            f"the currency {_shown(unused)} is that of several countries and was not used; write its ISO code"
        )
    return next(iter(codes), None), tuple(remarks)


def _numbers(text: str) -> set[float]:
    """What a number can be, by either way of writing; empty when it is none."""
    if match := _EXPONENT.fullmatch(text):
        return {float(f"{match[1]}.{match[2] or 0}e{match[3]}")}
    found = set()
    for reading in _READINGS:
        if (match := reading.fullmatch(text)) and (match["whole"] or match["part"]):
            whole = "".join(filter(str.isdigit, match["whole"]))
            found.add(float(f"{whole or 0}.{match['part'] or 0}"))
    return found


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    codes: list[str]
    english: list[str]
    shared: list[str]
    words: dict[str, list[str]]


@cache
def _table() -> _Table:
    text = resources.files("ringfence.interfaces.batch").joinpath("currencies.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Table)


@cache
def _currencies() -> dict[str, str]:
    """The code of each word for a currency; empty for what several share."""
    table = _table()
    words = {word: code for code, several in table.words.items() for word in several}
    return {code.casefold(): code for code in table.codes} | words | dict.fromkeys(table.shared, "")


def _plain(text: str) -> str:
    """Text of one script of digits and spaces, without what has no shape."""
    folded = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return " ".join(
        "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace()).split()
    )


def _shown(text: str) -> str:
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
