"""Who holds which securities: 13F information tables, N-PORT, and tables of positions.

A position is money in a company, seldom a known part of it: shares stay unknown unless a table states them.
Issuers carry the identifiers that the filing gives. Options are kept apart by their qualifier.
"""

import datetime as dt
from pathlib import Path

from ringfence.errors import InputError
from ringfence.records import Identifier, Link
from ringfence.sources.links.linkset import LinkSet, party_of
from ringfence.sources.links.markup import Tree, children, elements, text
from ringfence.sources.links.shares import parse_share
from ringfence.sources.links.table import number_of, records

FLAT_13F = (
    "filer_cik",
    "filer_name",
    "period",
    "ticker",
    "issuer_name",
    "class",
    "put_call",
    "unit",
    "shares",
    "value_usd",
)
POSITIONS = (
    "holder",
    "issuer",
    "isin",
    "lei",
    "ticker",
    "cusip",
    "share",
    "value",
    "currency",
    "as_of",
    "source",
)
"""Columns of a plain table of positions. A holder that is an issuer elsewhere is a fund in a fund."""

_IDENTIFIERS = ("isin", "cusip", "lei", "ticker")


def read_13f(path: Path, holder: str | None) -> LinkSet:
    """A 13F information table. It does not name its filer: `holder` does. Values are in dollars, as since 2023."""
    found = LinkSet()
    owner = holder or f"the filer of {path.name}"
    if holder is None:
        found.remarks.append(
            f"{path.name}: a 13F information table does not name its filer; give it with --holder"
        )
    for row, (_, record) in enumerate(elements(path, "infoTable"), start=1):
        put_call = text(record, "putCall")
        _hold(
            found,
            path.name,
            row,
            holder=owner,
            issuer=text(record, "nameOfIssuer"),
            identifiers={"cusip": text(record, "cusip")},
            value=text(record, "value"),
            currency="USD",
            qualifier=f"{text(record, 'titleOfClass') or ''}{f', {put_call} option' if put_call else ''}".strip(
                ", "
            ),
            source=f"13F, {path.name}, line {row:,}",
        )
    return found


def read_nport(path: Path) -> LinkSet:
    """An N-PORT filing: the series holds each of its investments."""
    found = LinkSet()
    fund, day = f"the fund of {path.name}", None
    for name, record in elements(path, "genInfo", "invstOrSec"):
        if name == "genInfo":
            fund = " - ".join(filter(None, (text(record, "regName"), text(record, "seriesName")))) or fund
            day = _day(text(record, "repPdDate") or text(record, "repPdEnd"))
            lei = text(record, "seriesLei") or text(record, "regLei")
            found.parties[fund] = party_of(
                fund, fund, kind="organization", identifiers=[Identifier("lei", lei)] if lei else ()
            )
            continue
        row = len(found.links) + 1
        _hold(
            found,
            path.name,
            row,
            holder=fund,
            issuer=text(record, "name"),
            identifiers={
                "isin": next(
                    (
                        str(one["@value"])
                        for one in children(record, "identifiers", "isin")
                        if "@value" in one
                    ),
                    None,
                ),
                "cusip": text(record, "cusip"),
                "lei": text(record, "lei"),
                "ticker": next(
                    (
                        str(one["@value"])
                        for one in children(record, "identifiers", "ticker")
                        if "@value" in one
                    ),
                    None,
                ),
            },
            value=text(record, "valUSD"),
            currency="USD",
            country=text(record, "invCountry"),
            qualifier=_kind_of(record),
            source=f"N-PORT, {path.name}, investment {row:,}",
            stated_on=day,
        )
    return found


def read_positions(path: Path) -> LinkSet:
    """A table of positions, with the columns of POSITIONS or those of flattened 13F filings."""
    found = LinkSet()
    for row, cells in records(path, tuple(dict.fromkeys((*POSITIONS, *FLAT_13F))), required=()):
        cell = {name: value.strip() or None for name, value in cells.items()}
        holder, issuer = (
            cell.get("holder") or cell.get("filer_name"),
            cell.get("issuer") or cell.get("issuer_name"),
        )
        if not holder or not issuer:
            raise InputError(f"{path.name}, row {row:,}, {'issuer' if holder else 'holder'}: is empty")
        if cell.get("filer_cik"):
            found.parties.setdefault(
                holder, party_of(holder, holder, identifiers=[Identifier("cik", str(cell["filer_cik"]))])
            )
        flat = "filer_name" in cell
        _hold(
            found,
            path.name,
            row,
            holder=holder,
            issuer=issuer,
            identifiers={scheme: cell.get(scheme) for scheme in _IDENTIFIERS},
            value=cell.get("value_usd" if flat else "value"),
            currency="USD" if flat else cell.get("currency"),
            share=cell.get("share"),
            qualifier=", ".join(filter(None, (cell.get("class"), cell.get("put_call")))),
            source=cell.get("source") or f"{path.name}, row {row:,}",
            stated_on=_day(cell.get("period") or cell.get("as_of")),
        )
    return found


def _hold(
    found: LinkSet,
    file: str,
    row: int,
    *,
    holder: str,
    issuer: str | None,
    identifiers: dict[str, str | None],
    value: str | None,
    currency: str | None,
    source: str,
    country: str | None = None,
    share: str | None = None,
    qualifier: str | None = None,
    stated_on: dt.date | None = None,
) -> None:
    if not issuer or issuer == "N/A":
        found.remarks.append(f"{file}, row {row:,}, issuer: is not named; the position was left out")
        return
    held = {
        scheme: number
        for scheme, number in identifiers.items()
        if number and number not in ("N/A", "000000000")
    }
    if held:
        # A position is in a security: one issuer is told by its name, whatever its securities are numbered.
        known = found.parties.get(issuer)
        before = known.identifiers if known else ()
        fresh = [one for s, n in held.items() if (one := Identifier(s, n)) not in before]
        if fresh or known is None:
            found.parties[issuer] = party_of(
                issuer, issuer, country=country if _is_code(country) else None, identifiers=[*before, *fresh]
            )
    amount = number_of(value) if value else None
    if value and amount is None:
        raise InputError(f"{file}, row {row:,}, value: {value[:40]!r} is no number")
    try:
        part = parse_share(share) if share else None
    except ValueError as error:
        raise InputError(f"{file}, row {row:,}, share: {error}") from None
    found.links.append(
        Link(
            id=f"{file}:{row}",
            subject=holder,
            relation="holds_securities_of",
            object=issuer,
            share=part,
            value=amount,
            currency=currency,
            asserted_by=holder,
            source=source,
            stated_on=stated_on,
            qualifier=qualifier or None,
            row=row,
        )
    )


def _kind_of(record: Tree) -> str | None:
    return (
        ", ".join(
            filter(None, (text(record, "assetCat"), text(record, "title"), text(record, "payoffProfile")))
        )
        or None
    )


def _is_code(country: str | None) -> bool:
    return bool(country) and len(country or "") == 2 and (country or "").isalpha() and country != "XX"


def _day(stated: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(stated[:10]) if stated else None
    except ValueError:
        return None
