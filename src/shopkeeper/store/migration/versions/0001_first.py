"""The first schema: catalogue, offers, persons and their aggregates, events, publication, imports."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ADDRESS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, and start the counters."""
    _counter()
    _catalogue()
    _people()
    _event()
    _office()


def _counter() -> None:
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.bulk_insert(
        counter, [{"name": "change", "value": 0}, {"name": "item", "value": -1}, {"name": "person", "value": -1}]
    )


def _catalogue() -> None:
    op.create_table(
        "item",
        sa.Column("item_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text()),
        sa.Column("group_id", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("image_url", sa.Text()),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("available_from", sa.BigInteger()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_index", name="pk_item"),
        sa.UniqueConstraint("item_id", name="uq_item_item_id"),
        sa.UniqueConstraint("change", name="uq_item_change"),
    )
    op.create_index("ix_item_group_id", "item", ["group_id"])
    op.create_table(
        "item_group",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("group_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name="pk_item_group"),
    )
    op.create_table(
        "offer",
        sa.Column("item_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("price", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("stock", sa.BigInteger()),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_index", "market", "valid_from", name="pk_offer"),
        sqlite_with_rowid=False,
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("total", sa.LargeBinary(), nullable=False),
        sa.Column("recent", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_person"),
        sa.UniqueConstraint("user_id", name="uq_person_user_id"),
    )
    op.create_table(
        "visitor",
        sa.Column("visitor_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("visitor_id", name="pk_visitor"),
    )
    op.create_index("ix_visitor_person", "visitor", ["person"])


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("change", _ADDRESS, autoincrement=False, nullable=False),
        sa.Column("event_key", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("item_index", sa.Integer()),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.Text()),
        sa.Column("quantity", sa.Double()),
        sa.Column("value", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("rating", sa.Double()),
        sa.Column("text", sa.Text()),
        sa.Column("query", sa.Text()),
        sa.Column("surface", sa.Text()),
        sa.Column("recommendation_id", sa.Text()),
        sa.Column("position", sa.BigInteger()),
        sa.Column("experiment", sa.Text()),
        sa.Column("context", sa.Text()),
        sa.PrimaryKeyConstraint("change", name="pk_event"),
        sa.UniqueConstraint("event_key", name="uq_event_event_key"),
    )
    op.create_index("ix_event_person", "event", ["person"])
    op.create_index("ix_event_time", "event", ["time"])


def _office() -> None:
    op.create_table(
        "publication",
        sa.Column("change", _ADDRESS, autoincrement=False, nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("bundle_id", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change", name="pk_publication"),
    )
    op.create_index("ix_publication_arm", "publication", ["arm"])
    op.create_table(
        "import_job",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text()),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_import_job"),
    )
