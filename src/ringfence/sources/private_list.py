"""A private list: parties that a notice names ("is informed"), or that a test supposes.

Reads the columns of contract `ringfence/1`, section 1, and what a notice says beside: its scope, its reason and when
it expires. Each row becomes a listing on the list whose rules it says apply; its texts are read as those of a
published list are. Read for one call, nothing of it is stored; `ringfence refresh private` keeps one in the store.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ringfence.errors import InputError
from ringfence.records import Address, Listing, Name, Party, parse_day
from ringfence.records.codec import slug
from ringfence.sources.ear_terms import read_policy, read_requirement
from ringfence.sources.registry import legal_lists

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

_MOST_BYTES = 20_000_000


def read_private_list(path: str | Path) -> tuple[Listing, ...]:
    """The listings of a CSV file. Raises InputError that names the file, the row and the field."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); check the path given to --extra-list"
        ) from None
    if len(data) > _MOST_BYTES:
        raise InputError(f"{path}: more than {_MOST_BYTES:,} bytes; a private list is short")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8; save the private list as CSV in UTF-8") from None
    return tuple(private_listings(text, str(path)))


def private_listings(text: str, where: str) -> Iterator[Listing]:
    """The listings in the text of a private list; `where` names it in errors."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    unknown = [column for column in rows.fieldnames or () if column not in COLUMNS]
    if unknown or not {"list", "name"} <= set(rows.fieldnames or ()):
        said = f"no column {unknown[0]!r} is known" if unknown else "the columns list and name are needed"
        raise InputError(f"{where}: {said}. Columns: {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        yield _listing(
            {key: (value or "").strip() for key, value in row.items() if key}, f"{where}, line {number}"
        )


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
    if not all(figure.isdigit() for figure in footnotes):
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
