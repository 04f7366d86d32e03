"""The HTML report: one page that stands alone, for a reader who has to act on it and file it.

No script, no picture, no address is loaded. The page holds the answers of at most `MOST_HITS` hits and
`MOST_NAMES` parties without one; what is beyond is counted, and the page says where to find it.
"""

from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

import msgspec

from ringfence.interfaces.batch.pieces import decoded
from ringfence.interfaces.language.texts import Language, texts_in
from ringfence.interfaces.reports import template
from ringfence.records import ListUsed, Provenance, QueryEcho, Screening

MOST_HITS = 3_000
MOST_NAMES = 20_000
MOST_REMARKS = 2_000


class _NotListed(NamedTuple):
    query: QueryEcho
    remarks: tuple[str, ...]


class Page:
    """Gathers answers and writes the report in a language when all are there."""

    def __init__(
        self, file: BinaryIO, title: str, list_titles: Mapping[str, str], language: Language = "en"
    ) -> None:
        self._file = file
        self._language = language
        self._title = title
        self._list_titles = dict(list_titles)
        self._provenance: list[Provenance] = []
        self._lists: dict[tuple[str, str], ListUsed] = {}
        self._not_searched: dict[str, None] = {}
        self._warnings: dict[str, None] = {}
        self._settings: set[tuple[str, ...]] = set()
        self._counts = {"hit": 0, "review": 0, "no_match": 0, "unnamed": 0, "remarks": 0}
        self._matched: list[Screening] = []
        self._unmatched: list[_NotListed] = []
        self._unnamed: list[_NotListed] = []
        self._remarks: list[str] = []
        self._hits = 0
        self._cut = 0

    def write(self, screening: Screening) -> None:
        """Add one answer."""
        self._note_provenance(screening.provenance)
        self._counts["remarks"] += len(screening.remarks)
        self._remarks += screening.remarks[: max(0, MOST_REMARKS - len(self._remarks))]
        kept = _NotListed(screening.query, screening.remarks)
        if not screening.hits and not screening.query.as_typed.strip():
            self._counts["unnamed"] += 1
            if len(self._unnamed) < MOST_REMARKS:
                self._unnamed.append(kept)
            return
        self._counts[screening.outcome] += 1
        if screening.hits or screening.outcome != "no_match":
            if self._hits + len(screening.hits) > MOST_HITS:
                self._cut += 1
                return
            self._hits += len(screening.hits)
            # What an answer rests on is told once for all of them.
            self._matched.append(msgspec.structs.replace(screening, provenance=self._provenance[0]))
        elif len(self._unmatched) < MOST_NAMES:
            self._unmatched.append(kept)

    def append(self, piece: bytes) -> None:
        """Note the answers of a piece of JSON Lines."""
        for screening in decoded(piece):
            self.write(screening)

    def finish(self) -> None:
        """Write the page."""
        counts = self._counts
        matched = sorted(
            self._matched, key=lambda s: (s.outcome != "hit", -max((h.score for h in s.hits), default=0.0))
        )
        titles = self._list_titles | {h.list: h.list_title for s in matched for h in s.hits}
        t = texts_in(self._language)
        page = template("screening.html", self._language).stream(
            title=self._title,
            counts=counts,
            parties=counts["hit"] + counts["review"] + counts["no_match"] + counts["unnamed"],
            matched=matched,
            cut=self._cut,
            most_hits=MOST_HITS,
            unmatched=self._unmatched,
            unmatched_cut=counts["no_match"] - len(self._unmatched),
            unnamed=self._unnamed,
            remarks=self._remarks,
            lists=sorted(self._lists.values(), key=lambda used: used.id),
            titles={list_id: t.of_list(list_id, title) for list_id, title in titles.items()},
            not_searched=tuple(self._not_searched),
            warnings=tuple(self._warnings),
            first=self._provenance[0] if self._provenance else None,
            last=self._provenance[-1] if self._provenance else None,
            mixed=len(self._settings) > 1,
        )
        page.enable_buffering(64)
        page.dump(self._file, encoding="utf-8", errors="backslashreplace")

    def discard(self) -> None:
        """Let go of everything."""

    def _note_provenance(self, provenance: Provenance) -> None:
        if len(self._provenance) < 2:
            self._provenance.append(provenance)
        self._provenance[-1] = provenance
        self._settings.add(
            (
                provenance.engine,
                provenance.settings,
                provenance.tables,
                str(provenance.valid_on),
                str(provenance.known_at),
            )
        )
        for used in provenance.lists:
            self._lists.setdefault((used.id, used.snapshot), used)
        self._not_searched.update(dict.fromkeys(provenance.not_searched))
        self._warnings.update(dict.fromkeys(provenance.warnings))
