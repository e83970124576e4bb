"""The aggregates of persons: what each request needs to know of a person, kept in the transaction of the events."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.history import RECENT, TOTAL, Histories, Packed, acts, amounts, combine, summarise
from shopkeeper.store.schema import PERSON
from shopkeeper.store.transaction import Transaction

Int64 = npt.NDArray[np.int64]
_Part = tuple[Int64, Packed, Int64, Packed]  # rows of TOTAL and of RECENT, each after the row of its person

EMPTY: Final = b""
_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]  # acts() leaves these out
_STORED: Final = {"person": pl.Int32(), "total": pl.Binary(), "recent": pl.Binary()}


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
    _add(transaction, person.astype(np.int64), _parts(added))


def move_aggregates(transaction: Transaction, moves: pl.DataFrame) -> None:
    """Count the aggregates of persons `old` into those of persons `new`; the old ones stay as they are."""
    held = _load(transaction, moves["old"].to_list()).join(moves, left_on="person", right_on="old")
    person, row = np.unique(held["new"].to_numpy(), return_inverse=True)
    _add(transaction, person.astype(np.int64), _stored(row.astype(np.int64), held))


def _add(transaction: Transaction, person: Int64, added: _Part) -> None:
    """Write what persons have now: what they had, and what was added, row i being of person[i]."""
    if not len(person):
        return
    held = _load(transaction, person.tolist())
    had = _stored(np.searchsorted(person, held["person"].to_numpy()).astype(np.int64), held)
    total_row, total, recent_row, recent = (np.concatenate(pair) for pair in zip(had, added, strict=True))
    now = combine(total_row, total, recent_row, recent, len(person))
    blobs = [(total.tobytes(), recent.tobytes()) for total, recent in map(now.of, range(len(now)))]
    total_blobs, recent_blobs = zip(*blobs, strict=True)
    transaction.update(PERSON, pl.DataFrame([person, total_blobs, recent_blobs], _STORED))


def _load(transaction: Transaction, persons: Sequence[int]) -> pl.DataFrame:
    return transaction.fetch_among("SELECT person, total, recent FROM person WHERE", _STORED, "person", persons)


def _stored(row: Int64, held: pl.DataFrame) -> _Part:
    """Stored aggregates, held[i] being of row[i]."""
    total, recent = held["total"].to_list(), held["recent"].to_list()
    return (*_unpacked(row, total, TOTAL), *_unpacked(row, recent, RECENT))


def _unpacked(row: Int64, blobs: Sequence[bytes], kind: np.dtype[np.void]) -> tuple[Int64, Packed]:
    counts = [len(blob) // kind.itemsize for blob in blobs]
    return np.repeat(row, counts), np.frombuffer(b"".join(blobs), kind)


def _parts(histories: Histories) -> _Part:
    rows = np.arange(len(histories))
    return (
        np.repeat(rows, np.diff(histories.total_offset)),
        histories.total,
        np.repeat(rows, np.diff(histories.recent_offset)),
        histories.recent,
    )
