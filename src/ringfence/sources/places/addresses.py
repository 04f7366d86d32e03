"""Addresses as the Consolidated Screening List joins them: `street, city, [state,] [postal,] CC; ...`.

Country codes are put in capitals. `HK` and `..., Hong Kong, CN` both become jurisdiction HK; the printed
text stays.
"""

import re

from ringfence.records import Address
from ringfence.sources.repair import repair

_COUNTRY = re.compile(r"(?:^|,\s*)([A-Z]{2})$")
_POSTAL = re.compile(r"^(?=.*\d)[A-Z0-9][A-Z0-9 \-]{2,9}$", re.IGNORECASE)
_PROVINCES = frozenset({
    "anhui", "fujian", "gansu", "guangdong", "guangxi", "guizhou", "hainan", "hebei", "heilongjiang", "henan", "hubei",
    "hunan", "jiangsu", "jiangxi", "jilin", "liaoning", "ningxia", "qinghai", "shaanxi", "shandong", "shanxi", "sichuan",
    "tibet", "xinjiang", "xuar", "yunnan", "zhejiang",
})  # fmt: skip
_HONG_KONG = re.compile(r"\bhong ?kong\b", re.IGNORECASE)
_MACAU = re.compile(r"\bmaca[uo]\b", re.IGNORECASE)


def split_addresses(cell: str) -> tuple[Address, ...]:
    """Every address of a joined cell, in order.

    Streets may hold `; ` themselves: an address ends where a country code ends, or with the cell.
    """
    found: list[str] = []
    pending = ""
    for part in cell.split(";"):
        text = f"{pending};{part}" if pending else part
        if _COUNTRY.search(text.strip()):
            found.append(text.strip())
            pending = ""
        else:
            pending = text
    if pending.strip():
        found.append(pending.strip())
    return tuple(read_address(text) for text in found if text)


def read_address(published: str) -> Address:
    """One printed address, its parts told apart from the end: country, postal code, province, city."""
    text = re.sub(r"\s+", " ", repair(published)).strip(" ,")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    country = parts.pop() if parts and re.fullmatch(r"[A-Z]{2}", parts[-1]) else None
    postal = parts.pop() if len(parts) > 1 and _POSTAL.fullmatch(parts[-1]) else None
    region = None
    if len(parts) > 1 and parts[-1].lower().removesuffix(" province") in _PROVINCES:
        region = parts.pop()
    city = (
        parts[-1]
        if len(parts) > 1 or (parts and country and not any(c.isdigit() for c in parts[0]))
        else None
    )
    return Address(
        text=text,
        city=city,
        region=region,
        postal_code=postal,
        country=jurisdiction(country, text),
        published=published if published != text else None,
    )


def jurisdiction(country: str | None, text: str) -> str | None:
    """The code of the place: Hong Kong and Macau addresses printed under `CN` become `HK` and `MO`.

    For the EAR both are destinations of their own heading; Hong Kong is treated as China since
    2020-12-23 (85 FR 83765), which is a question for the rules, not for the address.
    """
    if country == "CN" and _HONG_KONG.search(text):
        return "HK"
    if country == "CN" and _MACAU.search(text):
        return "MO"
    return country
