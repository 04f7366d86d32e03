"""The watch in figures: when the book was last screened, how much of it, how fast, and what receivers are owed."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from ringfence.interfaces.web.observer import family, sample
from ringfence.store import Store, is_made, open_store
from ringfence.store.outbox import Outbox
from ringfence.store.passes import Passes
from ringfence.watch.report import Rescreening


def figures(location: str, now: dt.datetime) -> list[str]:
    """Lines in the text format of Prometheus; none while there is no store."""
    if not is_made(location):
        return []
    with open_store(location) as store:
        return [*_last(store, now), *_owed(store, now)]


def _last(store: Store, now: dt.datetime) -> Iterator[str]:
    body = Passes(store.database).report()
    if body is None:
        return
    report = msgspec.json.decode(body, type=Rescreening)
    rate = report.effort.pairs / report.effort.seconds if report.effort.seconds else 0.0
    for name, text, value in (
        (
            "ringfence_watch_age_seconds",
            "Since the book was last screened.",
            (now - report.at).total_seconds(),
        ),
        ("ringfence_watch_parties", "Parties in the book at the last pass.", report.coverage.parties),
        (
            "ringfence_watch_screened_ratio",
            "The part of them that was screened.",
            round(report.coverage.share, 6),
        ),
        ("ringfence_watch_seconds", "How long the last pass took.", report.effort.seconds),
        ("ringfence_watch_pairs_per_second", "How many pairs it compared a second.", round(rate)),
        ("ringfence_watch_spared_ratio", "The part of all pairs that it spared.", report.effort.spared),
    ):
        yield from family(name, "gauge", text)
        yield sample(name, value)


def _owed(store: Store, now: dt.datetime) -> Iterator[str]:
    waiting = Outbox(store.database).waiting()
    yield from family("ringfence_outbox_messages", "gauge", "Messages that a receiver is owed.")
    for one in waiting:
        yield sample("ringfence_outbox_messages", one.messages, receiver=one.receiver)
    yield from family("ringfence_outbox_oldest_seconds", "gauge", "How long the oldest of them waits.")
    for one in waiting:
        age = max((now - one.oldest).total_seconds(), 0.0)
        yield sample("ringfence_outbox_oldest_seconds", round(age), receiver=one.receiver)
