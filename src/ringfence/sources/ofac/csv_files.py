"""The CSV files of OFAC: entries, addresses, alternate names and overflow of remarks, in one release.

The files have no header and are told apart by shape, whatever they are called: 12 columns are entries, 6
addresses, 5 alternate names, 2 the rest of remarks that were cut off at the end of their cell, even in
mid-word. `-0- ` stands for nothing. Most of what is known of a party stands in the remarks, and is read out
of them; what is not recognized stays as a note, word for word.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ringfence.errors import HeldBack
from ringfence.records import Address, Listing, Name, Remark
from ringfence.sources.document import Document
from ringfence.sources.ofac.entry import (
    Feature,
    OfacEntry,
    address_of,
    listings_of,
    only_outside_sdn,
)
from ringfence.sources.ofac.terms import is_identifier, known_labels
from ringfence.sources.places import country_code
from ringfence.sources.row import Account, Row

ENTRIES = (
    "ent_num", "SDN_Name", "SDN_Type", "Program", "Title", "Call_Sign", "Vess_type", "Tonnage", "GRT",
    "Vess_flag", "Vess_owner", "Remarks",
)  # fmt: skip
_ADDRESSES = ("ent_num", "add_num", "address", "city", "country", "add_remarks")
_NAMES = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
_COMMENTS = ("ent_num", "comments")
_SHAPES = {len(columns): columns for columns in (ENTRIES, _ADDRESSES, _NAMES, _COMMENTS)}
_KINDS = {ENTRIES: "entries", _ADDRESSES: "addresses", _NAMES: "alternate names", _COMMENTS: "comments"}
_REMARKS_ROOM = 1_000
"""Characters after which OFAC cuts the remarks; the rest stands in the comments file."""

_CURRENCY = re.compile(r"Digital Currency Address - \w+")
_DAY = r"(?:\d{1,2} )?(?:[A-Z][a-z]{2} )?\d{4}"
_IDENTIFIER = re.compile(
    rf"(?P<value>.*?)(?: \((?P<country>[^()]+)\))?(?: issued (?P<issued>{_DAY}))?(?: expires "
    rf"(?P<expires>{_DAY}))?"
)
_ABBREVIATED = re.compile(r"\.[A-Z]\.$")
_LONGEST_NUMBER = 120
"""Characters of an identifier with its country and dates; what is longer is prose."""
_ROLES = {"aka": "alias", "fka": "former", "nka": "alias"}


def parse_csv(
    document: Document, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings of one release on the lists in `wanted`.

    Raises HeldBack when a file of the set is missing, twice there, damaged or not in the known shape.
    """
    files = _files(document)
    addresses: dict[str, list[Address]] = defaultdict(list)
    names: dict[str, list[Name]] = defaultdict(list)
    comments: dict[str, str] = {}
    for row in _rows(files[_ADDRESSES], _ADDRESSES, Account()):
        uid = row.text("ent_num")
        address = address_of({"street": row.text("address")}, row.text("country"), joined=row.text("city"))
        row.ignore("add_num")
        if address is None:
            account.ignored["empty address"] += 1
        addresses[uid] += [address] if address else []
        _report(row, "add_remarks", account)
    for row in _rows(files[_NAMES], _NAMES, Account()):
        role = _ROLES.get(row.text("alt_type"), "alias")
        names[row.text("ent_num")].append(Name(row.text("alt_name"), role))  # type: ignore[arg-type]
        row.ignore("alt_num")
        _report(row, "alt_remarks", account)
    for row in _rows(files[_COMMENTS], _COMMENTS, Account()) if _COMMENTS in files else ():
        comments[row.text("ent_num")] = str(row["comments"])
    seen: set[str] = set()
    for row in _rows(files[ENTRIES], ENTRIES, account):
        uid, programs = row.text("ent_num"), _programs(row.text("Program"))
        if not uid.isdigit() or not row.text("SDN_Name") or uid in seen:
            account.refuse(
                row.number, "no number or name, or a number that was there before", " ".join(row.values())
            )
            row.close()
            continue
        seen.add(uid)
        if "us_ofac_sdn" in wanted and only_outside_sdn(programs):
            account.refuse(
                row.number,
                f"an entry of program {', '.join(programs)} is not on the SDN List",
                " ".join(row.values()),
            )
            row.close()
            continue
        entry = _entry(
            row,
            uid=uid,
            programs=programs,
            names=names.get(uid, ()),
            addresses=addresses.get(uid, ()),
            rest=comments.get(uid),
        )
        row.close()
        yield from listings_of(entry, source, wanted, account)
    for kind, held in (("address", addresses), ("alternate name", names), ("comment", comments)):
        for uid in sorted(held.keys() - seen):
            account.refuse(0, f"{kind} of entry {uid}, which is not in the file of entries", str(held[uid]))


def _files(document: Document) -> dict[tuple[str, ...], Document]:
    """The files of a release by what they hold."""
    found: dict[tuple[str, ...], Document] = {}
    for part in document.parts or (document,):
        if part.format != "csv":
            raise HeldBack(
                f"{part.name}: this is {part.format}, not a CSV file of OFAC. Download it again from the "
                f"publisher."
            )
        first = next(_records(part), [])
        columns = _SHAPES.get(len(first))
        if columns is None or not first[0].strip().isdigit():
            raise HeldBack(
                f"{part.name}: a first row of {len(first)} fields is none of OFAC's CSV files (12 entries, "
                f"6 addresses, "
                f"5 alternate names, 2 comments). Get it again from the publisher."
            )
        if columns in found:
            raise HeldBack(
                f"{part.name}: a second file of {_KINDS[columns]}, after {found[columns].name}. Give the "
                f"files of one release."
            )
        found[columns] = part
    missing = [kind for columns, kind in _KINDS.items() if columns not in found and columns is not _COMMENTS]
    if missing:
        raise HeldBack(
            f"{document.name}: the file of {' and of '.join(missing)} is missing. A release is the files of "
            f"entries, addresses, "
            f"alternate names and comments together: give each with --file."
        )
    return found


def _records(part: Document) -> Iterator[list[str]]:
    text = part.text().rstrip("\x1a\r\n \0")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise HeldBack(
            f"{part.name}: a record is cut off or malformed ({error}). Get it again from the publisher."
        ) from None


def _rows(part: Document, columns: tuple[str, ...], account: Account) -> Iterator[Row]:
    for number, cells in enumerate(_records(part), start=1):
        if len(cells) != len(columns):
            raise HeldBack(
                f"{part.name}: row {number:,} has {len(cells)} fields, not {len(columns)}. The file is "
                f"damaged; get it again "
                f"from the publisher."
            )
        # The very last `-0- ` of some files is cut short.
        filled = ("" if cell.strip() in {"-0-", "-0"} else cell for cell in cells)
        yield Row(dict(zip(columns, filled, strict=True)), number, account)


def _report(row: Row, field: str, account: Account) -> None:
    if text := row.text(field):
        account.unclassified[f"{field}: {text}"] += 1


def _programs(cell: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in re.split(r"\]\s*\[|;", cell.strip("[] ")) if tag.strip())


def _entry(
    row: Row,
    *,
    uid: str,
    programs: tuple[str, ...],
    names: Sequence[Name],
    addresses: Sequence[Address],
    rest: str | None,
) -> OfacEntry:
    printed = str(row["Remarks"])
    features, notes = read_remarks((printed.rstrip() if rest is None else printed) + (rest or ""))
    vessel = {
        "call_sign": row.text("Call_Sign"),
        "type": row.text("Vess_type"),
        "flag": row.text("Vess_flag"),
        "owner": row.text("Vess_owner"),
        "gross_tonnage": row.text("Tonnage"),
        "gross_registered_tonnage": row.text("GRT"),
    }
    cut = rest is None and len(printed) >= _REMARKS_ROOM and not printed.rstrip().endswith(".")
    return OfacEntry(
        uid=uid,
        kind=row.text("SDN_Type") or "entity",
        names=(Name(row.text("SDN_Name")), *names),
        programs=programs,
        positions=row.many("Title"),
        addresses=tuple(addresses),
        features=features,
        notes=notes,
        vessel={field: value for field, value in vessel.items() if value},
        remarks=(Remark("remarks_cut", "the remarks are cut off and their rest is not in the release"),)
        if cut
        else (),
    )


def read_remarks(text: str) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """The labelled facts in a remarks cell, and the rest of it as notes.

    >>> features, notes = read_remarks("DOB 1960; Passport A1 (Iran); a.k.a. 'HESA'; all offices.")
    >>> [(f.label, f.value, f.country) for f in features]
    [('DOB', '1960', None), ('Passport', 'A1', 'Iran'), ('a.k.a.', 'HESA', None)]
    >>> notes
    ('all offices',)
    """
    text = text.strip()
    if text.endswith(".") and not _ABBREVIATED.search(text):
        text = text[:-1]
    features: list[Feature] = []
    notes: list[str] = []
    for part in re.split(r";\s+", text):
        segment = part.strip().rstrip(";")
        if feature := _feature(segment.removeprefix("alt. ")):
            features.append(feature)
        elif segment:
            notes.append(segment)
    return tuple(features), tuple(notes)


def _feature(segment: str) -> Feature | None:
    label = match[0] if (match := _CURRENCY.match(segment)) else _label(segment)
    if label is None:
        return None
    value = segment[len(label) :].strip()
    if label in {"a.k.a.", "f.k.a.", "n.k.a."}:
        return Feature(label, value.strip("'").strip())
    if is_identifier(label) and _is_prose(label, value):
        return None
    read = _IDENTIFIER.fullmatch(value) if is_identifier(label) else None
    if read is None or not read["value"] or (read["country"] and not country_code(read["country"])):
        return Feature(label, value)
    return Feature(label, read["value"].strip(), read["country"], read["issued"], read["expires"])


def _is_prose(label: str, value: str) -> bool:
    """Whether a text only begins like an identifier: `Passport and National ID were issued in Ulm`."""
    if label in {"Website", "Email Address"}:
        return " " in value
    return len(value) > _LONGEST_NUMBER or (" " in value and not any(letter.isdigit() for letter in value))


def _label(segment: str) -> str | None:
    """The longest known label that a segment begins with, whole words only."""
    for label in known_labels().get(segment.split(" ", 1)[0], ()):
        if segment.startswith(label) and not segment[len(label) : len(label) + 1].isalnum():
            return label
    return None
