"""Citations with the page that prints them: the Federal Register and the Code of Federal Regulations."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_FEDERAL_REGISTER = re.compile(r"(\d{2,3}) FR (\d{1,6})")
_SECTION = re.compile(r"15 CFR (\d{3})\.(\d{1,3})\b.*")
_IN_TEXT = re.compile(r"(?<![\d.])(7[3-7]\d)\.(\d{1,3})(?![\d.])")


class Cited(NamedTuple):
    """A stretch of text; `link` is None where it cites nothing that has an address."""

    text: str
    link: str | None


def cited(text: str) -> Cited:
    """`84 FR 54002` with its page at federalregister.gov, `15 CFR 744.11` with its section at ecfr.gov."""
    if found := _FEDERAL_REGISTER.fullmatch(text.strip()):
        return Cited(text, f"https://www.federalregister.gov/citation/{found[1]}-FR-{found[2]}")
    if found := _SECTION.fullmatch(text.strip()):
        return Cited(text, _section(found[1], found[2]))
    return Cited(text, None)


def document(number: str) -> str:
    """The address of a Federal Register document by its number (`2019-22210`)."""
    return f"https://www.federalregister.gov/d/{number}"


def linked(text: str) -> Iterator[Cited]:
    """A text of the EAR in stretches, the sections that it names (`§ 744.11`) with their addresses."""
    at = 0
    for found in _IN_TEXT.finditer(text):
        yield Cited(text[at : found.start()], None)
        yield Cited(found[0], _section(found[1], found[2]))
        at = found.end()
    yield Cited(text[at:], None)


def _section(part: str, section: str) -> str:
    return f"https://www.ecfr.gov/current/title-15/section-{part}.{section}"
