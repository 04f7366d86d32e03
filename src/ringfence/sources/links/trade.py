"""The user's own tables about trade: bills of material and orders. Strict, as tables of links are."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from ringfence.errors import InputError
from ringfence.sources.links.table import Record, number_of, records

BILL_COLUMNS = (
    "item",
    "component",
    "supplier",
    "supplier_country",
    "tier",
    "value",
    "currency",
    "origin",
    "eccn",
    "source",
)
ORDER_COLUMNS = (
    "id",
    "party",
    "party_country",
    "direction",
    "item",
    "value",
    "currency",
    "on",
    "origin",
    "eccn",
    "subject_to_ear",
)

Answer = Literal["yes", "no", "unknown"]


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One source of one component of an item. Several lines of one component are alternatives.

    A component may be an item with lines of its own. `supplier` empty is a source that is not known. `tier` counts from
    1, the suppliers of the item itself.
    """

    item: str
    component: str
    supplier: str | None = None
    supplier_country: str | None = None
    tier: int | None = None
    value: Decimal | None = None
    currency: str | None = None
    origin: str | None = None
    eccn: str | None = None
    source: str
    row: int | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An open order: `direction` is `sell` to the party or `buy` from it."""

    id: str
    party: str
    party_country: str | None = None
    direction: Literal["sell", "buy"] = "sell"
    item: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    on: dt.date | None = None
    origin: str | None = None
    eccn: str | None = None
    subject_to_ear: Answer = "unknown"
    row: int


def read_bill(path: Path) -> list[BillLine]:
    """A bill of materials: CSV, JSON Lines or XLSX with the columns of BILL_COLUMNS. Raises InputError by row and field."""
    return [
        BillLine(
            item=_text(path, row, cells, "item"),
            component=_text(path, row, cells, "component"),
            supplier=cells.get("supplier", "").strip() or None,
            supplier_country=cells.get("supplier_country", "").strip().upper() or None,
            tier=int(tier) if (tier := _amount(path, row, cells, "tier")) is not None else None,
            value=_amount(path, row, cells, "value"),
            currency=cells.get("currency", "").strip() or None,
            origin=cells.get("origin", "").strip() or None,
            eccn=cells.get("eccn", "").strip() or None,
            source=cells.get("source", "").strip() or f"{path.name}, row {row:,}",
            row=row,
        )
        for row, cells in records(path, BILL_COLUMNS, required=("item", "component"))
    ]


def read_orders(path: Path) -> list[Order]:
    """Open orders: CSV, JSON Lines or XLSX with the columns of ORDER_COLUMNS. Raises InputError by row and field."""
    return [
        Order(
            id=cells.get("id", "").strip() or f"row {row}",
            party=_text(path, row, cells, "party"),
            party_country=cells.get("party_country", "").strip().upper() or None,
            direction=_one_of(path, row, cells, "direction", ("sell", "buy")),  # type: ignore[arg-type]
            item=cells.get("item", "").strip() or None,
            value=_amount(path, row, cells, "value"),
            currency=cells.get("currency", "").strip() or None,
            on=_day(path, row, cells, "on"),
            origin=cells.get("origin", "").strip() or None,
            eccn=cells.get("eccn", "").strip() or None,
            subject_to_ear=_one_of(path, row, cells, "subject_to_ear", ("unknown", "yes", "no")),  # type: ignore[arg-type]
            row=row,
        )
        for row, cells in records(path, ORDER_COLUMNS, required=("party",))
    ]


def _text(path: Path, row: int, cells: Record, field: str) -> str:
    text = cells.get(field, "").strip()
    if not text:
        raise InputError(f"{path.name}, row {row:,}, {field}: is empty")
    return text


def _one_of(path: Path, row: int, cells: Record, field: str, known: tuple[str, ...]) -> str:
    text = cells.get(field, "").strip().casefold() or known[0]
    if text not in known:
        raise InputError(f"{path.name}, row {row:,}, {field}: {text!r} is not one of {', '.join(known)}")
    return text


def _amount(path: Path, row: int, cells: Record, field: str) -> Decimal | None:
    text = cells.get(field, "").strip()
    if not text:
        return None
    amount = number_of(text)
    if amount is None or amount < 0 or (field == "tier" and amount != amount.to_integral_value()):
        raise InputError(f"{path.name}, row {row:,}, {field}: {text[:40]!r} is not an amount of at least 0")
    return amount


def _day(path: Path, row: int, cells: Record, field: str) -> dt.date | None:
    text = cells.get(field, "").strip()
    try:
        return dt.date.fromisoformat(text.removesuffix(" 00:00:00")) if text else None
    except ValueError:
        raise InputError(
            f"{path.name}, row {row:,}, {field}: {text!r} is not a day; write YYYY-MM-DD"
        ) from None
