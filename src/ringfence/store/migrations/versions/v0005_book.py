"""The book of parties with its versions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "book_version",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("party", sa.String(200), nullable=False, index=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "book_change",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("party", sa.String(200), nullable=False, index=True),
        sa.Column("version", sa.Integer, sa.ForeignKey("book_version.number")),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
    )
