"""Appending what several callers sent: one transaction, and a receipt for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

import numpy as np
import numpy.typing as npt

from shopkeeper.record import Event
from shopkeeper.store.database import Database
from shopkeeper.store.event_few import FEW, Row, write_few
from shopkeeper.store.event_write import event_sieve, write_events
from shopkeeper.store.protocol.receipt import Receipt, Refusal
from shopkeeper.store.row import event_frame
from shopkeeper.store.sieve import Sieve
from shopkeeper.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What one caller sent; `rows` where all of it is as plain as event_few.py wants it."""

    events: Sequence[Event]
    rows: Sequence[Row] | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of the rows of all batches, laid end to end. Rows in neither are duplicates."""

    accepted: npt.NDArray[np.int64]  # rows, ascending
    refused: Sequence[Refusal]


def append_together(database: Database, batches: Sequence[EventBatch]) -> list[Receipt]:
    """Commit the events of all batches at once, as if they had been sent as one; a receipt for each batch."""
    rows = _plain(batches)
    sieve, unwritable = (None, ()) if rows is not None else _sifted(batches)
    with database.write() as transaction:
        outcome = None if rows is None else _written_few(transaction, rows)
        if outcome is None:
            if sieve is None:
                sieve, unwritable = _sifted(batches)
            outcome = _written(transaction, sieve, unwritable)
        change = transaction.change
    ends = list(accumulate((len(batch.events) for batch in batches), initial=0))
    marked = np.array([event.mark is not None for batch in batches for event in batch.events], bool)
    return [_receipt(outcome, marked, start, end, change) for start, end in pairwise(ends)]


def _plain(batches: Sequence[EventBatch]) -> list[Row] | None:
    """The rows of all batches where they are few and plain."""
    rows: list[Row] = []
    for batch in batches:
        if batch.rows is None or len(rows) + len(batch.rows) > FEW:
            return None
        rows.extend(batch.rows)
    return rows


def _sifted(batches: Sequence[EventBatch]) -> tuple[Sieve, Sequence[Refusal]]:
    """The events of all batches as the frame's rules let them pass, and those that no frame holds."""
    frame, unwritable = event_frame(list(chain.from_iterable(batch.events for batch in batches)))
    return event_sieve(frame), unwritable


def _written_few(transaction: Transaction, rows: Sequence[Row]) -> _Outcome | None:
    fresh = write_few(transaction, rows)
    return None if fresh is None else _Outcome(np.flatnonzero(fresh).astype(np.int64), ())


def _written(transaction: Transaction, sieve: Sieve, unwritable: Sequence[Refusal]) -> _Outcome:
    accepted = np.sort(write_events(transaction, sieve).to_numpy()).astype(np.int64)
    return _Outcome(accepted, sorted([*sieve.refusals, *unwritable], key=lambda refusal: refusal.row))


def _receipt(outcome: _Outcome, marked: npt.NDArray[np.bool_], start: int, end: int, change: int) -> Receipt:
    """The receipt of rows start to end, counted from their own first."""
    refused = tuple(Refusal(one.row - start, one.reason) for one in outcome.refused if start <= one.row < end)
    first, last = np.searchsorted(outcome.accepted, [start, end]).tolist()
    of_bots = int(marked[outcome.accepted[first:last]].sum())
    return Receipt(last - first, end - start - (last - first) - len(refused), refused, change, of_bots)
