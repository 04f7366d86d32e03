"""Orders in a table to transactions: one row, one transaction with one item and its parties.

Headings are found by a reviewed table (`orders.toml`) or named by the user, who wins. An empty cell is an absent
field, so unknown; a cell `none` is a list known to be empty. What a row says is read by the contract, and
refused with the path of the field like any other transaction.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from ringfence.errors import InputError
from ringfence.interfaces.batch.table import Cell, Table

ROLES = (
    "purchaser",
    "intermediate_consignee",
    "ultimate_consignee",
    "end_user",
    "manufacturer",
    "seller",
    "bank",
    "forwarder",
    "exporter",
)
_LISTS = {"end_use", "item.facts"}
_NUMBERS = {"credit_days": int, "item.us_controlled_share": float, "item.value_usd": float}
_JOINTS = re.compile(r"[\s_\-./:]+")


def find_order_columns(table: Table, given: Sequence[str] = ()) -> dict[int, str]:
    """Which column is which field, by its place. `given` are `field=Column` of the user. Raises InputError."""
    titles = [str(title) for title in table.header]
    found: dict[int, str] = {}
    for said in given:
        field, _, title = said.partition("=")
        if field not in _fields():
            raise InputError(f"--map {said}: there is no field {field!r}. Fields: {', '.join(_fields())}")
        if title not in titles:
            raise InputError(f"--map {said}: there is no column {title!r}. Columns: {', '.join(titles)}")
        found[titles.index(title)] = field
    taken = set(found.values())
    for place, title in enumerate(titles):
        folded = _JOINTS.sub(" ", title.strip().casefold())
        field = next((f for f, names in _fields().items() if folded in names or folded == f), "")
        if field and field not in taken and place not in found:
            found[place] = field
            taken.add(field)
    return found


def read_orders_table(table: Table, columns: dict[int, str]) -> Iterator[dict[str, Any]]:
    """What each row says, in the shape of the contract; nothing is left out, nothing is supplied but the row's number."""
    for row in table:
        cells = {field: _text(row.cells[place]) for place, field in columns.items() if place < len(row.cells)}
        yield _transaction({field: cell for field, cell in cells.items() if cell}, row.number)


def _text(cell: Cell) -> str:
    return " ".join(cell).strip() if isinstance(cell, tuple) else cell.strip()


def _transaction(cells: dict[str, str], number: int) -> dict[str, Any]:
    said: dict[str, Any] = {"id": f"row-{number}", "activity": "export"}
    item: dict[str, Any] = {}
    party: dict[str, Any] = {}
    parties: list[dict[str, Any]] = []
    for field, cell in cells.items():
        value = _value(field, cell)
        head, _, rest = field.partition(".")
        if field in ROLES:
            parties.append({"role": field, "name": cell})
        elif head == "item":
            item[rest] = value
        elif head == "party":
            party["addresses" if rest == "address" else rest] = [cell] if rest == "address" else value
        elif head == "actor":
            said.setdefault("actor", {})[rest] = value
        else:
            said[field] = value
    if party:
        parties.insert(0, {"role": "ultimate_consignee", **party})
    said["parties"] = parties
    if item:
        said["items"] = [item]
    return said


def _value(field: str, cell: str) -> Any:
    if field in _LISTS:
        return [] if cell == "none" else [word for word in re.split(r"[;,\s]+", cell) if word]
    if field == "actor.us_person":
        return {"yes": True, "true": True, "no": False, "false": False}.get(cell.casefold(), cell)
    if field in _NUMBERS:
        percent = cell.endswith("%")
        try:
            number = _NUMBERS[field](cell.rstrip("%").replace(",", ""))
        except ValueError:
            return cell
        return number / 100 if percent else number
    if field == "on":
        return cell[:10]
    return cell


@cache
def _fields() -> dict[str, tuple[str, ...]]:
    text = resources.files("ringfence.interfaces.batch").joinpath("orders.toml").read_text("utf-8")
    return {field: tuple(names) for field, names in tomllib.loads(text)["fields"].items()}
