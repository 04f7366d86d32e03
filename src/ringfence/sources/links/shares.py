"""Shares as people and registers write them, to exact intervals of fractions.

Knows fractions (`0.5`), percentages (`50%`), ranges (`25-50%`) and bounds (`>50%`). A range is more than its
lower end up to and including its upper end, as in the UK register of persons with significant control.
Never rounds: every digit written is kept. Never guesses: a bare `50` is refused, since it may be a mistake
for 50 percent or for one half.
"""

import re
from decimal import Decimal

from ringfence.records import Share
from ringfence.records.link import MOST_DECIMALS

_NUMBER = rf"[0-9]{{1,12}}(?:\.[0-9]{{1,{MOST_DECIMALS}}})?|\.[0-9]{{1,{MOST_DECIMALS}}}"
_SINGLE = re.compile(rf"({_NUMBER})\s*(%?)")
_RANGE = re.compile(rf"({_NUMBER})\s*(%?)\s*(?:-|–|—|\bto\b)\s*({_NUMBER})\s*(%?)")
_BOUND = re.compile(rf"(>=|<=|≥|≤|>|<)\s*({_NUMBER})\s*(%?)")

_HOW = "write a fraction from 0 to 1 (0.5), a percentage (50%), a range (25-50%) or a bound (>50%)"


def parse_share(text: str) -> Share | None:
    """The interval that `text` states; None when it is empty, which is an unknown share.

    >>> parse_share("25-50%")
    Share(low=Decimal('0.25'), high=Decimal('0.5'), open_low=True, open_high=False)

    Raises ValueError, saying what is wrong and how to write it.
    """
    text = text.strip()
    if not text:
        return None
    if m := _SINGLE.fullmatch(text):
        share = _fraction(m[1], text, percent=bool(m[2]))
        return Share(share, share)
    if m := _RANGE.fullmatch(text):
        percent = bool(m[2] or m[4])
        low, high = (_fraction(number, text, percent=percent) for number in (m[1], m[3]))
        if low > high:
            raise ValueError(f"{text!r} runs from more to less; write the smaller end first")
        return Share(low, high, open_low=low < high)
    if m := _BOUND.fullmatch(text):
        end = _fraction(m[2], text, percent=bool(m[3]))
        if m[1] in (">", ">=", "≥"):
            if m[1] == ">" and end == 1:
                raise ValueError(f"{text!r} is more than the whole")
            return Share(end, Decimal(1), open_low=m[1] == ">")
        if m[1] == "<" and end == 0:
            raise ValueError(f"{text!r} is less than nothing")
        return Share(Decimal(0), end, open_high=m[1] == "<")
    raise ValueError(f"{text!r} is not a share; {_HOW}")


def between(low: str, high: str) -> Share | None:
    """The interval of two ends, both included; a missing end is 0 or 1. None when both are missing."""
    if not low.strip() and not high.strip():
        return None
    ends = [
        parse_share(text) if text.strip() else Share(end, end)
        for text, end in ((low, Decimal(0)), (high, Decimal(1)))
    ]
    if any(end is None or end.low != end.high for end in ends):
        raise ValueError(f"{low!r} and {high!r} must each be one number; {_HOW}")
    first, last = (end.low for end in ends if end is not None)
    if first > last:
        raise ValueError(f"share_low {low!r} is more than share_high {high!r}")
    return Share(first, last)


def _fraction(number: str, text: str, *, percent: bool) -> Decimal:
    value = Decimal(number).scaleb(-2) if percent else Decimal(number)
    if value > 1:
        hint = "more than the whole" if percent else f"not a fraction; did you mean {number}%?"
        raise ValueError(f"{text!r} is {hint}")
    return value.normalize() + 0
