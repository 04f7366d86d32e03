"""Citations with the page that prints them: the Federal Register and the Code of Federal Regulations."""

import re
from typing import NamedTuple

_FEDERAL_REGISTER = re.compile(r"(\d{2,3}) FR (\d{1,6})")
_SECTION = re.compile(r"15 CFR (\d{3})\.(\d{1,3})\b.*")


class Cited(NamedTuple):
    """One citation; `link` is None where no address can be told from its text."""

    text: str
    link: str | None


def cited(text: str) -> Cited:
    """`84 FR 54002` with its page at federalregister.gov, `15 CFR 744.11` with its section at ecfr.gov."""
    if found := _FEDERAL_REGISTER.fullmatch(text.strip()):
        return Cited(text, f"https://www.federalregister.gov/citation/{found[1]}-FR-{found[2]}")
    if found := _SECTION.fullmatch(text.strip()):
        return Cited(text, f"https://www.ecfr.gov/current/title-15/section-{found[1]}.{found[2]}")
    return Cited(text, None)
