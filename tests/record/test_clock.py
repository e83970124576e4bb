"""Times: texts to UTC microseconds and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.record import DAY, ReplayClock, SystemClock, format_time, parse_time

LAST = parse_time("9999-12-31T23:59:59.999999Z")


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-02", DAY),
        ("1970-01-01T00:00:00.000001", 1),  # without a zone: UTC
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),  # exact where a float no longer is
    ],
)
def test_iso_texts_are_read_as_utc(text: str, microseconds: int) -> None:
    assert parse_time(text) == microseconds


@pytest.mark.parametrize("text", ["", "soon", "2024-13-01", "12:00", "1704067200"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        parse_time(text)


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (1_999_999, "1970-01-01T00:00:01Z"),  # cut, never rounded into the next second
        (LAST, "9999-12-31T23:59:59Z"),
    ],
)
def test_times_are_written_to_the_second(microseconds: int, text: str) -> None:
    assert format_time(microseconds) == text


@pytest.mark.parametrize("microseconds", [LAST + 1, parse_time("0001-01-01") - 1, 2**63])
def test_times_beyond_the_calendar_are_refused(microseconds: int) -> None:
    with pytest.raises(ValueError, match="beyond the years"):
        format_time(microseconds)


@given(st.integers(parse_time("0001-01-01"), LAST))
def test_a_time_comes_back_to_the_second(microseconds: int) -> None:
    assert parse_time(format_time(microseconds)) == microseconds // 1_000_000 * 1_000_000


def test_a_replayed_shop_stands_at_its_start_and_ticks() -> None:
    clock = ReplayClock(DAY)
    first, second = clock.now(), clock.now()
    assert DAY <= first <= second < DAY + 60_000_000


def test_the_system_clock_tells_microseconds() -> None:
    assert parse_time("2024-01-01") < SystemClock().now() < parse_time("2200-01-01")
