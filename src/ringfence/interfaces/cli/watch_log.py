"""What the watch logs: each refresh, each pass, each delivery, and how things stand."""

import datetime as dt
import logging

from ringfence import Store
from ringfence.review import Desk
from ringfence.store.outbox import Outbox
from ringfence.watch.report import Rescreening
from ringfence.watch.watching import Round

LOG = logging.getLogger("ringfence.watch")


def log_round(done: Round) -> None:
    """Everything that a round did; a round that did nothing logs nothing."""
    for tried in done.refreshes:
        failed = tried.outcome in {"failed", "held_back"}
        line: dict[str, object] = {
            "event": "refresh",
            "source": tried.source,
            "outcome": tried.outcome,
            "said": tried.message,
        }
        line["failures_before"] = tried.failures
        LOG.log(logging.WARNING if failed else logging.INFO, line)
    for report in done.reports:
        LOG.info(_pass(report))
    for sent in done.delivered:
        if sent.taken or sent.failure:
            line = {"event": "delivery", "receiver": sent.receiver, "taken": sent.taken, "left": sent.left}
            if sent.failure:
                line |= {"failure": sent.failure, "due_at": sent.due_at}
            LOG.log(logging.WARNING if sent.failure else logging.INFO, line)


def _pass(report: Rescreening) -> dict[str, object]:
    effort, news = report.effort, [one.what for one in report.news]
    return {
        "event": "pass",
        "number": report.number,
        "kind": effort.kind,
        "why": effort.why,
        "parties": report.coverage.parties,
        "screened_ratio": round(report.coverage.share, 6),
        "seconds": effort.seconds,
        "pairs": effort.pairs,
        "pairs_per_second": round(effort.pairs / effort.seconds) if effort.seconds else 0,
        "spared_ratio": effort.spared,
        **{what: news.count(what) for what in ("raised", "changed", "reopened", "withdrawn")},
    }


def log_state(store: Store, now: dt.datetime) -> None:
    """How old each list is, how many alerts wait how long, and what receivers are owed."""
    published: dict[str, dt.date] = {}
    for release in store.snapshots():
        published[release.source] = max(published.get(release.source, dt.date.min), release.published_on)
    waiting = [one for one in Desk(store.database).counts(now) if one.oldest]
    owed = Outbox(store.database).waiting()
    LOG.info(
        {
            "event": "state",
            "list_age_days": {source: (now.date() - day).days for source, day in sorted(published.items())},
            "alerts_open": sum(one.alerts for one in waiting),
            "alert_oldest_seconds": max(
                (_since(one.oldest, now) for one in waiting if one.oldest), default=0
            ),
            "outbox_messages": sum(one.messages for one in owed),
            "outbox_oldest_seconds": max((_since(one.oldest, now) for one in owed), default=0),
        }
    )


def _since(at: dt.datetime, now: dt.datetime) -> int:
    return max(int((now - at).total_seconds()), 0)
