"""Changes of lists as JSON Lines, RSS and Atom: the same events in the shapes that programs read.

JSON is the change shape of contract `ringfence/1`. The feeds carry one item for each change, with an id that stays
the same as long as the change does, so that a reader shows it once.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from email.utils import format_datetime
from xml.sax.saxutils import escape

import msgspec

from ringfence import Event
from ringfence.watch.report import Rescreening, headline
from ringfence.watch.report import lines as lines_of

WORDS = {
    "add": "added",
    "revise": "revised",
    "remove": "removed",
    "correct": "corrected",
    "redesignate": "moved",
    "stay": "stayed",
    "reinstate": "reinstated",
}
"""What each kind of event did to its entry, in a word."""

_SHOWN = 20
"""Alerts of each kind that one item of a feed shows."""

_FIRST = (
    "listing", "list", "kind", "editorial", "effective_on", "published_on", "observed_at", "citations", "before",
    "after",
)  # fmt: skip


def json_line(event: Event) -> bytes:
    """One event as a line of JSON, the fields of the contract first."""
    rest = (field for field in Event.__struct_fields__ if field not in _FIRST)
    fields = {"schema": "ringfence/1"} | {field: getattr(event, field) for field in (*_FIRST, *rest)}
    return msgspec.json.encode(fields) + b"\n"


def told(event: Event) -> str:
    """What happened, by which rule, in one sentence for people."""
    rule = f" by {', '.join(event.citations)}" if event.citations else ""
    between = "; " if event.subject else ", "
    what = f" ({between.join(field.replace('_', ' ') for field in event.fields)})" if event.fields else ""
    editorial = ", wording only" if event.editorial else ""
    day = f", in force from {event.effective_on}" if event.effective_on else ""
    title = f" {event.title}." if event.title else ""
    note = f" {event.note}." if event.note else ""
    return f"{WORDS[event.kind].capitalize()}{what}{editorial}{rule}{day}.{title}{note}"


def atom(events: Iterable[Event], *, updated: dt.datetime) -> str:
    """An Atom 1.0 feed, newest first. `updated` is the instant at which it was made."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        "  <title>Changes of trade restriction lists</title>",
        "  <id>urn:ringfence:changes</id>",
        "  <author><name>ringfence</name></author>",
        f"  <updated>{_instant(updated)}</updated>",
    ]
    for event in _newest_first(events):
        lines += [
            "  <entry>",
            f"    <title>{escape(_title(event))}</title>",
            f"    <id>urn:sha256:{_id(event)}</id>",
            f"    <updated>{_instant(event.observed_at)}</updated>",
            f"    <published>{_instant(_midnight(event))}</published>",
            f'    <category term="{event.kind}"/>',
            f'    <category term="{escape(event.list)}"/>',
            f'    <summary type="text">{escape(told(event))}</summary>',
            "  </entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def alerts_atom(reports: Iterable[Rescreening]) -> str:
    """An Atom 1.0 feed of the passes over the book that changed an alert, newest first as they come."""
    told = [
        (one.number, one.at, headline(one), "\n".join(lines_of(one, _SHOWN))) for one in reports if one.news
    ]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        "  <title>Alerts on the book</title>",
        "  <id>urn:ringfence:alerts</id>",
        "  <author><name>ringfence</name></author>",
        f"  <updated>{_instant(told[0][1] if told else dt.datetime.min.replace(tzinfo=dt.UTC))}</updated>",
    ]
    for number, at, title, text in told:
        mark = hashlib.sha256(f"{number} {at.isoformat()}".encode()).hexdigest()
        lines += [
            "  <entry>",
            f"    <title>{escape(title)}</title>",
            f"    <id>urn:sha256:{mark}</id>",
            f"    <updated>{_instant(at)}</updated>",
            f'    <summary type="text">{escape(text)}</summary>',
            "  </entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def rss(events: Iterable[Event], *, updated: dt.datetime) -> str:
    """An RSS 2.0 feed, newest first. `updated` is the instant at which it was made."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<rss version="2.0">',
        "  <channel>",
        "    <title>Changes of trade restriction lists</title>",
        "    <link>https://www.ecfr.gov/current/title-15/part-744</link>",
        "    <description>Entries added, revised and removed, by rule</description>",
        f"    <lastBuildDate>{format_datetime(updated, usegmt=True)}</lastBuildDate>",
    ]
    for event in _newest_first(events):
        lines += [
            "    <item>",
            f"      <title>{escape(_title(event))}</title>",
            f"      <description>{escape(told(event))}</description>",
            f"      <category>{escape(event.list)}</category>",
            f"      <category>{event.kind}</category>",
            f'      <guid isPermaLink="false">urn:sha256:{_id(event)}</guid>',
            f"      <pubDate>{format_datetime(_midnight(event), usegmt=True)}</pubDate>",
            "    </item>",
        ]
    return "\n".join([*lines, "  </channel>", "</rss>", ""])


def _title(event: Event) -> str:
    return f"{event.list}: {event.name} {WORDS[event.kind]}"


def _newest_first(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.on, reverse=True)


def _midnight(event: Event) -> dt.datetime:
    return dt.datetime.combine(event.on, dt.time(), dt.UTC)


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(event: Event) -> str:
    """A name of the change that does not depend on when or how often it was seen."""
    marks = (event.listing, event.kind, event.on, event.citations, event.fields)
    return hashlib.sha256(repr(marks).encode()).hexdigest()
