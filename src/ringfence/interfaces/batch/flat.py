"""An answer as flat rows: one row per party and hit, and one row per party without a hit.

`COLUMNS` is the one place that says what stands in CSV, XLSX and Parquet files, in which order and type.
Every row carries what its answer rests on, so that a row that was copied out of the file still says
which lists were searched, as of when, and which were not.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from ringfence.records import Hit, Provenance, Reason, Screening

Value = str | int | float | dt.date | dt.datetime | None
ValueType = Literal["text", "integer", "number", "date", "instant"]


class FlatColumn(NamedTuple):
    """A column of the flat formats: its title, what it holds, its type, and how it is had.

    `hit` is None in the row of a party without a hit, where columns of the hit are empty.
    """

    title: str
    meaning: str
    type: ValueType
    value: Callable[[Screening, Hit | None], Value]


def _of_hit(title: str, meaning: str, value: Callable[[Hit], Value], kind: ValueType = "text") -> FlatColumn:
    return FlatColumn(title, meaning, kind, lambda _, hit: None if hit is None else value(hit))


def _of_answer(
    title: str, meaning: str, value: Callable[[Screening], Value], kind: ValueType = "text"
) -> FlatColumn:
    return FlatColumn(title, meaning, kind, lambda screening, _: value(screening))


class _Basis:
    """What answers rest on, told apart by being the same object: as good as any key, and free."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance

    def __hash__(self) -> int:
        return id(self.provenance)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Basis) and other.provenance is self.provenance


def _of_basis(
    title: str, meaning: str, value: Callable[[Provenance], Value], kind: ValueType = "text"
) -> FlatColumn:
    # Thousands of answers share what they rest on, and it is long: it is put into words once.
    once = lru_cache(maxsize=4)(lambda basis: value(basis.provenance))
    return FlatColumn(title, meaning, kind, lambda screening, _: once(_Basis(screening.provenance)))


def reason_line(reason: Reason) -> str:
    """A reason with its weight, as one line: `+4.10 name: ...`."""
    return f"{reason.weight:+.2f} {reason.feature}: {reason.text}"


def _joined(values: tuple[object, ...], separator: str = "; ") -> str | None:
    return separator.join(map(str, values)) or None


def _searched(basis: Provenance) -> str | None:
    return _joined(tuple(f"{used.id} as of {used.as_of} ({used.snapshot})" for used in basis.lists))


def _citations(hit: Hit) -> str | None:
    dates = (*hit.citation_dates, *(None for _ in hit.citations[len(hit.citation_dates) :]))
    return _joined(
        tuple(f"{cited} ({day})" if day else cited for cited, day in zip(hit.citations, dates, strict=False))
    )


COLUMNS: tuple[FlatColumn, ...] = (
    _of_answer("row", "row of data in the input, counted from 1", lambda s: s.query.row, "integer"),
    _of_answer("id", "id of the party in the input", lambda s: s.query.id),
    _of_answer("name", "name of the party as typed", lambda s: s.query.as_typed),
    _of_answer("normalised", "the name as it was compared", lambda s: s.query.normalised),
    _of_answer("countries", "countries of the party, ISO 3166 codes", lambda s: _joined(s.query.countries)),
    _of_answer("outcome", "hit, review or no_match, for the party as a whole", lambda s: s.outcome),
    _of_hit("score", "how sure it is that the listing is the party, 0 to 1", lambda h: h.score, "number"),
    _of_hit("list", "id of the list", lambda h: h.list),
    _of_hit("list_title", "title of the list", lambda h: h.list_title),
    _of_hit("listing", "id of the entry on the list", lambda h: h.listing),
    _of_hit("party", "id of the listed party", lambda h: h.party),
    _of_hit("listed_name", "primary name of the listed party", lambda h: h.listed_name),
    _of_hit("matched_name", "the name or alias that was met", lambda h: h.matched_name),
    _of_hit("listed_countries", "countries of the listed party", lambda h: _joined(h.countries)),
    _of_hit("listed_addresses", "addresses of the listed party", lambda h: _joined(h.addresses, " | ")),
    _of_hit("license_requirement", "license requirement, verbatim", lambda h: h.license_requirement),
    _of_hit("license_requirement_scope", "class of the requirement", lambda h: h.license_requirement_scope),
    _of_hit("license_review_policy", "license review policy, verbatim", lambda h: h.license_review_policy),
    _of_hit("license_review_policy_class", "class of the policy", lambda h: h.license_review_policy_class),
    _of_hit("consequence", "what follows, in a few words", lambda h: h.consequence),
    _of_hit("effect", "what being on this list means", lambda h: h.effect),
    _of_hit("programs", "sanctions programs", lambda h: _joined(h.programs)),
    _of_hit("footnotes", "numbers of the entry's footnotes", lambda h: _joined(h.footnotes)),
    _of_hit("citations", "Federal Register citations, with their days where known", _citations),
    _of_hit("valid_from", "first day in force", lambda h: h.valid_from, "date"),
    _of_hit("valid_until", "last day in force; empty if open", lambda h: h.valid_until, "date"),
    _of_hit("dated_by", "what valid_from rests on", lambda h: h.dated_by),
    _of_hit(
        "reasons",
        "weight, feature and text of each reason",
        lambda h: _joined(tuple(map(reason_line, h.reasons)), " | "),
    ),
    _of_hit("listing_remarks", "what a reader of the entry must know", lambda h: _joined(h.remarks, " | ")),
    _of_hit("snapshot", "SHA-256 of the release that holds the entry", lambda h: h.snapshot),
    _of_answer("remarks", "remarks on the row of the input", lambda s: _joined(s.remarks, " | ")),
    _of_basis("searched", "lists searched, with day and SHA-256 of the release", _searched),
    _of_basis("not_searched", "lists known and not searched", lambda p: _joined(p.not_searched)),
    _of_basis("warnings", "what to know about the lists", lambda p: _joined(p.warnings, " | ")),
    _of_basis("valid_on", "the day asked about", lambda p: p.valid_on, "date"),
    _of_basis("known_at", "the instant whose knowledge was used", lambda p: p.known_at, "instant"),
    _of_basis("at", "when the answer was given", lambda p: p.at, "instant"),
    _of_basis("engine", "the engine that answered", lambda p: p.engine),
    _of_basis("settings", "digest of its settings", lambda p: p.settings),
)


def flat_rows(screening: Screening) -> Iterator[tuple[Value, ...]]:
    """The rows of one answer, values in the order of `COLUMNS`."""
    for hit in screening.hits or (None,):
        yield tuple(column.value(screening, hit) for column in COLUMNS)


def text_of(value: Value) -> str:
    """A value as text: empty for None, ISO 8601 for days and instants."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
