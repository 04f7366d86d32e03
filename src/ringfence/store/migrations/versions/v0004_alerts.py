"""Alerts and what happened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alert",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("listing", sa.String(200), nullable=False),
        sa.UniqueConstraint("source", "subject", "listing", name="alert_once"),
    )
    op.create_table(
        "alert_event",
        sa.Column("alert", sa.Integer, sa.ForeignKey("alert.number"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
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
        sa.Column("bulk", sa.String(64)),
    )
    op.create_index("ix_alert_listing", "alert", ["listing"])
    op.create_index("ix_alert_event_state", "alert_event", ["state"])
    op.create_index("ix_alert_event_bulk", "alert_event", ["bulk"])
