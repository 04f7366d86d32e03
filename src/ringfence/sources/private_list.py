"""A private list: parties that a notice names ("is informed"), or that a test supposes.

Reads the columns of contract `ringfence/1`, section 1, and what a notice says beside: its scope, its reason and when
it expires. Each row becomes a listing on the list whose rules it says apply; its texts are read as those of a
published list are. Read for one call, nothing of it is stored; `ringfence refresh private` keeps one in the store.
"""

from collections.abc import Iterator
from pathlib import Path

from ringfence.errors import HeldBack, InputError
from ringfence.records import Address, Listing, Name, Party, parse_day
from ringfence.records.codec import slug
from ringfence.sources.document import Document, read_document
from ringfence.sources.ear.terms import read_policy, read_requirement
from ringfence.sources.links.table import records
from ringfence.sources.registry import legal_lists, source

SOURCE = "private"
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
    "scope",
    "reason",
    "expiry",
)
"""`scope` and `reason` are kept word for word; `until` and `expiry` are both last days, the earlier holds."""


def read_private_list(path: str | Path) -> tuple[Listing, ...]:
    """The listings of a table: CSV, JSON Lines or a workbook. Raises InputError that names file, row and field."""
    try:
        document = read_document(Path(path), source(SOURCE).max_bytes)
    except HeldBack as error:
        raise InputError(str(error)) from None
    return tuple(private_listings(document))


def private_listings(document: Document) -> Iterator[Listing]:
    """The listings of a private list that was read. Raises InputError that names file, row and field."""
    for part in document.parts or (document,):
        for number, cells in records(part, COLUMNS, required=("list", "name")):
            row = {field: text.strip() for field, text in cells.items()}
            yield _listing(row, f"{part.name}, row {number:,}")


def _listing(row: dict[str, str], where: str) -> Listing:
    list_id, name, country = row["list"], row["name"], row.get("country", "").upper()
    if list_id not in legal_lists():
        raise InputError(f"{where}: unknown list {list_id!r}. Lists: {', '.join(legal_lists())}")
    if not name:
        raise InputError(f"{where}: the name is empty")
    if country and not (len(country) == 2 and country.isalpha()):
        raise InputError(f"{where}: {country!r} is not a country code of two letters, such as CN")
    days = {}
    for field in ("since", "until", "expiry"):
        days[field] = parse_day(row[field]) if row.get(field) else None
        if row.get(field) and days[field] is None:
            raise InputError(f"{where}: {field} {row[field]!r} is not a day. Give it as 2019-10-09")
    ends = [day for day in (days["until"], days["expiry"]) if day]
    if days["since"] and ends and min(ends) < days["since"]:
        raise InputError(f"{where}: until {min(ends)} is before since {days['since']}")
    footnotes = row.get("footnotes", "").replace(";", " ").replace(",", " ").split()
    if not all(figure.isdecimal() for figure in footnotes):
        raise InputError(f"{where}: footnotes {row['footnotes']!r} are not figures. Give them as 1;4")
    requirement = row.get("license_requirement", "").replace("_", " ")
    policy = row.get("license_review_policy", "").replace("_", " ")
    read = read_requirement(requirement) if requirement else None
    # Only entries that are bare addresses (744.16(f)) reach items by supplement no. 7 to part 746.
    is_address = bool(read and any(key.endswith("supplement_7_to_746") for key in read.items))
    key = f"{slug(name)}-{country.lower()}" if country else slug(name)
    programs = tuple(
        part.strip() for part in row.get("programs", "").replace("][", ";").split(";") if part.strip("[] ")
    )
    return Listing(
        id=f"{list_id}:private-{key}",
        list=list_id,
        source=SOURCE,
        party=Party(
            id=f"private:{key}",
            kind="address" if is_address else "unknown",
            names=(Name(name),),
            countries=(country,) if country else (),
            addresses=(Address(name, country=country or None),) if is_address else (),
        ),
        destination=country or None,
        programs=tuple(program.strip("[] ") for program in programs),
        license_requirement=read,
        license_review_policy=read_policy(policy) if policy else None,
        footnotes=tuple(sorted({int(figure) for figure in footnotes})),
        valid_from=days["since"],
        valid_until=min(ends, default=None),
        dated_by="start_date" if days["since"] else None,
        notes=tuple(f"{field}: {row[field]}" for field in ("scope", "reason") if row.get(field)),
    )
