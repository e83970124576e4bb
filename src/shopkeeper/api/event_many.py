"""A body of events in our own words: a few are read one by one, many as columns, and what they say is the same."""

import threading
from collections.abc import Sequence
from typing import Annotated, Any, Final

import polars as pl
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from shopkeeper.api.event_body import EventBatch, EventIn, EventRule, sift_events, unread_aliases
from shopkeeper.api.event_column import Plain, plain_events
from shopkeeper.api.event_line import LineBatch, line_of
from shopkeeper.api.field import MAX_ROWS, KeepGoing, Unreadable
from shopkeeper.api.quick_json import read_json
from shopkeeper.api.receipt import Sifted, SiftedEvents
from shopkeeper.record import Event
from shopkeeper.store import Refusal
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.row import ROW, event_frame

MANY: Final = 64  # events; from here on, columns are quicker
# Only one thread runs Python at a time. Large bodies that are read by turns of it are all ready late, and then wait for
# one commit together, while nothing is read; one after the other, some are committed while the next are read.
_IN_TURN: Final = threading.Lock()
_COLUMN: Final = list(EVENT_COLUMN)
_ROW_OF_BODY: Final = TypeAdapter[EventIn | Unreadable](Annotated[EventIn, KeepGoing])


def sift_body(body: object, rule: EventRule) -> tuple[Sifted[Event] | SiftedEvents, int, str | None]:
    """The events of a body, how many times were set back to a replaying shop's clock, and what else is to be said.

    Raises RequestValidationError where it is no batch of events.
    """
    if isinstance(body, LineBatch):
        with _IN_TURN:
            plain = plain_events(body.lines, rule)
        return _completed(plain, _rows(read_json(body.body)) if plain.left else (), rule)
    rows = _rows(body)
    if isinstance(rows, list) and MANY <= len(rows) <= MAX_ROWS:
        return sift_many(rows, rule)
    read = _batch(body).events
    sifted, repaired = sift_events(read, rule)
    return sifted, repaired, unread_aliases(read)


def sift_many(rows: Sequence[object], rule: EventRule) -> tuple[SiftedEvents, int, str | None]:
    """`sift_body` for any number of rows (JSON values), by columns."""
    with _IN_TURN:
        plain = plain_events([line_of(row) for row in rows], rule)
    return _completed(plain, rows, rule)


def _rows(body: object) -> Any:
    return body.get("events") if isinstance(body, dict) else body


def _completed(plain: Plain, rows: Sequence[object], rule: EventRule) -> tuple[SiftedEvents, int, str | None]:
    """The events of a batch whose rows that are left are read by themselves; `rows` may be none where all are lines."""
    if not plain.left:
        return SiftedEvents(plain.events[_COLUMN], range(plain.events.height), ()), plain.repaired, unread_aliases(rows)
    read = {number: _ROW_OF_BODY.validate_python(rows[number]) for number in plain.left}
    sifted, repaired = sift_events(list(read.values()), rule)
    frame, unwritable = event_frame(sifted.rows)
    numbers = [plain.left[place] for place in sifted.numbers]
    refused = [Refusal(plain.left[refusal.row], refusal.reason) for refusal in sifted.refused]
    refused += [Refusal(numbers[refusal.row], refusal.reason) for refusal in unwritable]
    one_by_one = frame.with_columns(pl.Series(ROW, numbers, pl.UInt32)[frame[ROW]]).select(*EVENT_COLUMN, ROW)
    events = pl.concat([plain.events, one_by_one]).sort(ROW)
    told = unread_aliases(read.get(number, row) for number, row in enumerate(rows))
    return SiftedEvents(events[_COLUMN], events[ROW].to_list(), refused), plain.repaired + repaired, told


def _batch(body: object) -> EventBatch:
    """The body as a batch. Raises RequestValidationError."""
    try:
        return EventBatch.model_validate(body)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        raise RequestValidationError([{**error, "loc": ("body", *error["loc"])} for error in errors]) from None
