"""The tables of the store. Rows are only ever added.

A `version` is one text of one listing, named by its content; a `snapshot` is a release, and its manifest
is the set of versions it holds. History needs nothing else: what was listed is a manifest, what changed is
the difference of two, and a snapshot that was never recorded has left nothing that anyone can see.
"""

import datetime as dt

import sqlalchemy as sa

metadata = sa.MetaData()

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(80), nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("published_on", sa.Date, nullable=False),
    sa.Column("published_by", sa.String(16), nullable=False),
    sa.Column("fetched_at", sa.DateTime, nullable=False),
    sa.Column("recorded_at", sa.DateTime, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("account", sa.LargeBinary, nullable=False),
    sa.Column("manifest", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("source", "id", name="snapshot_once"),
)

version = sa.Table(
    "version",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("listing", sa.String(200), nullable=False, index=True),
    sa.Column("list", sa.String(64), nullable=False),
    sa.Column("source", sa.String(64), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("starts", sa.Date),
    sa.Column("ends", sa.Date),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""`starts` and `ends` are the first and last day on which the text itself can be in force; null is open."""

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String(64), nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
)
"""Every refresh that was tried: `loaded`, `unchanged`, `held_back` or `failed`, and what was said."""

party_ruling = sa.Table(
    "party_ruling",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("action", sa.String(8), nullable=False),
    sa.Column("one", sa.String(200), nullable=False),
    sa.Column("other", sa.String(200), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)
"""What people ruled about two listings: `join` or `split`, why, who, when. The latest on a pair holds."""

federal_register_document = sa.Table(
    "federal_register_document",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document", sa.String(32), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("published_on", sa.Date),
    sa.Column("recorded_at", sa.DateTime, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Federal Register documents as read, each text of one named by its content."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("regimes", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary),
)
"""One line of evidence: `hash` covers every other column and the line before it; `body` is packed JSON whose SHA-256
is `digest`, and null once it was purged."""

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
"""The last line of the ledger, so that lines cut from its end are missed."""

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("listing", sa.String(200), nullable=False, index=True),
    sa.UniqueConstraint("source", "subject", "listing", name="alert_once"),
)
"""One pair under review: a party of the user against one listing. All else is in its events."""

alert_event = sa.Table(
    "alert_event",
    metadata,
    sa.Column("alert", sa.Integer, sa.ForeignKey("alert.number"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("assigned_to", sa.Text),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("list", sa.String(64), nullable=False),
    sa.Column("listing", sa.String(200), nullable=False),
    sa.Column("listed_name", sa.Text, nullable=False),
    sa.Column("party", sa.String(200), nullable=False),
    sa.Column("versions", sa.String(64), nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("amount", sa.Float),
    sa.Column("currency", sa.String(16)),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.String(64)),
    sa.Column("expires_on", sa.Date),
    sa.Column("decided", sa.Integer),
    sa.Column("decided_by", sa.Text),
    sa.Column("settled", sa.Boolean, nullable=False),
    sa.Column("bulk", sa.String(64), index=True),
)
"""What happened to an alert: the event itself is line `line` of the ledger, the other columns say where the alert stood
after it, so that the row of its last event is where it stands now."""

book_version = sa.Table(
    "book_version",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("party", sa.String(200), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""One text of one party of the book, named by its content."""

book_change = sa.Table(
    "book_change",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("party", sa.String(200), nullable=False, index=True),
    sa.Column("version", sa.Integer, sa.ForeignKey("book_version.number")),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
)
"""From when on a party of the book has which text; a null `version` says that it left."""

screening_pass = sa.Table(
    "screening_pass",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("valid_on", sa.Date, nullable=False),
    sa.Column("known_at", sa.DateTime, nullable=False),
    sa.Column("view", sa.String(64), nullable=False),
    sa.Column("basis", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("book", sa.Integer),
    sa.Column("links", sa.Integer),
)
"""One screening of the book, in full or of what had changed: as of which day and instant, against which listings, and up
to which change of the book and of its links."""

screening_report = sa.Table(
    "screening_report",
    metadata,
    sa.Column(
        "number", sa.Integer, sa.ForeignKey("screening_pass.number"), primary_key=True, autoincrement=False
    ),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""The report of a pass, written when its alerts are with the desk."""


def _answers(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("party", sa.String(200), nullable=False, index=True),
        sa.Column("pass", sa.Integer, sa.ForeignKey("screening_pass.number"), nullable=False),
        sa.Column("version", sa.LargeBinary(32)),
        sa.Column("body", sa.LargeBinary),
    )


screening_answer = _answers("screening_answer")
"""What a pass answered for a party where it differs from the answer before: for which text, and the listings met.
A null `body` is no match; a null `version` says that the party was no longer in the book."""

end_answer = _answers("end_answer")
"""The same of the ends of links, each known by the digest of what is asked about it."""

ownership_answer = _answers("ownership_answer")
"""The same of who stands behind a party by the links: `version` names all that the answer rests on."""

book_links = sa.Table(
    "book_links",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(200), nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary(32)),
    sa.Column("links", sa.Integer, nullable=False),
)
"""From when on a file of links says what; a null `digest` says that it was taken out."""

book_links_part = sa.Table(
    "book_links_part",
    metadata,
    sa.Column("file", sa.Integer, sa.ForeignKey("book_links.number"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""The links of one version of a file, in parts, with what it says of the parties at their ends."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(80), nullable=False),
    sa.Column("receiver", sa.String(100), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", sa.DateTime, nullable=False),
    sa.Column("delivered_at", sa.DateTime, index=True),
    sa.Column("failure", sa.Text),
    sa.UniqueConstraint("receiver", "id", name="outbox_once"),
)
"""What a receiver is owed. The one table whose rows are changed: by the tries to deliver, until one succeeds."""


def naive(at: dt.datetime) -> dt.datetime:
    """An instant as columns hold it: in UTC and without an offset, which every database keeps alike."""
    return at.astimezone(dt.UTC).replace(tzinfo=None)
