"""The split by time, by default and from settings."""

from datetime import date

import pytest

from shopkeeper.error import SettingError
from shopkeeper.evaluation.split import TimeSplit, default_split, split_of
from shopkeeper.record import parse_time
from shopkeeper.setting import EvaluationSection

LAST = parse_time("2017-12-31T23:10:00")


def test_the_last_42_days_are_the_test_and_14_before_them_validation() -> None:
    split = default_split(LAST)
    assert split.validation_from == parse_time("2017-11-06")
    assert split.test_from == parse_time("2017-11-20")
    assert split.test_to == parse_time("2018-01-01")
    assert split.days == ("2017-11-06", "2017-11-20", "2017-12-31")


def test_an_event_at_midnight_is_of_the_day_that_it_opens() -> None:
    assert default_split(parse_time("2017-12-31")).days[2] == "2017-12-31"


def test_days_from_settings_and_the_last_day_is_included() -> None:
    section = EvaluationSection.model_validate(
        {"validation_from": "2017-10-01", "test_from": "2017-11-01", "test_to": "2017-11-30"}
    )
    assert split_of(section, LAST) == TimeSplit(
        parse_time("2017-10-01"), parse_time("2017-11-01"), parse_time("2017-12-01")
    )


def test_absent_days_follow_from_those_that_are_set() -> None:
    section = EvaluationSection.model_validate({"test_from": date(2017, 12, 1)})
    assert split_of(section, LAST).days == ("2017-11-17", "2017-12-01", "2017-12-31")
    section = EvaluationSection.model_validate({"test_to": date(2017, 11, 30)})
    assert split_of(section, LAST).days == ("2017-10-06", "2017-10-20", "2017-11-30")


@pytest.mark.parametrize(
    "days",
    [
        {"validation_from": "2017-12-01", "test_from": "2017-11-20"},
        {"validation_from": "2017-11-20", "test_from": "2017-11-20"},
        {"test_from": "2017-11-20", "test_to": "2017-11-19"},
    ],
)
def test_days_out_of_order_are_refused(days: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=r"validation_from .* before test_from .* shop\.toml"):
        split_of(EvaluationSection.model_validate(days), LAST)


def test_a_test_of_one_day_is_allowed() -> None:
    section = EvaluationSection.model_validate({"test_from": "2017-12-31", "test_to": "2017-12-31"})
    assert split_of(section, LAST).days == ("2017-12-17", "2017-12-31", "2017-12-31")


def test_a_test_after_the_last_event_is_refused() -> None:
    section = EvaluationSection.model_validate({"test_from": "2018-02-01", "test_to": "2018-02-28"})
    with pytest.raises(SettingError, match="last event is of 2017-12-31: nothing is left to test on"):
        split_of(section, LAST)
