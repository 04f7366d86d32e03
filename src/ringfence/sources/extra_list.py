"""A private list for one call, as "is informed" notices need it: listings from a small table of the user's.

Its rows join the list whose rules apply to them and carry what that list's entries carry. Nothing of it is
ever stored. Every cell that cannot be read is an error that names file, row and field.
"""

import datetime as dt
from pathlib import Path

from ringfence.errors import InputError
from ringfence.records import Listing, Name, Party
from ringfence.records.codec import slug
from ringfence.sources.ear_terms import read_policy, read_requirement
from ringfence.sources.links.table import Record, records
from ringfence.sources.registry import legal_lists

COLUMNS = (
    "list",
    "name",
    "country",
    "since",
    "until",
    "programs",
    "license_requirement",
    "license_review_policy",
    "footnotes",
)
SOURCE = "extra_list"


def read_extra_list(path: Path) -> tuple[Listing, ...]:
    """The listings of a private list: CSV, JSON Lines or XLSX with the columns of COLUMNS.

    Several programs or footnotes of a row stand in its cell with `;` between them. Raises InputError for a column,
    a list or a cell that cannot be read.
    """
    return tuple(
        _listing(path.name, row, cells) for row, cells in records(path, COLUMNS, required=("list", "name"))
    )


def _listing(file: str, row: int, cells: Record) -> Listing:
    def cell(field: str) -> str | None:
        return cells.get(field, "").strip() or None

    def refuse(field: str, what: str) -> InputError:
        return InputError(f"{file}, row {row:,}, {field}: {what}")

    def day(field: str) -> dt.date | None:
        text = cell(field)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise refuse(field, f"{text!r} is not a day; write YYYY-MM-DD") from None

    list_id, name = cell("list"), cell("name")
    if list_id not in legal_lists():
        raise refuse(
            "list", f"{list_id or ''!r} is not the id of a list; lists are {', '.join(legal_lists())}"
        )
    if name is None:
        raise refuse("name", "is empty")
    since, until = day("since"), day("until")
    if since and until and until < since:
        raise refuse("until", f"{until} is before since {since}")
    footnotes = _parts(cell("footnotes"))
    if not all(part.isdigit() for part in footnotes):
        raise refuse("footnotes", f"{cell('footnotes')!r} are not numbers")
    country, requirement, policy = cell("country"), cell("license_requirement"), cell("license_review_policy")
    return Listing(
        id=f"{list_id}:{SOURCE}-{slug(name)}-{row}",
        list=list_id or "",
        source=SOURCE,
        party=Party(
            f"{SOURCE}-{slug(name)}", "unknown", (Name(name),), (country.upper(),) if country else ()
        ),
        programs=tuple(part.strip("[] ") for part in _parts(cell("programs"))),
        license_requirement=read_requirement(requirement) if requirement else None,
        license_review_policy=read_policy(policy) if policy else None,
        footnotes=tuple(int(part) for part in footnotes),
        valid_from=since,
        valid_until=until,
        dated_by="user" if since else None,
    )


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").replace(",", ";").split(";") if part.strip()]
