"""An event as the API takes it, and the Event that it means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shopkeeper.api.field import (
    MAX_ROWS,
    Currency,
    Id,
    JsonObject,
    KeepGoing,
    Moment,
    Text,
    Unreadable,
    Value,
    exact_minor,
    extra_fields,
    one_or_many,
)
from shopkeeper.api.receipt import Sifted
from shopkeeper.data.mark_rule import NO_RULE, USER_AGENT, MarkRule
from shopkeeper.data.reader import RowKind
from shopkeeper.data.reader.column import NAMES
from shopkeeper.data.reader.event_name import EVENT_NAME, plain
from shopkeeper.record import DAY, LEAST_RATING, MOST_RATING, RATING_SCALE, Event, EventType, Mark, format_time
from shopkeeper.store import Refusal

MAX_QUANTITY: Final = 1e9
MAX_POSITION: Final = 100_000
CLOCK_SKEW: Final = DAY  # how far ahead of the shop's clock a sender's may be
WITHOUT_ITEM: Final = frozenset({EventType.SEARCH})


def canonical(name: object) -> object:
    """Our name of an event type that was given in another system's words."""
    return EVENT_NAME.get(plain(name), name) if isinstance(name, str) else name


class EventIn(BaseModel):
    """One act of one person. Fields that are not named here are kept in `context`."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[EventType, BeforeValidator(canonical)] = Field(
        description="ours, or the name of GA4, Google Retail or Segment: view_item, add-to-cart, Order Completed"
    )
    user_id: Id | None = Field(None, description="user_id or visitor_id is needed")
    visitor_id: Id | None = None
    item_id: Id | None = Field(None, description="needed for all types but search")
    time: Moment | None = Field(None, description="absent: now, by the shop's clock")
    event_id: Id | None = Field(None, description="idempotency key; absent: made from the content")
    session_id: Id | None = None
    quantity: float | None = Field(None, le=MAX_QUANTITY, allow_inf_nan=False, description="above 0, of a return too")
    value: Value | None = Field(None, description="of the whole line, in major units")
    currency: Currency | None = Field(None, description="ISO 4217; absent: the shop's")
    rating: float | None = Field(None, allow_inf_nan=False, description="1 to 5; above 3 speaks for the item")
    text: Text | None = None
    query: Text | None = Field(None, description="what was searched for; needed for search")
    surface: Id | None = Field(None, description="the list that it came from")
    recommendation_id: Id | None = Field(None, description="as the list's answer gave it")
    position: int | None = Field(None, ge=0, le=MAX_POSITION, description="place in that list, from 0")
    experiment: Id | None = None
    mark: Mark | None = Field(None, description="who is no shopper: kept, counted, and not learned from")
    context: JsonObject = Field(default_factory=dict)

    def told(self) -> dict[str, object]:
        """Every field, and those that are not named."""
        return {**self.__dict__, **(self.__pydantic_extra__ or {})}


class EventBatch(BaseModel):
    """Events to commit together. One event alone, or a bare array of them, is taken as a batch too."""

    # A row that cannot be read becomes an Unreadable here, whatever the annotation says of it.
    events: list[Annotated[EventIn, KeepGoing]] = Field(min_length=1, max_length=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, body: object) -> object:
        return one_or_many(body, "events")


# {a name that files may have for a field: the field}, for fields that events have here.
_ALIAS: Final = {
    alias: name
    for name, known in NAMES[RowKind.EVENTS].items()
    if name in EventIn.model_fields
    for alias in known.split()
    if alias not in EventIn.model_fields
}


def unread_aliases(rows: Iterable[object]) -> str | None:
    """A sentence on fields that a file might call so, and that are kept in context here; None where there are none.

    Rows are EventIn, or JSON objects that would be; others tell nothing.
    """
    told = [row.told() if isinstance(row, EventIn) else row for row in rows]
    objects = [row for row in told if isinstance(row, dict)]
    if _ALIAS.keys().isdisjoint(set[str]().union(*objects)):  # as nearly always: asked once, not of every row
        return None
    found = {sent: _ALIAS[sent] for row in objects for sent in row if sent in _ALIAS and row.get(_ALIAS[sent]) is None}
    if not found:
        return None
    kept, meant = ", ".join(found), ", ".join(dict.fromkeys(found.values()))
    return f"Kept in context, not read as fields: {kept}. Over HTTP a field has one name; the nearest here: {meant}."


@dataclass(frozen=True, slots=True)
class EventRule:
    """What a shop asks of events: its clock's time, the real time for a shop that replays, its currency, its marks."""

    now: int
    real_now: int
    replays: bool
    currency: str
    mark: MarkRule = NO_RULE


def sift_events(rows: Sequence[object], rule: EventRule) -> tuple[Sifted[Event], int]:
    """Events to append, refused rows, and how many times were set back to a replaying shop's clock."""
    kept: list[Event] = []
    numbers: list[int] = []
    refused: list[Refusal] = []
    repaired = 0
    for number, row in enumerate(rows):
        try:
            event, was_repaired = event_of(row, rule)
        except ValueError as problem:
            refused.append(Refusal(number, str(problem)))
            continue
        kept.append(event)
        numbers.append(number)
        repaired += was_repaired
    return Sifted(tuple(kept), tuple(numbers), tuple(refused)), repaired


def event_of(row: object, rule: EventRule) -> tuple[Event, bool]:
    """The event of a row, and whether its time was repaired. Raises ValueError with the reason."""
    if isinstance(row, Unreadable):
        raise ValueError(row.reason)
    assert isinstance(row, EventIn)
    _check_needs(row)
    time, repaired = _time(row.time, rule)
    currency = row.currency or rule.currency
    fields: dict[str, Any] = row.model_dump(exclude=_MADE | set(row.__pydantic_extra__ or {}))
    context = {**row.context, **extra_fields(row)}
    event = Event(
        **fields,
        time=time,
        value=None if row.value is None else exact_minor(row.value, currency),
        currency=None if row.value is None else currency,
        context=context,
        mark=row.mark or rule.mark.mark_of(row.user_id, context.get(USER_AGENT)),
    )
    return event, repaired


_MADE: Final = {"time", "value", "currency", "context", "mark"}


def _check_needs(row: EventIn) -> None:
    if row.user_id is None and row.visitor_id is None:
        raise ValueError("user_id or visitor_id is needed")
    if row.item_id is None and row.type not in WITHOUT_ITEM:
        raise ValueError(f"item_id is needed for {row.type.value}")
    if row.type is EventType.SEARCH and not row.query:
        raise ValueError("query is needed for search")
    if row.quantity is not None and row.quantity <= 0:
        raise ValueError("quantity must be above 0; a return is an event of type return")
    if row.rating is not None and not LEAST_RATING <= row.rating <= MOST_RATING:
        raise ValueError(RATING_SCALE)


def _time(sent: int | None, rule: EventRule) -> tuple[int, bool]:
    """When it happened by the shop's clock. A shop that replays a past log takes today's acts as its own today's."""
    if sent is None:
        return rule.now, False
    if rule.replays and rule.now < sent <= rule.real_now + CLOCK_SKEW:
        return rule.now, True
    if sent > rule.now + CLOCK_SKEW:
        raise ValueError(f"time: {format_time(sent)} is in the future; the shop's clock says {format_time(rule.now)}")
    return sent, False
