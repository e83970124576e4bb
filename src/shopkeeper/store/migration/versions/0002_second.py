"""Marks of bots and staff, shares of returns, exposures, tombstones of erased people, offers by market and time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OFFER_INDEX = {"market": "market <> ''", "valid_from": "valid_from > 0", "valid_to": "valid_to IS NOT NULL"}


def upgrade() -> None:
    """Add to the tables of version 0001; nothing is rewritten."""
    op.add_column("event", sa.Column("mark", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("event", sa.Column("share", sa.Double()))  # of a purchase, that a return takes back; null: the whole
    _exposure()
    _erasure()
    for column, condition in _OFFER_INDEX.items():
        where = sa.text(condition)
        op.create_index(f"ix_offer_{column}", "offer", [column], sqlite_where=where, postgresql_where=where)


def _exposure() -> None:
    op.create_table(
        "exposure",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("visitor_id", sa.Text()),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("bundle_id", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("fallback", sa.Text()),
        sa.Column("query", sa.Text()),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("recommendation_id", name="pk_exposure"),
    )
    for column in ("time", "user_id", "visitor_id"):
        op.create_index(f"ix_exposure_{column}", "exposure", [column])


def _erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_erasure"),
        sa.UniqueConstraint("change", name="uq_erasure_change"),
    )
