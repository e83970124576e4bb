"""The aggregates of persons: what each request needs to know of a person, kept in the transaction of the events."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.history import RECENT, TOTAL, Histories, Packed, acts, amounts, combine, summarise
from shopkeeper.store.transaction import Transaction

Int64 = npt.NDArray[np.int64]

EMPTY: Final = b""
_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]  # acts() leaves these out
_STORED: Final = {"person": pl.Int32(), "total": pl.Binary(), "recent": pl.Binary()}
_UPDATE: Final = "UPDATE person SET total = :total, recent = :recent WHERE person = :person"


def add_to_aggregates(transaction: Transaction, events: pl.DataFrame) -> None:
    """Count new events (person, item_index, type, time, rating) into the aggregates of their persons.

    The write lock is held, so nobody else changes them between the read and the write.
    """
    counted = events.filter(pl.col("item_index").is_not_null())
    person, row = np.unique(counted["person"].to_numpy(), return_inverse=True)
    type_code = counted["type"].to_numpy().astype(np.uint8)
    amount = amounts(type_code, counted["rating"].to_numpy().astype(np.float64))
    time = counted["time"].to_numpy().astype(np.int64)
    item = counted["item_index"].to_numpy().astype(np.int32)
    seen = type_code != _UNSEEN
    added = summarise(row[seen].astype(np.int64), acts(item, type_code, time, amount), len(person))
    _add(transaction, person.astype(np.int64), added)


def move_aggregates(transaction: Transaction, moves: pl.DataFrame) -> None:
    """Count the aggregates of persons `old` into those of persons `new`; the old ones stay as they are."""
    held = _load(transaction, moves["old"].to_list())
    held = held.join(moves, left_on="person", right_on="old")
    person, row = np.unique(held["new"].to_numpy(), return_inverse=True)
    _add(transaction, person.astype(np.int64), _unpack(row.astype(np.int64), held, len(person)))


def _add(transaction: Transaction, person: Int64, added: Histories) -> None:
    """Write what persons have now: what they had, and what was added, row i being of person[i]."""
    if not len(person):
        return
    held = _load(transaction, person.tolist())
    before = _unpack(np.searchsorted(person, held["person"].to_numpy()).astype(np.int64), held, len(person))
    now = _join(before, added)
    rows = [
        {"person": number, "total": total.tobytes(), "recent": recent.tobytes()}
        for number, (total, recent) in zip(person.tolist(), map(now.of, range(len(now))), strict=True)
    ]
    transaction.execute(_UPDATE, rows)


def _load(transaction: Transaction, persons: Sequence[int]) -> pl.DataFrame:
    return transaction.fetch_among("SELECT person, total, recent FROM person WHERE", _STORED, "person", persons)


def _unpack(row: Int64, held: pl.DataFrame, persons: int) -> Histories:
    """Stored aggregates as one Histories, held[i] being part of row[i]."""
    total, recent = held["total"].to_list(), held["recent"].to_list()
    return combine(
        np.repeat(row, [len(blob) // TOTAL.itemsize for blob in total]),
        _packed(total, TOTAL),
        np.repeat(row, [len(blob) // RECENT.itemsize for blob in recent]),
        _packed(recent, RECENT),
        persons,
    )


def _packed(blobs: Sequence[bytes], kind: np.dtype[np.void]) -> Packed:
    return np.frombuffer(b"".join(blobs), kind)


def _join(first: Histories, second: Histories) -> Histories:
    """Both histories of each person in one."""
    rows = np.arange(len(first))
    both = (first, second)
    return combine(
        np.concatenate([np.repeat(rows, np.diff(part.total_offset)) for part in both]),
        np.concatenate([part.total for part in both]),
        np.concatenate([np.repeat(rows, np.diff(part.recent_offset)) for part in both]),
        np.concatenate([part.recent for part in both]),
        len(first),
    )
