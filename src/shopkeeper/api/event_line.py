"""An event as most senders write it, typed: a whole batch of such events is read from its JSON in one go.

What does not fit is not wrong for that: event_body.py says what is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shopkeeper.api.event_body import MAX_POSITION, MAX_QUANTITY, EventIn
from shopkeeper.api.field import EARLIEST_MICROSECONDS, LATEST_MICROSECONDS, MAX_ID, MAX_MAJOR, MAX_TEXT
from shopkeeper.record import LEAST_RATING, MOST_RATING

_Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
_Text = Annotated[str, Meta(max_length=MAX_TEXT)]
_NAMES: Final = EventIn.model_fields.keys()
_NOTHING: Final[dict[str, Any]] = {}


class EventLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """EventIn's fields as JSON should have them. What characters, types and codes are allowed is not looked at here.

    Its objects are not the garbage collector's (gc=False): JSON has no cycles.
    """

    type: str
    user_id: _Id | None = None
    visitor_id: _Id | None = None
    item_id: _Id | None = None
    time: Annotated[int, Meta(ge=EARLIEST_MICROSECONDS, lt=LATEST_MICROSECONDS)] | str | None = None
    event_id: _Id | None = None
    session_id: _Id | None = None
    quantity: Annotated[float, Meta(gt=0, le=MAX_QUANTITY)] | None = None
    value: Annotated[float, Meta(ge=-MAX_MAJOR, le=MAX_MAJOR)] | None = None
    currency: str | None = None
    rating: Annotated[float, Meta(ge=LEAST_RATING, le=MOST_RATING)] | None = None
    text: _Text | None = None
    query: _Text | None = None
    surface: _Id | None = None
    recommendation_id: _Id | None = None
    position: Annotated[int, Meta(ge=0, le=MAX_POSITION)] | None = None
    experiment: _Id | None = None
    mark: str | None = None
    context: dict[str, Any] | UnsetType = UNSET


class _Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):  # msgspec looks into no field that it skips
    events: list[EventLine]


@dataclass(frozen=True, slots=True, eq=False)
class LineBatch:
    """A body of events that all fit, and the JSON that they were read from."""

    lines: Sequence[EventLine]
    body: bytes


_DECODER: Final = msgspec.json.Decoder(list[EventLine] | _Batch)


def read_lines(body: bytes) -> LineBatch | None:
    """The events of a JSON body, bare or in a batch; None where one of them does not fit, or the body is none."""
    try:
        read = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return LineBatch(read.events if isinstance(read, _Batch) else read, body)


def line_of(row: object) -> EventLine | None:
    """A JSON value as a line, fields that are not named in its context; None where it does not fit."""
    if type(row) is not dict:
        return None
    try:
        return msgspec.convert(row if row.keys() <= _NAMES else _gathered(row), EventLine)
    except (msgspec.ValidationError, RecursionError):
        return None


def _gathered(row: dict[str, Any]) -> dict[str, Any] | None:
    """A row with its fields that are not named moved into its context; None where that has one of them already."""
    context = row.get("context", _NOTHING)
    extra = {name: value for name, value in row.items() if name not in _NAMES}
    if type(context) is not dict or not context.keys().isdisjoint(extra):
        return None
    named = {name: value for name, value in row.items() if name in _NAMES}
    return {**named, "context": {**context, **extra}}
