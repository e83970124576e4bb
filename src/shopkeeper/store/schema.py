"""The tables, said once for both databases. Times are int64 microseconds UTC, money integer minor units, JSON is text.

`change` is the store's change number, by which readers follow it (see transaction.py). The hand-written migrations
make these very tables; a test compares the two.
"""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)

# SQLite makes a column the row's own address only where its type is spelled INTEGER.
_Address = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Sorted by code point, as SQLite sorts every text, whatever the language of the database.
_ByCodePoint = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

COUNTER: Final = sa.Table(
    "counter",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),  # the last number that was given out
)

ITEM: Final = sa.Table(
    "item",
    METADATA,
    sa.Column("item_index", sa.Integer, primary_key=True, autoincrement=False),  # permanent, never given to another
    sa.Column("item_id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("brand", sa.Text),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("url", sa.Text),
    sa.Column("image_url", sa.Text),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("available_from", sa.BigInteger),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False, unique=True),  # of the row, its offers or its group
)

ITEM_GROUP: Final = sa.Table(
    "item_group",
    METADATA,
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("group_index", sa.Integer, nullable=False),  # the smallest item_index among its items
)

OFFER: Final = sa.Table(
    "offer",
    METADATA,
    sa.Column("item_index", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("market", _ByCodePoint, primary_key=True),
    sa.Column("valid_from", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("price", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("stock", sa.BigInteger),
    sa.Column("valid_to", sa.BigInteger),
    sa.Column("change", sa.BigInteger, nullable=False),  # the one that its item got when the offer was written
    sqlite_with_rowid=False,
)


def _index_where(column: str, condition: str) -> None:
    """An index of those offers alone that are looked up by it: most hold from the beginning, everywhere, for ever."""
    where = sa.text(condition)
    sa.Index(f"ix_offer_{column}", OFFER.c[column], sqlite_where=where, postgresql_where=where)


_index_where("market", "market <> ''")
_index_where("valid_from", "valid_from > 0")
_index_where("valid_to", "valid_to IS NOT NULL")

PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("person", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.Text, unique=True),  # null: a guest
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("total", sa.LargeBinary, nullable=False),  # history.TOTAL; long, hence last
    sa.Column("recent", sa.LargeBinary, nullable=False),  # history.RECENT
)

VISITOR: Final = sa.Table(
    "visitor",
    METADATA,
    sa.Column("visitor_id", sa.Text, primary_key=True),
    sa.Column("person", sa.Integer, nullable=False, index=True),
)

EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("change", _Address, primary_key=True, autoincrement=False),
    sa.Column("event_key", sa.LargeBinary, nullable=False, unique=True),  # 16 bytes, see event_key.py
    sa.Column("person", sa.Integer, nullable=False, index=True),
    sa.Column("type", sa.SmallInteger, nullable=False),  # record.EVENT_CODE
    sa.Column("item_index", sa.Integer),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("session_id", sa.Text),
    sa.Column("quantity", sa.Double),
    sa.Column("value", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("rating", sa.Double),
    sa.Column("text", sa.Text),
    sa.Column("query", sa.Text),
    sa.Column("surface", sa.Text),
    sa.Column("recommendation_id", sa.Text),
    sa.Column("position", sa.BigInteger),
    sa.Column("experiment", sa.Text),
    sa.Column("context", sa.Text),
    sa.Column("mark", sa.SmallInteger, nullable=False, server_default="0"),  # record.MARK_CODE; 0: a shopper
    sa.Column("share", sa.Double),  # of a purchase, that a return takes back (history.py); null: all of it
)

PUBLICATION: Final = sa.Table(
    "publication",
    METADATA,
    sa.Column("change", _Address, primary_key=True, autoincrement=False),
    sa.Column("arm", sa.Text, nullable=False, index=True),
    sa.Column("bundle_id", sa.Text, nullable=False),
    sa.Column("time", sa.BigInteger, nullable=False),
)

IMPORT_JOB: Final = sa.Table(
    "import_job",
    METADATA,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("batches", sa.Integer, nullable=False),
    sa.Column("summary", sa.Text),  # JSON; null while the import is under way
)

# A response that was given; whoever saw it is named as the request named them, for they may be nobody's person yet.
EXPOSURE: Final = sa.Table(
    "exposure",
    METADATA,
    sa.Column("recommendation_id", sa.Text, primary_key=True),
    sa.Column("time", sa.BigInteger, nullable=False, index=True),
    sa.Column("user_id", sa.Text, index=True),
    sa.Column("visitor_id", sa.Text, index=True),
    sa.Column("surface", sa.Text, nullable=False),
    sa.Column("bundle_id", sa.Text, nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("fallback", sa.Text),
    sa.Column("query", sa.Text),
    sa.Column("places", sa.LargeBinary, nullable=False),  # exposure.PLACE, in the order in which they were shown
)

# Who was erased: digests only, so that an old file does not bring them back and nobody can be read out of it.
ERASURE: Final = sa.Table(
    "erasure",
    METADATA,
    sa.Column("digest", sa.LargeBinary, primary_key=True),  # 32 bytes of the user_id or visitor_id
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False, unique=True),
)
