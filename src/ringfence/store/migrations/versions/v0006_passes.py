"""The passes over the book, what they found, and what receivers are owed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "screening_pass",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("valid_on", sa.Date, nullable=False),
        sa.Column("known_at", sa.DateTime, nullable=False),
        sa.Column("view", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
    )
    op.create_table(
        "screening_report",
        sa.Column(
            "number",
            sa.Integer,
            sa.ForeignKey("screening_pass.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "screening_answer",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("party", sa.String(200), nullable=False, index=True),
        sa.Column("pass", sa.Integer, sa.ForeignKey("screening_pass.number"), nullable=False),
        sa.Column("version", sa.LargeBinary(32)),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_table(
        "outbox",
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
