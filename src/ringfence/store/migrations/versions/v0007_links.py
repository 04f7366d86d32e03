"""The links of the book, and who stands behind its parties."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables, and say of a pass how far it read the book and its links."""
    op.add_column("screening_pass", sa.Column("book", sa.Integer))
    op.add_column("screening_pass", sa.Column("links", sa.Integer))
    for name in ("end_answer", "ownership_answer"):
        op.create_table(
            name,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("party", sa.String(200), nullable=False, index=True),
            sa.Column("pass", sa.Integer, sa.ForeignKey("screening_pass.number"), nullable=False),
            sa.Column("version", sa.LargeBinary(32)),
            sa.Column("body", sa.LargeBinary),
        )
    op.create_table(
        "book_links",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False, index=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("links", sa.Integer, nullable=False),
    )
    op.create_table(
        "book_links_part",
        sa.Column(
            "file", sa.Integer, sa.ForeignKey("book_links.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
