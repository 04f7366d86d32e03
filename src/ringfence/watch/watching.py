"""The watch: lists are refreshed on their cadence, the book is screened again, the desk and the receivers are told.

One round does what is due and ends; the machine's own timers may start rounds (`ringfence watch --once`), or one process
goes from round to round. Nothing is remembered but in the store, so rounds may come from anywhere, at any time, and two
at once do no harm: of two passes computed from the same last one, the second is not recorded.
"""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ringfence.errors import Conflict, RingfenceError
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Source
from ringfence.refresh import publications, refresh
from ringfence.settings import Settings
from ringfence.sources.registry import source
from ringfence.store import Attempt, Store
from ringfence.watch.delivery import Delivered, deliver, messages_of
from ringfence.watch.receivers import Receivers
from ringfence.watch.report import Rescreening, Tried
from ringfence.watch.rescreening import Progress, Rescreener

Clock = Callable[[], dt.datetime]

FIRST_WAIT = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=6)
JITTER = 0.1
"""A list is asked for up to a tenth of its cadence early, so that not everybody asks at the same minute."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round did."""

    refreshes: tuple[Tried, ...]
    reports: tuple[Rescreening, ...]
    delivered: tuple[Delivered, ...]


class Watch:
    """Rounds over one store. `now` reads the clock, `environ` holds the secrets that receivers name."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        now: Clock,
        receivers: Receivers | None = None,
        environ: Mapping[str, str] | None = None,
        sources: Sequence[str] = (),
        every: dt.timedelta | None = None,
        affiliates_rule: RuleStatus | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._receivers = receivers or Receivers()
        self._environ = environ or {}
        self._sources = sources
        self._every = every
        self.rescreener = Rescreener(
            store,
            settings,
            lambda report: messages_of(report, self._receivers, store.location),
            affiliates_rule,
        )

    def round(
        self, *, refreshing: bool = True, full: bool = False, progress: Progress | None = None
    ) -> Round:
        """Do what is due: refresh, screen again, deliver. What fails is told and tried again; it stops nothing else."""
        reports = self.rescreener.unfinished()
        refreshes = self._refresh(progress) if refreshing else []
        for _ in range(2):
            try:
                report = self.rescreener.run(
                    now=self._now(), full=full, refreshes=refreshes, progress=progress
                )
            except Conflict:
                continue  # another watch was quicker: what it left is looked at once more
            reports += [report] if report else []
            break
        delivered = self.deliver()
        return Round(refreshes=tuple(refreshes), reports=tuple(reports), delivered=tuple(delivered))

    def deliver(self, *, impatient: bool = False) -> list[Delivered]:
        """Send what receivers are owed and is due; `impatient` also what waits for another try."""
        return deliver(
            self.rescreener.outbox, self._receivers, self._environ, now=self._now, impatient=impatient
        )

    def sources(self) -> tuple[str, ...]:
        """The publications that are watched: those named, else those that the store holds and that can be downloaded."""
        if self._sources:
            return tuple(self._sources)
        held = {release.source for release in self._store.snapshots()}
        return tuple(one for one in publications() if one in held) or ("us_csl",)

    def due_at(self, source_id: str) -> dt.datetime:
        """When a publication is to be asked for next: by its cadence, or sooner after a failure."""
        tried = self._store.attempts(source_id)
        return due_after(
            source(source_id), tried[0] if tried else None, self._failures(source_id), self._every
        )

    def _refresh(self, progress: Progress | None) -> list[Tried]:
        done = []
        for source_id in self.sources():
            if self.due_at(source_id) > self._now():
                continue
            before = self._failures(source_id)
            try:
                report = refresh(
                    self._store,
                    source_id,
                    now=self._now().replace(microsecond=0),
                    learned=self._now,
                    progress=progress,
                )
            except RingfenceError as error:
                last = self._store.attempts(source_id)
                outcome = last[0].outcome if last else "failed"
                done.append(Tried(source=source_id, outcome=outcome, message=str(error), failures=before))
                continue
            message = f"release of {report.snapshot.published_on}, {report.snapshot.entries:,} entries"
            done.append(Tried(source=source_id, outcome=report.outcome, message=message, failures=before))
        return done

    def _failures(self, source_id: str) -> int:
        """How many attempts in a row, up to the last, did not end well."""
        count = 0
        for attempt in self._store.attempts_of(source_id, 12):
            if attempt.outcome in {"loaded", "unchanged"}:
                break
            count += 1
        return count


def due_after(
    publication: Source, last: Attempt | None, failures: int, every: dt.timedelta | None = None
) -> dt.datetime:
    """When to ask again: a cadence after an attempt that ended well, a growing wait after one that did not.

    A release that was held back is asked for on the cadence: the same bytes would be held back again.
    """
    if last is None:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    cadence = every or dt.timedelta(hours=publication.cadence_hours)
    spread = random.Random(f"{publication.id} {last.at.isoformat()}").uniform(1 - JITTER, 1)  # noqa: S311
    if last.outcome == "failed":
        wait = min(FIRST_WAIT * float(2 ** min(max(failures - 1, 0), 12)), LONGEST_WAIT, cadence)
        return last.at + wait * (2 - spread)
    return last.at + cadence * spread
