"""The split by time: one pair of cuts for all users, so that nothing is learned from what comes later.

A split by user or a last item for each user would let a model learn from other users' future (Ji et al., TORS 2023).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from shopkeeper.error import SettingError
from shopkeeper.record import DAY, format_time
from shopkeeper.setting import EvaluationSection

TEST_DAYS: Final = 42
VALIDATION_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """UTC microseconds: training is before `validation_from`, validation up to `test_from`, the test up to `test_to`.

    Every end is exclusive: an event at `test_to` belongs to nothing. Raises SettingError where the order is wrong.
    """

    validation_from: int
    test_from: int
    test_to: int

    def __post_init__(self) -> None:
        if not self.validation_from < self.test_from < self.test_to:
            raise SettingError(
                f"[evaluation] needs validation_from ({_day(self.validation_from)}) before test_from "
                f"({_day(self.test_from)}), and test_from on or before the last day, test_to "
                f"({_day(self.test_to - 1)}). Change these days in shop.toml, or leave them out for the default."
            )

    @property
    def days(self) -> tuple[str, str, str]:
        """First day of validation, first and last day of the test, as ISO 8601 days."""
        return _day(self.validation_from), _day(self.test_from), _day(self.test_to - 1)


def default_split(last_event_time: int) -> TimeSplit:
    """The last 42 UTC days, that of the last event included, are the test; the 14 before it are validation."""
    return split_of(EvaluationSection(), last_event_time)


def split_of(section: EvaluationSection, last_event_time: int) -> TimeSplit:
    """The split that settings ask for; each day that is absent follows from the others as `default_split` says.

    Raises SettingError where the days are out of order, or where no event is left to test on.
    """
    test_to = _start(section.test_to) + DAY if section.test_to else (last_event_time // DAY + 1) * DAY
    test_from = _start(section.test_from) if section.test_from else test_to - TEST_DAYS * DAY
    validation_from = _start(section.validation_from) if section.validation_from else test_from - VALIDATION_DAYS * DAY
    split = TimeSplit(validation_from, test_from, test_to)
    if last_event_time < test_from:
        raise SettingError(
            f"[evaluation] test_from is {_day(test_from)}, but the last event is of {_day(last_event_time)}: nothing "
            f"is left to test on. Set test_from to an earlier day in shop.toml, or leave it out."
        )
    return split


def _start(day: date) -> int:
    """The first microsecond of a UTC day."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * (DAY // 86_400)


def _day(time: int) -> str:
    return format_time(time)[:10]
