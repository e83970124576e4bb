"""Erasure: tombstones of erased people, and what they keep out.

A tombstone is the SHA-256 digest of an id, when the erasure was, and its change number. Whatever an erased person did
until then is not taken again, so that an old file does not bring them back; what the same id does later makes a new
person. The digest has no salt: who knows an id can ask whether it was erased, and nobody can list who was.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Literal

import polars as pl
import sqlalchemy as sa

from shopkeeper.store.schema import ERASURE
from shopkeeper.store.sieve import Sieve
from shopkeeper.store.transaction import Reading, Transaction

IdKind = Literal["user_id", "visitor_id"]
_ID_KIND: Final[tuple[IdKind, ...]] = ("user_id", "visitor_id")

_TOMBSTONE: Final = {"digest": pl.Binary(), "time": pl.Int64()}
_KNOWN: Final[Mapping[IdKind, str]] = MappingProxyType(
    {"user_id": "SELECT user_id FROM person WHERE", "visitor_id": "SELECT visitor_id FROM visitor WHERE"}
)
_FEW: Final = 1_000  # ids that are asked for by themselves; for more of them, all tombstones are read
_ASKED: Final = sa.text("SELECT digest, time FROM erasure WHERE digest IN :digests").bindparams(
    sa.bindparam("digests", expanding=True)
)


def entomb(transaction: Transaction, kind: IdKind, ids: Sequence[str], time: int) -> None:
    """Note that these ids were erased at a time, UTC microseconds."""
    first = transaction.take("change", len(ids))
    rows = {"digest": _digests(kind, ids), "time": [time] * len(ids), "change": range(first, first + len(ids))}
    kinds = {"digest": pl.Binary, "time": pl.Int64, "change": pl.Int64}
    transaction.upsert(ERASURE, pl.DataFrame(rows, schema=kinds))


def refuse_erased_events(transaction: Reading, sieve: Sieve) -> None:
    """Refuse what erased people did until their erasure. A guest is known by the visitor_id, a user by the user_id."""
    if not _anybody(transaction):
        return
    until = _until(transaction, sieve.frame)
    sieve.frame = sieve.frame.with_columns(until)
    sieve.refuse((pl.col("time") <= pl.col("until"), "whoever did it was erased later, and stays forgotten"))
    sieve.frame = sieve.frame.drop("until")


def anybody_erased(transaction: Reading, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any of these rows (user_id, visitor_id) names somebody who was ever erased."""
    named = {kind: [row[kind] for row in rows if row[kind] is not None] for kind in _ID_KIND}
    digests = [digest for kind in _ID_KIND for digest in _digests(kind, named[kind])]
    return _anybody(transaction) and bool(_held(transaction, digests))


def refuse_erased_ids(transaction: Reading, sieve: Sieve, *kinds: IdKind) -> None:
    """Refuse rows of erased ids. What has no time, attributes and links, takes a new act to make a new person."""
    if not _anybody(transaction):
        return
    for kind in kinds:
        ids = sieve.frame[kind].unique().to_list()
        known = transaction.fetch_among(_KNOWN[kind], {kind: pl.String()}, kind, ids)[kind]
        erased = _tombstones(transaction, kind, sieve.frame[kind])[kind]
        words = f"this {kind.removesuffix('_id')} was erased, and is taken again once there is a new event of theirs"
        sieve.refuse((pl.col(kind).is_in(erased.implode()) & ~pl.col(kind).is_in(known.implode()), words))


def without_erased(transaction: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (user_id, visitor_id, time, ...) but those of people erased since."""
    if rows.is_empty() or not _anybody(transaction):
        return rows
    return rows.filter((rows["time"] > _until(transaction, rows)).fill_null(True))


def _until(transaction: Reading, rows: pl.DataFrame) -> pl.Series:
    """(n,) until when whoever did each row was erased, null where they were not."""
    users = _tombstones(transaction, "user_id", rows["user_id"]).rename({"until": "of_user"})
    visitors = _tombstones(transaction, "visitor_id", rows["visitor_id"]).rename({"until": "of_visitor"})
    joined = rows.select("user_id", "visitor_id").join(users, on="user_id", how="left", maintain_order="left")
    joined = joined.join(visitors, on="visitor_id", how="left", maintain_order="left")
    by_user = pl.col("user_id").is_not_null()
    return joined.select(pl.when(by_user).then("of_user").otherwise("of_visitor").alias("until")).to_series()


def _anybody(transaction: Reading) -> bool:
    """Whether anybody was ever erased; most shops pay no more than this question."""
    return bool(transaction.rows("SELECT 1 FROM erasure LIMIT 1"))


def _tombstones(transaction: Reading, kind: IdKind, ids: pl.Series) -> pl.DataFrame:
    """The ids that were erased, and `until` when."""
    distinct = ids.drop_nulls().unique()
    digests = _digests(kind, distinct.to_list())
    asked = pl.DataFrame([distinct.alias(kind), pl.Series("digest", digests, pl.Binary)])
    if len(digests) > _FEW:
        held = transaction.fetch("SELECT digest, time FROM erasure", _TOMBSTONE)
    else:
        held = pl.DataFrame(_held(transaction, digests), _TOMBSTONE, orient="row")
    return asked.join(held, on="digest").select(kind, until="time")


def _held(transaction: Reading, digests: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """Digest and time of those that are tombstones. An empty IN has no type, which PostgreSQL refuses."""
    rows = transaction.connection.execute(_ASKED, {"digests": digests}).all() if digests else []
    return [(bytes(digest), time) for digest, time in rows]


def _digests(kind: IdKind, ids: Sequence[str]) -> list[bytes]:
    return [sha256(f"{kind}\0{one}".encode()).digest() for one in ids]
