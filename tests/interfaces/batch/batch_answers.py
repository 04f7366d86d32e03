"""Answers made by hand, for what writes them."""

import datetime as dt
from typing import Any

from ringfence.records import Hit, ListUsed, Provenance, QueryEcho, Reason, Screening, score_of

AT = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
SNAPSHOT = "sha256:" + "0123456789abcdef" * 4
REASONS = (
    Reason(feature="base", query="", listed="", weight=-4.0, text="before any evidence"),
    Reason(feature="name", query="Hikvision", listed="HIKVISION", weight=6.5, text="the same rare word"),
)


def make_provenance(**given: Any) -> Provenance:
    usual: dict[str, Any] = {
        "engine": "ringfence 0.1.0",
        "settings": "sha256:aa",
        "tables": "sha256:bb",
        "lists": (
            ListUsed(
                id="us_bis_entity",
                source="us_csl",
                snapshot=SNAPSHOT,
                as_of=dt.date(2026, 7, 31),
                fetched_at=AT,
                entries=3437,
            ),
        ),
        "not_searched": ("uk_sanctions", "eu_fsf"),
        "at": AT,
        "valid_on": dt.date(2026, 11, 23),
        "known_at": AT,
    }
    return Provenance(**(usual | given))


def make_hit(**given: Any) -> Hit:
    usual: dict[str, Any] = {
        "listing": "us_bis_entity:hikvision",
        "list": "us_bis_entity",
        "list_title": "Entity List",
        "party": "p-1",
        "listed_name": "Hangzhou Hikvision Digital Technology Co., Ltd.",
        "matched_name": "HIKVISION",
        "score": score_of(REASONS),
        "reasons": REASONS,
        "license_requirement": "For all items subject to the EAR. (See §744.11 of the EAR)",
        "license_review_policy": "Case-by-case review for ECCN 1A004.c; denial is presumed for all others.",
        "footnotes": (4,),
        "citations": ("84 FR 54004", "81 FR No. 12"),
        "citation_dates": (dt.date(2019, 10, 9), None),
        "valid_from": dt.date(2019, 10, 9),
    }
    return Hit(**(usual | given))


def make_answer(
    name: str = "Hikvision", *, row: int = 1, hits: int | tuple[Hit, ...] = 0, **given: Any
) -> Screening:
    if isinstance(hits, int):
        hits = tuple(make_hit(listing=f"us_bis_entity:{number}") for number in range(hits))
    usual: dict[str, Any] = {
        "query": QueryEcho(id=f"S-{row}", name=name, as_typed=name, normalised=name.lower(), row=row),
        "outcome": "hit" if hits else "no_match",
        "hits": hits,
        "provenance": make_provenance(),
    }
    return Screening(**(usual | given))
