"""The ledger: what was asked and answered, line upon line, each bound to the one before it by its hash.

Lines are added, never changed. `verify` finds a line that was changed, taken out, or moved. A purge, after the
time that the law asks evidence to be kept, empties the body of a line and leaves the line, so that the chain
still holds; it is a line of its own, as are legal holds. Whoever can rewrite every line can forge a chain:
note the head that `verify` gives, outside the store, and give it back as `expect`.
"""

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ringfence.decisions.tables import retention_years
from ringfence.decisions.verify_export import GENESIS, line_hash, text_digest
from ringfence.errors import InputError, NotKnown
from ringfence.records.codec import canonical
from ringfence.store.database import PartOfStore
from ringfence.store.tables import ledger, ledger_head

Kind = Literal["screen", "decision", "review", "hold", "release", "purge"]
_MANY = 500


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. `body` is canonical JSON, None once purged; `regimes` say how long it is kept."""

    number: int
    at: str
    kind: str
    ref: str
    regimes: str
    digest: str
    previous: str
    hash: str
    body: str | None

    def said(self) -> dict[str, Any]:
        """The body, decoded. Raises NotKnown when it was purged."""
        if self.body is None:
            raise NotKnown(f"line {self.number} of the ledger was purged; only its hash is left")
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the ledger found: the number of lines, the hash of the last, and every fault."""

    lines: int
    head: str
    faults: tuple[str, ...]


class Ledger(PartOfStore):
    """The ledger of one store."""

    def append(
        self,
        kind: Kind,
        entries: Iterable[tuple[str, Any]],
        *,
        at: dt.datetime,
        regimes: Collection[str] = ("EAR",),
    ) -> list[Line]:
        """Add one line for each (ref, body), in one transaction; writers take turns."""
        with self._database.write() as connection:
            return append(connection, kind, entries, at=at, regimes=regimes)

    def lines(self, *, kind: str | None = None, ref: str | None = None) -> Generator[Line, None, None]:
        """Every line in order, or those of a kind, or about one reference."""
        with self._database.read() as connection:
            yield from lines_on(connection, kind=kind, ref=ref)

    def latest(
        self, *, kind: str | None = None, ref: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[Line]:
        """The last `limit` lines, newest first; of a kind, about one reference, before the line of a number."""
        query = _asked(kind, ref).order_by(ledger.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(ledger.c.number < before)
        with self._database.read() as connection:
            return [_line(row) for row in connection.execute(query)]

    def line(self, name: str) -> Line:
        """The line of that number, or the last one about that reference. Raises NotKnown."""
        found = self.numbered(int(name)) if name.isascii() and name.isdigit() and len(name) < 20 else None
        for line in self.lines(kind="decision", ref=name):
            found = line
        if found is None:
            raise NotKnown(f"the ledger has no line {name!r}. See what it holds with: ringfence ledger list")
        return found

    def numbered(self, number: int) -> Line | None:
        """The line of this number, whatever references are called; None when there is none."""
        if not 0 < number < 1 << 63:
            return None
        with self._database.read() as connection:
            row = connection.execute(sa.select(ledger).where(ledger.c.number == number)).first()
        return _line(row) if row else None

    def verify(self, *, expect: str | None = None) -> Verified:
        """Check every line and the chain; `expect` is a head noted earlier, which must still be in the chain."""
        with self._database.read() as connection:  # one read: lines added meanwhile are no fault
            return _verified(connection, expect=expect)

    def hold(self, refs: Collection[str], *, reason: str, by: str, at: dt.datetime) -> None:
        """Put a legal hold on references (`*` is everything): none of their lines is purged."""
        self.append("hold", [(ref, {"reason": reason, "by": by}) for ref in refs], at=at)

    def release(self, refs: Collection[str], *, reason: str, by: str, at: dt.datetime) -> None:
        """Lift a legal hold. Raises NotKnown for a reference that is not held."""
        for ref in refs:
            if ref not in self.held():
                raise NotKnown(f"{ref!r} is not on hold")
        self.append("release", [(ref, {"reason": reason, "by": by}) for ref in refs], at=at)

    def held(self) -> frozenset[str]:
        """The references on hold; `*` stands for everything."""
        with self._database.read() as connection:
            return _held(connection)

    def purge(
        self, *, now: dt.datetime, by: str, refs: Collection[str] = (), years: dict[str, int] | None = None
    ) -> list[int]:
        """Empty lines whose time is over: those of `refs`, or all. Gives their numbers.

        `years` lengthens the time that a regime asks for. Raises InputError for a reference that is on hold, or whose
        time is not over, and for years that are too few.
        """
        asked = dict(retention_years())
        for regime, wanted in (years or {}).items():
            if wanted < asked.get(regime, 0):
                raise InputError(f"{regime}: the law asks for {asked[regime]} years, {wanted} are too few")
            asked[regime] = wanted
        over = []
        with self._database.write() as connection:  # one write: a hold that comes meanwhile waits, or counts
            held = _held(connection)
            for line in lines_on(connection):
                if (
                    line.kind not in ("screen", "decision")
                    or line.body is None
                    or (refs and line.ref not in refs)
                ):
                    continue
                on_hold = "*" in held or line.ref in held
                due = _due(line, asked)
                if refs and on_hold:
                    raise InputError(
                        f"{line.ref!r} is on legal hold; nothing of it is purged before the hold is released"
                    )
                if refs and now.date() < due:
                    raise InputError(f"{line.ref!r} (line {line.number}) is kept until {due}")
                if not on_hold and now.date() >= due:
                    over.append(line.number)
            if over:
                append(connection, "purge", [("", {"lines": over, "by": by})], at=now)
            for start in range(0, len(over), _MANY):
                chosen = ledger.c.number.in_(over[start : start + _MANY])
                connection.execute(ledger.update().where(chosen).values(body=None))
        return over

    def export(self, path: Path) -> Verified:
        """Write a package that anybody with Python can check: `python PACKAGE.zip`, offline, without ringfence."""
        told: list[bytes] = []
        with self._database.read() as connection:  # the lines are those that the manifest tells of
            found = _verified(connection, tell=lambda line: told.append(msgspec.json.encode(line) + b"\n"))
        lines = b"".join(told)
        manifest = {
            "schema": "ringfence/1",
            "lines": found.lines,
            "head": found.head,
            "sha256": {"ledger.jsonl": text_digest(lines.decode())},
        }
        source = resources.files("ringfence.decisions").joinpath("verify_export.py").read_text("utf-8")
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, data in (
                ("__main__.py", source.encode()),
                ("ledger.jsonl", lines),
                ("manifest.json", msgspec.json.encode(manifest)),
            ):
                # A fixed day in the archive: the same ledger gives the same package.
                bundle.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        path.write_bytes(package.getvalue())
        return found


def append(
    connection: sa.Connection,
    kind: Kind,
    entries: Iterable[tuple[str, Any]],
    *,
    at: dt.datetime,
    regimes: Collection[str] = ("EAR",),
) -> list[Line]:
    """Add one line for each (ref, body) within the write of a caller: the lines stand or fall with what else it writes."""
    number, previous = _head(connection)
    lines = []
    for ref, said in entries:
        own = said.pop("regimes", regimes) if isinstance(said, dict) else regimes
        body = canonical(said).decode()
        number += 1
        fields = (
            str(number),
            at.isoformat(),
            kind,
            ref,
            " ".join(sorted(own)),
            text_digest(body),
            previous,
        )
        line = Line(
            number=number,
            at=fields[1],
            kind=kind,
            ref=ref,
            regimes=fields[4],
            digest=fields[5],
            previous=previous,
            hash=line_hash(fields),
            body=body,
        )
        lines.append(line)
        previous = line.hash
    for start in range(0, len(lines), _MANY):
        connection.execute(ledger.insert(), [_row(line) for line in lines[start : start + _MANY]])
    if lines:
        connection.execute(ledger_head.delete())
        connection.execute(ledger_head.insert().values(id=1, number=number, hash=previous))
    return lines


def lines_on(connection: sa.Connection, *, kind: str | None = None, ref: str | None = None) -> Iterator[Line]:
    """Every line in order, or those of a kind, or about one reference, as of the read of a caller."""
    query = _asked(kind, ref).order_by(ledger.c.number)
    with connection.execute(query.execution_options(yield_per=_MANY)) as found:
        for row in found:
            yield _line(row)


def _asked(kind: str | None, ref: str | None) -> "sa.Select[Any]":
    query = sa.select(ledger)
    if kind:
        query = query.where(ledger.c.kind == kind)
    return query if ref is None else query.where(ledger.c.ref == ref)


def _held(connection: sa.Connection) -> frozenset[str]:
    held: set[str] = set()
    for line in lines_on(connection):
        if line.kind == "hold":
            held.add(line.ref)
        elif line.kind == "release":
            held.discard(line.ref)
    return frozenset(held)


def _purged(connection: sa.Connection) -> frozenset[int]:
    told = lines_on(connection, kind="purge")
    return frozenset(number for line in told if line.body for number in line.said()["lines"])


def bodies(connection: sa.Connection, numbers: Collection[int]) -> dict[int, str | None]:
    """The bodies of lines by their numbers; None for one that was purged."""
    found: dict[int, str | None] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), _MANY):
        chosen = ledger.c.number.in_(wanted[start : start + _MANY])
        for row in connection.execute(sa.select(ledger).where(chosen)):
            found[row.number] = _line(row).body
    return found


def _head(connection: sa.Connection) -> tuple[int, str]:
    row = connection.execute(sa.select(ledger_head.c.number, ledger_head.c.hash)).first()
    return (row.number, row.hash) if row else (0, GENESIS)


def _verified(
    connection: sa.Connection, *, expect: str | None = None, tell: Callable[[Line], None] = lambda _: None
) -> Verified:
    """The check of every line and of the chain, as of the read of a caller; `tell` is called with each line."""
    faults: list[str] = []
    previous, last, seen = GENESIS, 0, {GENESIS}
    purged = _purged(connection)
    for line in lines_on(connection):
        if line.number != last + 1:
            faults.append(f"line {last + 1} is missing: {line.number} follows {last}")
        if line.previous != previous:
            faults.append(f"line {line.number} does not follow the line before it")
        faults += _own_faults(line, purged)
        previous, last = line.hash, line.number
        seen.add(line.hash)
        tell(line)
    number, head = _head(connection)
    if (number, head) != (last, previous):
        faults.append(f"the ledger ends with line {last}, but its head is line {number}")
    if expect and expect not in seen:
        faults.append(f"the head {expect} that was noted is not in the chain")
    return Verified(lines=last, head=previous, faults=tuple(faults))


def _own_faults(line: Line, purged: frozenset[int]) -> Iterator[str]:
    fields = (str(line.number), line.at, line.kind, line.ref, line.regimes, line.digest, line.previous)
    if line_hash(fields) != line.hash:
        yield f"line {line.number} was changed"
    if line.body is None:
        if line.number not in purged:
            yield f"the body of line {line.number} is gone, and no purge tells of it"
    elif text_digest(line.body) != line.digest:
        yield f"the body of line {line.number} was changed"


def _due(line: Line, years: dict[str, int]) -> dt.date:
    """The first day on which a line may be purged: the longest of its regimes."""
    day = dt.datetime.fromisoformat(line.at).date()
    longest = max((years.get(regime, max(years.values())) for regime in line.regimes.split()), default=10)
    try:
        return day.replace(year=day.year + longest)
    except ValueError:
        return day.replace(year=day.year + longest, month=3, day=1)


def _row(line: Line) -> dict[str, Any]:
    row = msgspec.structs.asdict(line)
    row["body"] = zlib.compress((line.body or "").encode(), 6)
    return row


def _line(row: Any) -> Line:
    body: str | None
    try:
        body = None if row.body is None else zlib.decompress(row.body).decode()
    except (zlib.error, UnicodeDecodeError):
        body = "(unreadable)"
    return Line(
        number=row.number,
        at=row.at,
        kind=row.kind,
        ref=row.ref,
        regimes=row.regimes,
        digest=row.digest,
        previous=row.previous,
        hash=row.hash,
        body=body,
    )
