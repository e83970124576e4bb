"""Write-back: a list that Gorse's client asks to be noted as read, when it is given or some time later."""

import re
from typing import Final

from shopkeeper.api.event_body import CLOCK_SKEW
from shopkeeper.api.gorse_feedback import NAME, FeedbackNames
from shopkeeper.error import InputError
from shopkeeper.record import Answer, Event, EventType
from shopkeeper.record.clock import MICROSECONDS
from shopkeeper.serving import Engine

SHOWN: Final = frozenset({EventType.IMPRESSION, EventType.VIEW})

_DURATION: Final = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,10})(?:\.\d{1,9})?s)?")
_UNIT: Final = (3600, 60, 1)


def delay_of(text: str) -> int:
    """Microseconds of a duration such as 10m or 1h30m0s. Raises InputError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InputError(f"write-back-delay is {text[:40]!r}; write a duration such as 10m or 1h30m.")
    parts = [int(part or 0) for part in found.groups()]
    delay = sum(part * unit for part, unit in zip(parts, _UNIT, strict=True)) * MICROSECONDS
    if delay > CLOCK_SKEW:
        raise InputError(f"write-back-delay is {text[:40]!r}; a day is the longest.")
    return delay


def check_write_back(names: FeedbackNames, name: str) -> None:
    """Raises InputError where a type of feedback says more than that an item was shown: nobody has done more yet."""
    try:
        kind = names.event_type(name)
    except ValueError as problem:
        raise InputError(str(problem)) from None
    if kind not in SHOWN:
        raise InputError(
            f"write-back-type is {name[:60]!r}, which is {kind} here: who is shown an item has not done that."
        )


def write_back(engine: Engine, answer: Answer, user_id: str, name: str, delay: int) -> None:
    """Note the places of a list, each with its number in it, as impressions: nobody has looked at them closer yet."""
    time = engine.now() + delay
    engine.append_events(
        [
            Event(
                EventType.IMPRESSION,
                time,
                user_id=user_id,
                item_id=place.item_id,
                surface=answer.surface,
                recommendation_id=answer.recommendation_id,
                position=position,
                context={NAME: name},
            )
            for position, place in enumerate(answer.items)
        ]
    )
