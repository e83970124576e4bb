"""Events: everything that a person does, returns and cancellations included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class EventType(StrEnum):
    """The canonical event types; readers and the API map other systems' names to them."""

    IMPRESSION = "impression"
    CLICK = "click"
    VIEW = "view"
    WISH = "wish"
    CART = "cart"
    UNCART = "uncart"
    PURCHASE = "purchase"
    RETURN = "return"
    RATE = "rate"
    REVIEW = "review"
    SEARCH = "search"
    REDEEM = "redeem"
    DISMISS = "dismiss"


# The small integers that stores and columns hold; never renumber, only append.
EVENT_CODE: Mapping[EventType, int] = MappingProxyType({kind: code for code, kind in enumerate(EventType)})
TYPE_OF_CODE: Mapping[int, str] = MappingProxyType({code: kind.value for kind, code in EVENT_CODE.items()})

DEFAULT_WEIGHT: Mapping[EventType, float] = MappingProxyType(
    {
        EventType.IMPRESSION: 0.0,
        EventType.CLICK: 0.5,
        EventType.VIEW: 1.0,
        EventType.WISH: 2.0,
        EventType.CART: 3.0,
        EventType.UNCART: -2.0,
        EventType.PURCHASE: 5.0,
        EventType.RETURN: -5.0,
        EventType.RATE: 1.0,  # by rating, where one is given
        EventType.REVIEW: 1.0,  # by rating, where one is given
        EventType.SEARCH: 0.0,
        EventType.REDEEM: 4.0,
        EventType.DISMISS: -3.0,
    }
)


# Stars: what is outside is another scale, which is not guessed. 0 is taken, as the least.
LEAST_RATING, MOST_RATING = 0.0, 5.0
RATING_SCALE = "rating is on a scale of 1 to 5; scale it, or leave it out"


class Mark(StrEnum):
    """Who is no shopper: their events are kept, and not learned from."""

    BOT = "bot"
    STAFF = "staff"


# As EVENT_CODE: never renumber, only append. 0 is a shopper.
MARK_CODE: Mapping[Mark, int] = MappingProxyType({mark: code for code, mark in enumerate(Mark, 1)})
MARK_OF_CODE: Mapping[int, str] = MappingProxyType({code: mark.value for mark, code in MARK_CODE.items()})


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person. `time` is UTC microseconds; `value` is minor units of `currency`, for the whole line."""

    type: EventType
    time: int
    user_id: str | None = None
    visitor_id: str | None = None
    item_id: str | None = None
    event_id: str | None = None  # idempotency key; made from the content where the sender gives none
    session_id: str | None = None
    quantity: float | None = None
    value: int | None = None
    currency: str | None = None
    rating: float | None = None  # 1 to 5
    text: str | None = None
    query: str | None = None
    surface: str | None = None
    recommendation_id: str | None = None
    position: int | None = None
    experiment: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)  # unknown extra fields are kept here
    mark: Mark | None = None  # None: a shopper
