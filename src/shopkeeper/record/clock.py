"""Clocks: what time a shop says it is. Times are UTC, int64 microseconds."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the shop's time."""

    def now(self) -> int:
        """UTC microseconds."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> int:
        return time.time_ns() // 1000


class ReplayClock:
    """A shop that replays a past log: stands at `start` when the process starts, and ticks from there."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._began = time.monotonic_ns()

    def now(self) -> int:
        return self._start + (time.monotonic_ns() - self._began) // 1000


def parse_time(text: str) -> int:
    """UTC microseconds of an ISO 8601 text; a bare date or a time without zone is read as UTC.

    Raises ValueError where the text is no ISO 8601 date or time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def format_time(microseconds: int) -> str:
    """The ISO 8601 text of a UTC time to the second, ending in Z. Raises ValueError beyond the years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise ValueError(f"{microseconds} microseconds are beyond the years 1 to 9999") from None
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
