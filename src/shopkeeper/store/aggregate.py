"""The aggregates of persons: what each request needs to know of a person, kept in the transaction of the events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

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
FEW: Final = 100  # persons; below it, a statement for each is quicker than a frame
ACT_COLUMN: Final = ("person", "item_index", "type", "time", "rating", "share")
_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]  # acts() leaves these out
_STORED: Final = {"person": pl.Int32(), "total": pl.Binary(), "recent": pl.Binary()}
_UPDATE: Final = "UPDATE person SET total = :total, recent = :recent WHERE person = :person"


@dataclass(frozen=True, slots=True)
class _Held:
    """Packed aggregates of some persons, as they are stored."""

    person: Sequence[int]
    total: Sequence[bytes]
    recent: Sequence[bytes]


def add_to_aggregates(transaction: Transaction, events: pl.DataFrame) -> None:
    """Count new events (ACT_COLUMN) into the aggregates of their persons.

    The write lock is held, so nobody else changes them between the read and the write.
    """
    counted = events.filter(pl.col("item_index").is_not_null()) if events["item_index"].null_count() else events
    add_acts(transaction, *(counted[name].to_numpy() for name in ACT_COLUMN))


def add_acts(
    transaction: Transaction,
    person: npt.ArrayLike,
    item: npt.ArrayLike,
    kind: npt.ArrayLike,
    time: npt.ArrayLike,
    rating: npt.ArrayLike,
    share: npt.ArrayLike,
) -> None:
    """`add_to_aggregates` for (n,) columns in the order of ACT_COLUMN: `kind` of EVENT_CODE; `rating`, `share` NaN for
    none."""
    type_code = np.asarray(kind, np.uint8)
    amount = amounts(type_code, np.asarray(rating, np.float64), np.asarray(share, np.float64))
    persons, row = np.unique(np.asarray(person, np.int64), return_inverse=True)
    act = acts(np.asarray(item, np.int32), type_code, np.asarray(time, np.int64), amount)
    added = summarise(row[type_code != _UNSEEN].astype(np.int64), act, len(persons))
    _add(transaction, persons, _parts(added))


def move_aggregates(transaction: Transaction, moves: pl.DataFrame) -> None:
    """Count the aggregates of persons `old` into those of persons `new`; the old ones stay as they are."""
    new_of = dict(moves.select("old", "new").iter_rows())
    held = _load(transaction, list(new_of))
    person, row = np.unique(np.array([new_of[old] for old in held.person], np.int64), return_inverse=True)
    _add(transaction, person, _stored(row.astype(np.int64), held))


def _add(transaction: Transaction, person: Int64, added: _Part) -> None:
    """Write what persons have now: what they had, and what was added, row i being of person[i]."""
    if not len(person):
        return
    held = _load(transaction, person.tolist())
    had = _stored(np.searchsorted(person, held.person).astype(np.int64), held)
    total_row, total, recent_row, recent = (_after(*pair) for pair in zip(had, added, strict=True))
    now = combine(total_row, total, recent_row, recent, len(person))
    _write(transaction, _Held(person.tolist(), *now.packed()))


def _after(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """One array after the other; NumPy copies rows of several fields by the field."""
    plain = f"V{one.itemsize}" if one.dtype.names else one.dtype
    return np.concatenate([one.view(plain), other.view(plain)]).view(one.dtype)


def _load(transaction: Transaction, persons: Sequence[int]) -> _Held:
    rows = transaction.rows_among("SELECT person, total, recent FROM person WHERE", "person", persons)
    return _Held(*zip(*rows, strict=True)) if rows else _Held((), (), ())


def _write(transaction: Transaction, held: _Held) -> None:
    if len(held.person) > FEW:
        transaction.update(PERSON, pl.DataFrame([held.person, held.total, held.recent], _STORED))
        return
    rows = zip(held.person, held.total, held.recent, strict=True)
    transaction.execute(_UPDATE, [dict(zip(_STORED, row, strict=True)) for row in rows])


def _stored(row: Int64, held: _Held) -> _Part:
    """Stored aggregates, held[i] being of row[i]."""
    return (*_unpacked(row, held.total, TOTAL), *_unpacked(row, held.recent, RECENT))


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
