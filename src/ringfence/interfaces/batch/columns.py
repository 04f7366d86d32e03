"""Which column means what, and the questions that the rows ask.

Headings are recognised by a reviewed table (`columns.toml`), or named by the user, who always wins. The
choice is shown before the run (`Mapping.lines`). Every row gives one question in the order of the file:
nothing is left out, and whatever of a row was not understood stands in its remarks, in the user's words.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Protocol

import msgspec

from ringfence.engine import MAX_NAME
from ringfence.errors import InputError
from ringfence.interfaces.batch.amounts import read_stake, split_heading
from ringfence.interfaces.batch.countries import countries_in
from ringfence.interfaces.batch.table import Cell, Row, Table, other_sheets
from ringfence.records import Identifier, PartialDate, PartyKind, Query, parse_partial
from ringfence.records.bulk import Firsts, mark
from ringfence.review import NOTHING, Stake

STAKE = ("amount", "currency")
"""Targets that say what is at stake with a party. They are for alerts, and no evidence."""
SINGLE = ("id", "name", "kind", "city", "postal_code", "birth_date", *STAKE)
MOST_NAMES = 20
"""Names of one cell that are looked for."""
SEVERAL = ("country", "address", "aliases")
"""Targets that take any number of columns; so do the schemes of identifiers."""

MOST_KINDS = 1_000
"""Kinds that are not known are named for so many different ones."""

_SEPARATORS = re.compile(r"[;|\n]+")
_SCHEME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HEADING_JOINTS = re.compile(r"[\s_\-./:]+")
_HEADING_MARKS = re.compile(r"[*?#]+")
_IN_BRACKETS = re.compile(r"\s*[(\[].*?[)\]]\s*")
_IDENTIFIERS_PREFIX = re.compile(r"identifiers?[. _:-]+", re.IGNORECASE)
_FORMULA = re.compile(r"=|[+@-][A-Za-z_.]+\(")
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!)", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


class Column(msgspec.Struct, frozen=True):
    """A column in use: its place (from 0), its title, what it is read as, and whether the user said so."""

    index: int
    title: str
    target: str
    given: bool


class Mapping(msgspec.Struct, frozen=True):
    """Which columns of a table are used, as what, and which are not.

    `spare` holds columns that would also fit a target for which a better one was there.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    unused: tuple[str, ...] = ()
    spare: tuple[Column, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """The mapping for people, one fact a line."""
        width = max(len(column.target) for column in self.columns)
        used = [
            f"  {column.target:<{width}}  from column "
            f"{column.title!r}{' (as you said)' if column.given else ''}"
            for column in self.columns
        ]
        rest = [f"  not used: {', '.join(map(repr, self.unused))}"] if self.unused else []
        spare = [
            f"  not used: {column.title!r}, which could be {column.target} too; say --map "
            f"{column.target}={_quoted(column.title)} to use it"
            for column in self.spare
        ]
        return (f"{self.name}: {self.about}", *used, *spare, *rest)

    def of(self, target: str) -> tuple[Column, ...]:
        """The columns read as `target`."""
        return tuple(column for column in self.columns if column.target == target)


def targets() -> tuple[str, ...]:
    """Every name that may stand before the `=` of `--map`."""
    return (
        "id",
        "name",
        "kind",
        "country",
        "address",
        "city",
        "postal_code",
        "birth_date",
        "aliases",
        *STAKE,
        *_schemes(),
    )


class Titled(Protocol):
    """What has columns with titles: a table, or a data frame that becomes one."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def about(self) -> str:
        """How it is read, for people."""

    @property
    def header(self) -> tuple[str, ...]:
        """The titles."""


def find_columns(table: Titled, given: Iterable[str] = (), *, stakes: bool = False) -> Mapping:
    """Decide what each column of `table` means; `given` are the user's `target=column` pairs.

    The column of a pair is a title, or `#3` for the third column. Amounts and currencies are looked for with `stakes`,
    by those who read them (`read_staked`). Raises InputError for an unknown target or column, for a title that stands
    twice, and when there is no column of names.
    """
    chosen = _chosen(table, given)
    if not stakes and (wrong := next((one for one in chosen if one.target in STAKE), None)):
        raise InputError(
            f"--map {wrong.target}={_quoted(wrong.title)}: the {wrong.target} is read where alerts are made of a file "
            "(ringfence screen --alerts)"
        )
    taken = {column.index for column in chosen}
    settled = {column.target for column in chosen}
    found: dict[str, list[tuple[int, Column]]] = {}
    for index, title in enumerate(table.header):
        if index in taken or (meaning := _meaning(title)) is None:
            continue
        target, rank = meaning
        if target in STAKE and not stakes:
            continue
        found.setdefault(target, []).append((rank, Column(index, title, target, given=False)))
    for ranked in found.values():
        ranked.sort(key=lambda one: (one[0], one[1].index))
    if "name" not in settled and "name" not in found and found.get("aliases"):
        rank, best = found["aliases"].pop(0)
        found["name"] = [(rank, msgspec.structs.replace(best, target="name"))]
    spare: list[Column] = []
    for target, ranked in sorted(found.items(), key=lambda one: one[0] == "currency"):  # after the amounts
        columns = [column for _, column in ranked]
        if target in settled or (target in STAKE and not _serves(columns, chosen)):
            spare += columns
        elif target in SINGLE or target in ("country", "address"):
            _refuse_twice(table, columns)
            chosen.append(columns[0])
            spare += columns[1:]
        else:
            chosen += columns
    if not any(column.target == "name" for column in chosen):
        raise InputError(
            f"{table.name}: no column of names; the columns are {_listed(table.header)}; say which one it is "
            f"with --map name={_quoted(next(filter(None, table.header), 'COLUMN'))}"
            + (f"; {other_sheets(others)}" if (others := _sheets_beside(table)) else "")
        )
    order = targets()
    chosen.sort(key=lambda c: (order.index(c.target) if c.target in order else len(order), c.index))
    used = {column.index for column in (*chosen, *spare)}
    unused = tuple(title or f"#{i + 1}" for i, title in enumerate(table.header) if i not in used)
    return Mapping(
        table.name, table.about, tuple(chosen), unused, tuple(sorted(spare, key=lambda c: c.index))
    )


def columns_as(table: Table, chosen: dict[int, str]) -> Mapping:
    """The mapping that somebody chose column by column: `chosen` says by place what is read, all others are not used.

    Raises InputError for an unknown target or place, for one column too many, and when there is no column of names.
    """
    columns = []
    for index, target in sorted(chosen.items()):
        if target not in targets():
            raise InputError(
                f"{table.name}: nothing is called {target[:40]!r}; the targets are {', '.join(targets())}"
            )
        if not 0 <= index < len(table.header):
            raise InputError(f"{table.name}: there is no column {index + 1}; it has {len(table.header)}")
        columns.append(Column(index, table.header[index] or f"#{index + 1}", target, given=True))
    for target in SINGLE:
        same = [column for column in columns if column.target == target]
        if len(same) > 1:
            raise InputError(
                f"{table.name}: {same[0].title!r} and {same[1].title!r} are both to be the {target}; choose one of them"
            )
    if not any(column.target == "name" for column in columns):
        raise InputError(f"{table.name}: no column is read as the name; choose the one that holds the names")
    unused = tuple(title or f"#{i + 1}" for i, title in enumerate(table.header) if i not in chosen)
    return Mapping(table.name, table.about, tuple(columns), unused)


def read_queries(table: Table, mapping: Mapping) -> Iterator[tuple[Query, tuple[str, ...]]]:
    """One question a row, in the order of the file, with the remarks that its row calls for.

    A row without a name still gives a Query, whose `name` is empty: there is nothing to search for, and
    the answer has to say so. `Query.row` counts rows of data from 1; remarks name the row of the file.
    """
    return read_rows(table, mapping, Remembered())


def read_staked(table: Table, mapping: Mapping) -> Iterator[tuple[Query, tuple[str, ...], Stake]]:
    """As `read_queries`, each with what is at stake with its party: what an alert is made of."""
    return map(_RowReader(mapping, Remembered()).read, table)


def read_rows(
    rows: Iterable[Row], mapping: Mapping, others: "Others | None"
) -> Iterator[tuple[Query, tuple[str, ...]]]:
    """As `read_queries`, for some rows of a table, which `others` compares with the rows before them.

    Without `others` each is read by itself, and no remark compares it.
    """
    reader = _RowReader(mapping, others)
    return ((query, remarks) for query, remarks, _ in map(reader.read, rows))


class Others(Protocol):
    """The rows before a row, as far as remarks on it speak of them."""

    def same(self, key: int, row: Row) -> int | None:
        """The line of the first row with this name and country (`key`); None where `row` is the first."""

    def is_first(self, kind: int, row: Row) -> bool:
        """Whether a kind that is not known is to be named here: `row` is the first that has it, of `MOST_KINDS`."""


class Remembered:
    """All rows before a row, remembered as they are read in order: what `Others` is on one machine."""

    def __init__(self) -> None:
        self._lines = Firsts()
        self._kinds: set[int] = set()

    def same(self, key: int, row: Row) -> int | None:
        """The line of the first row with this name and country."""
        return self._lines.first(key, row.line)

    def is_first(self, kind: int, row: Row) -> bool:  # noqa: ARG002 - rows come in order
        """Whether this kind is new, and may be named."""
        new = kind not in self._kinds and len(self._kinds) < MOST_KINDS
        if new:
            self._kinds.add(kind)
        return new


def not_a_name(text: str) -> bool:
    """Whether a name cell holds what a spreadsheet computes or failed to compute: a formula, or an error value."""
    bare = text.strip()
    return bool(_FORMULA.match(bare) or _SPREADSHEET_ERROR.fullmatch(bare))


class _RowReader:
    """Reads rows; `others` compares each with those before it, to notice duplicates and to name unknown kinds once."""

    def __init__(self, mapping: Mapping, others: Others | None) -> None:
        self._place = mapping.name
        self._columns = mapping.columns
        self._others = others
        self._amounts = next((column.title for column in mapping.of("amount")), None)

    def read(self, row: Row) -> tuple[Query, tuple[str, ...], Stake]:
        remarks = list(row.remarks)
        values: dict[str, list[str]] = {}
        identifiers: list[Identifier] = []
        for column in self._columns:
            if column.index >= len(row.cells):
                continue
            cell = row.cells[column.index]
            if column.target in SINGLE:
                text = cell if isinstance(cell, str) else "; ".join(cell)
                if not _void(text):
                    values[column.target] = [text]
            elif column.target in SEVERAL:
                values.setdefault(column.target, []).extend(_parts(cell, split=column.target == "aliases"))
            else:
                identifiers += _identifiers(column, cell)
        name = values.get("name", [""])[0]
        if len(name) > MAX_NAME:
            remarks.append(f"the name has {len(name):,} characters; the first {MAX_NAME:,} were taken")
            name = name[:MAX_NAME]
        countries = self._countries(values.get("country", ()), remarks)
        names = _names_in(name)
        if len(names) > 1:
            remarks.append(
                f"the cell holds {len(names):,} names, and each was looked for; give each party a row of its own"
                if len(names) <= MOST_NAMES
                else f"the cell holds {len(names):,} names, and the first {MOST_NAMES} were looked for; give each party a row "
                "of its own"
            )
            values["aliases"] = [*names[:MOST_NAMES], *values.get("aliases", ())]
        query = Query(
            name=name,
            id=_one(values, "id"),
            kind=self._kind(_one(values, "kind"), row, remarks),
            aliases=tuple(
                dict.fromkeys(alias for alias in values.get("aliases", ()) if alias != name.strip())
            ),
            countries=countries,
            address=", ".join(values["address"]) if values.get("address") else None,
            city=_one(values, "city"),
            postal_code=_one(values, "postal_code"),
            birth_date=_birth_date(_one(values, "birth_date"), remarks),
            identifiers=tuple(identifiers),
            row=row.number or None,
        )
        self._remark_on_name(query, row, remarks)
        stake = NOTHING
        if self._amounts is not None:
            stake, said = read_stake(_one(values, "amount"), _one(values, "currency"), self._amounts)
            remarks += said
        where = f"{self._place}, row {row.line:,}" if row.line else self._place
        return query, tuple(f"{where}: {remark}" for remark in remarks), stake

    def _countries(self, cells: Iterable[str], remarks: list[str]) -> tuple[str, ...]:
        codes: list[str] = []
        for cell in cells:
            known, unknown = countries_in(cell)
            codes += known
            remarks += [
                f"the country {part!r} is not known and was not used; write its ISO code" for part in unknown
            ]
        return tuple(dict.fromkeys(codes))

    def _kind(self, text: str | None, row: Row, remarks: list[str]) -> PartyKind:
        if text is None:
            return "unknown"
        folded = _heading_key(text)
        if (kind := _kinds().get(folded)) is not None:
            return kind
        if self._others is None or self._others.is_first(mark(folded), row):
            once = " (said once for all rows)" if self._others else ""
            remarks.append(f"the kind {text!r} is not known{once}; use one of: {_known_kinds()}")
        return "unknown"

    def _remark_on_name(self, query: Query, row: Row, remarks: list[str]) -> None:
        if not query.name:
            empty = "the row is blank" if row.blank else "the name is empty"
            remarks.append(f"{empty}, so nothing was searched; fill in the name or delete the row")
            return
        bare = query.name.strip()
        if _FORMULA.match(bare):
            remarks.append(
                "the name begins like a formula and was searched as it is written; put the value there"
            )
        elif _SPREADSHEET_ERROR.fullmatch(bare):
            remarks.append("the name is the error value of a spreadsheet; correct the cell")
        first = self._others.same(_duplicate_key(query), row) if self._others else None
        if first is not None:
            remarks.append(f"the same name and country as in row {first:,}")


def _chosen(table: Titled, given: Iterable[str]) -> list[Column]:
    chosen: list[Column] = []
    for pair in given:
        target, equals, title = (part.strip() for part in pair.partition("="))
        if not equals or not title:
            raise InputError(f"--map {pair!r}: write target=column, for example --map name=Vendor")
        target = target.lower().replace("-", "_").removeprefix("identifier:").removeprefix("identifier.")
        if target not in targets():
            raise InputError(
                f"--map {pair!r}: nothing is called {target!r}; the targets are {', '.join(targets())}"
            )
        if target in SINGLE and any(column.target == target for column in chosen):
            raise InputError(f"--map {pair!r}: {target} has a column already; name one column for it")
        chosen.append(_column_called(table, title, target))
    return chosen


def _column_called(table: Titled, title: str, target: str) -> Column:
    same = [i for i, other in enumerate(table.header) if other == title]
    alike = same or [i for i, other in enumerate(table.header) if other.casefold() == title.casefold()]
    if not alike and re.fullmatch(r"#[1-9]\d{0,4}", title) and int(title[1:]) <= len(table.header):
        alike = [int(title[1:]) - 1]
    columns = [Column(i, table.header[i] or f"#{i + 1}", target, given=True) for i in alike]
    if not columns:
        raise InputError(f"{table.name}: no column {title!r}; the columns are {_listed(table.header)}")
    if len(columns) > 1:
        places = ", ".join(f"#{column.index + 1}" for column in columns)
        raise InputError(
            f"{table.name}: {len(columns)} columns are called {title!r}; choose one by its place "
            f"({places}), for example --map {target}=#{columns[0].index + 1}"
        )
    return columns[0]


def _serves(columns: list[Column], chosen: list[Column]) -> bool:
    """Whether the best of `columns`, all of amounts or all of currencies, is to be used unasked.

    Not one of several of the same title: nobody's screening stops for that. And a column of currencies only beside
    amounts whose heading names none.
    """
    if len(columns) > 1 and columns[0].title == columns[1].title:
        return False
    if columns[0].target == "amount":
        return True
    amounts = [column for column in chosen if column.target == "amount"]
    return bool(amounts) and split_heading(amounts[0].title)[1] is None


def _refuse_twice(table: Titled, columns: list[Column]) -> None:
    same = [column for column in columns if column.title == columns[0].title]
    if len(same) > 1:
        places = ", ".join(f"#{column.index + 1}" for column in same)
        raise InputError(
            f"{table.name}: {len(same)} columns are called {same[0].title!r} ({places}); choose one, "
            f"for example --map {same[0].target}=#{same[0].index + 1}"
        )


def titles_parties(cells: Iterable[str]) -> bool:
    """Whether a row of cells holds the title of a column of names: what `open_table` knows a header by."""
    return any(meaning[0] == "name" for cell in cells if (meaning := _meaning(cell.strip())))


def _sheets_beside(table: Titled) -> Sequence[str]:
    """The other sheets of a workbook whose first sheet was read."""
    sheets: Sequence[str] = getattr(table, "sheets", ())
    first = bool(sheets) and table.name.endswith(f", sheet {sheets[0]!r}")
    return sheets[1:] if first else ()


def _meaning(title: str) -> tuple[str, int] | None:
    """What a heading says its column is, and how well (0 is best)."""
    if not title:
        return None
    plain = _IDENTIFIERS_PREFIX.sub("", title)
    if plain != title and (scheme := _heading_key(plain).replace(" ", "_")) and _SCHEME.fullmatch(scheme):
        known = _headings().get(_heading_key(plain))
        return (known[0] if known and known[0] in _schemes() else scheme), 0
    headings = _headings()
    if found := headings.get(_heading_key(title)):
        return found
    rest, _ = split_heading(title)
    if rest != title and (found := headings.get(_heading_key(rest))) and found[0] == "amount":
        return found
    without = _IN_BRACKETS.sub(" ", unicodedata.normalize("NFKC", title))
    # What stands in brackets behind an amount may be its unit: thousands, or 万元.
    if (found := headings.get(_heading_key(without))) and found[0] != "amount":
        return found[0], found[1] + 1_000
    return None


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    headings: dict[str, list[str]]
    schemes: dict[str, list[str]]
    kinds: dict[PartyKind, list[str]]


@cache
def _table() -> _Table:
    text = resources.files("ringfence.interfaces.batch").joinpath("columns.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Table)


@cache
def _headings() -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for target, words in (*_table().headings.items(), *_table().schemes.items()):
        for rank, word in enumerate(words if target in words else (target, *words)):
            found.setdefault(_heading_key(word), (target, rank))
    return found


@cache
def _schemes() -> tuple[str, ...]:
    return tuple(_table().schemes)


@cache
def _kinds() -> dict[str, PartyKind]:
    return {_heading_key(word): kind for kind, words in _table().kinds.items() for word in (kind, *words)}


def _known_kinds() -> str:
    return ", ".join(_table().kinds)


def _heading_key(title: str) -> str:
    folded = _HEADING_MARKS.sub(" ", unicodedata.normalize("NFKC", title).casefold())
    return _HEADING_JOINTS.sub(" ", folded).strip(" ()'\"")


def _names_in(cell: str) -> list[str]:
    """The names of a cell that keeps several apart by semicolons; one alone where those may be part of an entity of HTML."""
    if _ENTITY.search(cell):
        return [cell]
    return [part for piece in _SEMICOLON.split(cell) if not _void(part := piece.strip()) and len(part) > 1]


_SEMICOLON = re.compile("[;；]")
_ENTITY = re.compile(r"&#?\w{1,8};")


def _parts(cell: Cell, *, split: bool) -> list[str]:
    if isinstance(cell, tuple):
        return [part for one in cell if not _void(part := one.strip())]
    pieces = _SEPARATORS.split(cell) if split else [cell]
    return [part for piece in pieces if not _void(part := piece.strip())]


def _identifiers(column: Column, cell: Cell) -> list[Identifier]:
    return [Identifier(column.target, value, label=column.title) for value in _parts(cell, split=True)]


def _birth_date(text: str | None, remarks: list[str]) -> PartialDate | None:
    """A date of birth; one that may be day-month or month-day spans both readings rather than guess."""
    if text is None:
        return None
    bare = text.strip().removesuffix(" 00:00:00")
    month_first, day_first = parse_partial(bare), parse_partial(bare, day_first=True)
    if _SLASHED.fullmatch(bare) and month_first and day_first and month_first != day_first:
        remarks.append(
            f"the birth date {text!r} may be day or month first, both were allowed; write YYYY-MM-DD"
        )
        return PartialDate(
            min(month_first.first, day_first.first), max(month_first.last, day_first.last), bare
        )
    found = month_first or day_first
    if found is None:
        remarks.append(f"the birth date {text!r} is not a date and was not used; write YYYY-MM-DD or YYYY")
    return found


def _duplicate_key(query: Query) -> int:
    folded = unicodedata.normalize("NFKC", query.name).casefold()
    letters = "".join(filter(str.isalnum, folded)) or folded
    return mark("\0".join((letters, *sorted(query.countries))))


def _one(values: dict[str, list[str]], target: str) -> str | None:
    return values[target][0].strip() if target in values else None


def _void(text: str) -> bool:
    """Whether a cell shows nothing: white space, and characters that have no shape."""
    return not text or all(c.isspace() or unicodedata.category(c) in ("Cf", "Cc") for c in text)


def _listed(header: Iterable[str]) -> str:
    titles = [repr(title) if title else f"#{i + 1} (without a title)" for i, title in enumerate(header)]
    more = f" and {len(titles) - 40} more" if len(titles) > 40 else ""
    return ", ".join(titles[:40]) + more


def _quoted(title: str) -> str:
    return title if re.fullmatch(r"[\w#.-]+", title) else "'" + title.replace("'", "'\\''") + "'"
