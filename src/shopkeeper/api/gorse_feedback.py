"""Feedback as Gorse's clients send and read it, and the events that it means."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import polars as pl
from pydantic import ConfigDict, Field, ValidationError

from shopkeeper.api.event_body import EventIn, EventRule, event_of
from shopkeeper.api.field import Id, Text, Unreadable, row_words
from shopkeeper.api.gorse_field import GorseModel, Stamp, stamp
from shopkeeper.api.receipt import Sifted
from shopkeeper.data.reader.event_name import EVENT_NAME, plain
from shopkeeper.record import TYPE_OF_CODE, Event, EventType
from shopkeeper.store import Refusal

NAME: Final = "FeedbackType"  # in an event's context: what its sender called it
VALUE: Final = "Value"
RATED: Final = frozenset({EventType.RATE, EventType.REVIEW})


class FeedbackIn(GorseModel):
    """One act of one user on one item. Fields that are not named here are kept in the event's context."""

    model_config = ConfigDict(extra="allow")

    feedback_type: Annotated[
        Id, Field(description="a name of an event type, ours or another system's, or one of [gorse.feedback]")
    ]
    user_id: Id
    item_id: Id
    value: float = Field(0.0, ge=-1e6, le=1e6, allow_inf_nan=False, description="a rating of 1 to 5; 0: none")
    timestamp: Stamp = Field(None, description="absent: now, by the shop's clock")
    comment: Text = ""


class FeedbackOut(GorseModel):
    """One act of one user on one item."""

    feedback_type: str
    user_id: str
    item_id: str
    value: float
    timestamp: str
    comment: str


class FeedbackPage(GorseModel):
    """Some acts, in the order in which they came in."""

    cursor: str = Field(description="of the next page; empty: this was the last")
    feedback: list[FeedbackOut]


@dataclass(frozen=True, slots=True)
class FeedbackNames:
    """What feedback types mean: the shop's own words for them, and the names that everybody's events have here."""

    own: Mapping[str, EventType]

    def event_type(self, name: str) -> EventType:
        """The event that a type of feedback is. Raises ValueError where nobody has said."""
        known = self.own.get(name) or EVENT_NAME.get(plain(name))
        if known is None:
            types = ", ".join(EventType)
            raise ValueError(
                f"FeedbackType: {name[:60]!r} is no event that this shop knows. Say in shop.toml what it means, by "
                f"`feedback` of [gorse]: one of {types}"
            )
        return EventType(known)


def sift_feedback(rows: Sequence[object], names: FeedbackNames, rule: EventRule) -> Sifted[Event]:
    """Events to append, and refused rows."""
    kept: list[Event] = []
    numbers: list[int] = []
    refused: list[Refusal] = []
    for number, row in enumerate(rows):
        try:
            kept.append(_event(row, names, rule))
            numbers.append(number)
        except ValidationError as problem:
            refused.append(Refusal(number, row_words(problem)))
        except ValueError as problem:
            refused.append(Refusal(number, str(problem)))
    return Sifted(tuple(kept), tuple(numbers), tuple(refused))


def _event(row: object, names: FeedbackNames, rule: EventRule) -> Event:
    """The event of a row. Raises ValueError, of which ValidationError is one."""
    if isinstance(row, Unreadable):
        raise ValueError(row.reason)
    assert isinstance(row, FeedbackIn)
    kind = names.event_type(row.feedback_type)
    said: dict[str, object] = {
        "type": kind,
        "user_id": row.user_id,
        "item_id": row.item_id,
        "time": row.timestamp,
        "rating": row.value if row.value and kind in RATED else None,
        "text": row.comment or None,
        "context": {**(row.__pydantic_extra__ or {}), **_kept(row, kind)},
    }
    return event_of(EventIn.model_validate(said), rule)[0]


def _kept(row: FeedbackIn, kind: EventType) -> dict[str, object]:
    """What an event has no field for."""
    kept: dict[str, object] = {} if row.feedback_type == kind else {NAME: row.feedback_type}
    return kept | ({VALUE: row.value} if row.value and kind not in RATED else {})


def tell_feedback(acts: pl.DataFrame, name: str | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Change number and FeedbackOut's members of each act (USER_ACT_COLUMN), or of those of one type of feedback."""
    for act in acts.iter_rows(named=True):
        context = json.loads(act["context"]) if act["context"] else {}
        called, value = context.get(NAME), context.get(VALUE)
        told = {
            NAME: called if isinstance(called, str) else TYPE_OF_CODE[act["type"]],
            "UserId": act["user_id"],
            "ItemId": act["item_id"],
            VALUE: act["rating"] or (value if isinstance(value, int | float) else 0),
            "Timestamp": stamp(act["time"]),
            "Comment": act["text"] or "",
        }
        if name is None or told[NAME] == name:
            yield act["change"], told
