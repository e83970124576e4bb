"""Folds over customers and rolling origins, by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.error import InputError, LeakError
from shopkeeper.evaluation.fold import check_strangers, folds_of, of_people, rolling_splits
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.record import DAY, EventType

BUY = EventType.PURCHASE
PEOPLE = np.array([3, 5, 8, 9, 12], np.int32)


def test_every_customer_is_in_one_fold() -> None:
    parts = folds_of(PEOPLE, 2, np.random.default_rng(1))
    assert sorted(np.concatenate(parts).tolist()) == PEOPLE.tolist()
    assert [len(part) for part in parts] == [3, 2]
    assert all((np.diff(part) > 0).all() for part in parts)
    again = folds_of(PEOPLE, 2, np.random.default_rng(1))
    assert [part.tolist() for part in again] == [part.tolist() for part in parts]


@pytest.mark.parametrize(
    ("folds", "people", "words"),
    [
        (1, 5, "1 fold leaves nobody to learn from: ask for 2 or more"),
        (0, 5, "There cannot be 0 folds"),
        (-3, 5, "There cannot be -3 folds"),
        (6, 5, "6 folds of 5 customers leave some folds empty: ask for 5 folds at most"),
        (2, 0, "Folds need customers: this shop has 0"),
    ],
)
def test_folds_that_cannot_be_are_refused(folds: int, people: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        folds_of(PEOPLE[:people], folds, np.random.default_rng(1))


def test_a_snapshot_of_some_people_holds_their_events_alone(make_dataset: Callable[..., Dataset]) -> None:
    log = [(3, 0, BUY, 1, None), (3, 1, BUY, 2, None), (5, 2, BUY, 1, None), (8, 3, BUY, 4, 7)]
    whole = make_dataset(log, 10)
    part = of_people(whole, np.array([3, 8, 11], np.int32))
    assert part.person.tolist() == [3, 8]
    assert part.user.tolist() == [0, 0, 1]
    assert part.item.tolist() == [0, 1, 3]
    assert part.session.tolist() == [-1, -1, 7]
    assert part.time.tolist() == [DAY, 2 * DAY, 4 * DAY]
    assert (part.as_of, part.change) == (whole.as_of, whole.change)
    assert len(of_people(whole, np.array([4], np.int32))) == 0


def test_who_is_asked_must_be_a_stranger(make_dataset: Callable[..., Dataset]) -> None:
    learned = make_dataset([(3, 0, BUY, 1, None), (5, 2, BUY, 1, None)], 10)
    check_strangers(learned, np.array([4, 9], np.int32))
    with pytest.raises(LeakError, match="1 of the 2 customers that a fold asks"):
        check_strangers(learned, np.array([5, 9], np.int32))


LAST = TimeSplit(60 * DAY, 70 * DAY, 90 * DAY)  # 10 days of validation, 20 of test


def test_origins_roll_back_by_a_tests_length() -> None:
    splits = rolling_splits(LAST, 10 * DAY, 3)
    assert [(split.validation_from, split.test_from, split.test_to) for split in splits] == [
        (20 * DAY, 30 * DAY, 50 * DAY),
        (40 * DAY, 50 * DAY, 70 * DAY),
        (60 * DAY, 70 * DAY, 90 * DAY),
    ]


def test_the_first_origin_has_as_much_to_learn_from_as_to_validate_on() -> None:
    assert len(rolling_splits(LAST, 10 * DAY, 3)) == 3
    with pytest.raises(InputError, match=r"3 origins do not fit: each tests on 20 days after 10 .* Ask for 2 at most"):
        rolling_splits(LAST, 10 * DAY + 1, 3)
    with pytest.raises(InputError, match=r"the log has 59 days up to the test's end\. Ask for shorter periods"):
        rolling_splits(LAST, 30 * DAY + 1, 2)
    with pytest.raises(InputError, match="1 origins do not roll"):
        rolling_splits(LAST, 0, 1)
