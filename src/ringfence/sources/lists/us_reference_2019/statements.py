"""What others said about the companies of October 2019: statements, and the ties that some of them state.

Nothing here is a fact about a company: each statement, and each link made of one, names who asserts it,
where, and how surely. A denial stays a denial. The Entity List touches supply; that a statement tells
of equity gives no license requirement, and `effect` says so.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from ringfence.records import Link, LinkRelation, PartialDate, Share, parse_partial
from ringfence.sources.lists.us_reference_2019.parse import table

Certainty = Literal["official", "stated", "reported", "hedged", "estimate", "forecast"]
"""How surely a statement is made. `stated`: by somebody about themselves; `hedged`: the wording keeps its
distance."""

Polarity = Literal["asserted", "denied"]


class Statement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody's statement. `published_on` is as exact as its publication; `effect_note` is ours."""

    id: str
    subject: str
    predicate: str
    object: str | None = None
    qualifier: str | None = None
    polarity: Polarity = "asserted"
    asserted_by: str
    asserted_in: str
    published_on: PartialDate
    certainty: Certainty
    corroboration: tuple[str, ...] = ()
    effect_note: str


class _Tie(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    subject: str
    subject_country: str
    relation: LinkRelation
    object: str
    object_country: str
    percent: Decimal | None = None
    item: str | None = None
    qualifier: str | None = None
    stated_on: dt.date | None = None


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file: a statement, and the ties it states."""

    id: str
    subject: str
    predicate: str
    asserted_by: str
    asserted_in: str
    published_on: str
    certainty: Certainty
    effect: str
    object: str | None = None
    qualifier: str | None = None
    polarity: Polarity = "asserted"
    corroboration: tuple[str, ...] = ()
    ties: tuple[_Tie, ...] = ()


class _Statements(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    article: str
    statements: tuple[_Row, ...]

    def place(self, row: _Row) -> str:
        """Where a statement stands: the article in full, or the publication with its date."""
        return self.article if row.asserted_in == "article" else f"{row.asserted_in}, {row.published_on}"


def statements() -> tuple[Statement, ...]:
    """Every statement, in the order of their ids."""
    held = _read()
    return tuple(
        Statement(
            id=row.id,
            subject=row.subject,
            predicate=row.predicate,
            object=row.object,
            qualifier=row.qualifier,
            polarity=row.polarity,
            asserted_by=row.asserted_by,
            asserted_in=held.place(row),
            published_on=_published(row),
            certainty=row.certainty,
            corroboration=row.corroboration,
            effect_note=row.effect,
        )
        for row in held.statements
    )


def links() -> tuple[Link, ...]:
    """The ties that statements state; `S09.2` is the second tie of statement S09.

    `stated_on` is missing where only a month or a year of the publication is known.
    """
    held = _read()
    return tuple(
        Link(
            id=f"{row.id}.{number}",
            subject=tie.subject,
            subject_country=tie.subject_country,
            relation=tie.relation,
            object=tie.object,
            object_country=tie.object_country,
            share=_share(tie.percent),
            item=tie.item,
            asserted_by=row.asserted_by,
            source=held.place(row),
            stated_on=tie.stated_on or _day(_published(row)),
            certainty=row.certainty,
            polarity=row.polarity,
            qualifier=tie.qualifier or row.qualifier,
            note=" ".join((*(f"Corroboration: {text}." for text in row.corroboration), row.effect)),
        )
        for row in held.statements
        for number, tie in enumerate(row.ties, start=1)
    )


def _read() -> _Statements:
    return table("statements.toml", _Statements)


def _published(row: _Row) -> PartialDate:
    found = parse_partial(row.published_on)
    if found is None:
        raise msgspec.ValidationError(f"statements.toml: {row.id} has no date in published_on")
    return found


def _day(date: PartialDate) -> dt.date | None:
    return date.first if date.exact else None


def _share(percent: Decimal | None) -> Share | None:
    return None if percent is None else Share(percent / 100, percent / 100)
