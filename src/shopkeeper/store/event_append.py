"""Appending what several callers sent: one transaction, and a receipt for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.record import Event
from shopkeeper.store.database import Database
from shopkeeper.store.event_few import FEW, Row, few_frame, usual_rows, write_few
from shopkeeper.store.event_write import event_sieve, write_events
from shopkeeper.store.protocol.receipt import Receipt, Refusal
from shopkeeper.store.row import ROW, event_frame
from shopkeeper.store.sieve import Sieve
from shopkeeper.store.transaction import Transaction


@dataclass(frozen=True, slots=True, eq=False)
class EventBatch:
    """What one caller sent: `rows` where all of it is as plain as event_few.py wants it, else what passed the rules.

    `frame` has EVENT_COLUMN, ROW (a position in what was sent) and event_key.
    """

    size: int
    rows: Sequence[Row] | None = None
    frame: pl.DataFrame | None = None
    refused: Sequence[Refusal] = ()

    def passed(self) -> pl.DataFrame:
        """The events that may be written, as a frame."""
        return few_frame(self.rows or ()) if self.frame is None else self.frame

    def marked(self) -> npt.NDArray[np.bool_]:
        """(size,) which are of bots and staff."""
        if self.frame is None:
            return np.array([row["mark"] is not None for row in self.rows or ()], bool)
        marked = np.zeros(self.size, bool)
        if self.frame["mark"].null_count() == self.frame.height:
            return marked
        marked[self.frame.filter(pl.col("mark").is_not_null())[ROW].to_numpy()] = True
        return marked


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of the rows of all batches, laid end to end; the others are duplicates, or were refused before."""

    accepted: npt.NDArray[np.int64]  # rows, ascending
    refused: Sequence[Refusal]


def batch_of_events(events: Sequence[Event]) -> EventBatch:
    """Events of one caller, made ready outside of any transaction."""
    rows = usual_rows(events)
    if rows is not None:
        return EventBatch(len(rows), rows)
    frame, unwritable = event_frame(events)
    return batch_of_frame(frame, len(events), unwritable)


def batch_of_frame(frame: pl.DataFrame, size: int, unwritable: Sequence[Refusal] = ()) -> EventBatch:
    """Events of one caller (EVENT_COLUMN and ROW), `size` with those that no frame holds."""
    sieve = event_sieve(frame)
    refused = sorted([*sieve.refusals, *unwritable], key=lambda refusal: refusal.row)
    return EventBatch(size, None, sieve.frame, refused)


def append_together(database: Database, batches: Sequence[EventBatch]) -> list[Receipt]:
    """Commit the events of all batches at once, as if they had been sent as one; a receipt for each batch."""
    starts = list(accumulate((batch.size for batch in batches), initial=0))
    rows = _few(batches)
    frame = _joined(batches, starts) if rows is None else None
    with database.write() as transaction:
        outcome = None if rows is None else _written_few(transaction, rows)
        if outcome is None:
            outcome = _written(transaction, _joined(batches, starts) if frame is None else frame)
        change = transaction.change
    return [_receipt(batch, outcome, start, change) for batch, start in zip(batches, starts, strict=False)]


def _few(batches: Sequence[EventBatch]) -> list[Row] | None:
    """The rows of all batches where they are few and plain."""
    if any(batch.rows is None for batch in batches) or sum(batch.size for batch in batches) > FEW:
        return None
    return list(chain.from_iterable(batch.rows or () for batch in batches))


def _joined(batches: Sequence[EventBatch], starts: Sequence[int]) -> pl.DataFrame:
    """What passed the rules of all batches, with rows counted from the first batch's first."""
    shifted = (batch.passed().with_columns(pl.col(ROW) + start) for batch, start in zip(batches, starts, strict=False))
    return pl.concat(shifted)


def _written_few(transaction: Transaction, rows: Sequence[Row]) -> _Outcome | None:
    fresh = write_few(transaction, rows)
    return None if fresh is None else _Outcome(np.flatnonzero(fresh).astype(np.int64), ())


def _written(transaction: Transaction, frame: pl.DataFrame) -> _Outcome:
    sieve = Sieve(frame)
    accepted = np.sort(write_events(transaction, sieve).to_numpy()).astype(np.int64)
    return _Outcome(accepted, sieve.refusals)


def _receipt(batch: EventBatch, outcome: _Outcome, start: int, change: int) -> Receipt:
    """The receipt of a batch whose rows begin at `start`; it counts them from its own first."""
    end = start + batch.size
    late = [Refusal(one.row - start, one.reason) for one in outcome.refused if start <= one.row < end]
    refused = sorted([*batch.refused, *late], key=lambda refusal: refusal.row)
    first, last = np.searchsorted(outcome.accepted, [start, end]).tolist()
    accepted = outcome.accepted[first:last] - start
    of_bots = int(batch.marked()[accepted].sum())
    duplicate = batch.size - len(accepted) - len(refused)
    return Receipt(len(accepted), duplicate, tuple(refused), change, of_bots)
