"""The leak check fires, and says what to do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shopkeeper.data import Dataset
from shopkeeper.error import LeakError
from shopkeeper.evaluation.leak import LeakCheck, check_no_leak
from shopkeeper.record import DAY, EventType

MakeDataset = Callable[..., Dataset]
BUY = EventType.PURCHASE
ACTS = [(1, 0, BUY, 3, None), (1, 1, BUY, 9.5, None), (2, 0, BUY, 10, None), (2, 1, EventType.VIEW, 11, None)]


def test_data_before_the_cut_passes(make_dataset: MakeDataset) -> None:
    check = check_no_leak(make_dataset(ACTS, 10), 10 * DAY)
    assert check == LeakCheck(cut="1970-01-11T00:00:00Z", events=2, last_event="1970-01-10T12:00:00Z")


def test_no_data_leaks_nothing(make_dataset: MakeDataset) -> None:
    assert check_no_leak(make_dataset([], 10), 10 * DAY).last_event is None


def test_events_at_or_after_the_cut_are_a_leak(make_dataset: MakeDataset) -> None:
    with pytest.raises(LeakError, match=r"2 of 4 training events .* the first at 1970-01-11T00:00:00Z.*as_of=cut"):
        check_no_leak(make_dataset(ACTS, 12), 10 * DAY)


def test_an_event_that_slipped_in_is_a_leak_whatever_the_dataset_claims(make_dataset: MakeDataset) -> None:
    with pytest.raises(LeakError, match="1 of 3 training events"):
        check_no_leak(replace(make_dataset(ACTS, 10.5), as_of=10 * DAY), 10 * DAY)


def test_prices_of_a_later_time_are_a_leak(make_dataset: MakeDataset) -> None:
    with pytest.raises(LeakError, match="prices and stock as of 1970-01-11T12:00:00Z"):
        check_no_leak(make_dataset(ACTS[:2], 10.5), 10 * DAY)
