"""Histories: hand-computed sums, and that parts put together are the whole."""

import numpy as np
import numpy.typing as npt
import pytest

from shopkeeper.record import DAY, EVENT_CODE, EventType
from shopkeeper.store.history import DECAY, RECENT_LIMIT, Packed, acts, amounts, combine, grouped, summarise

VIEW, CART, SHOWN = (EVENT_CODE[kind] for kind in (EventType.VIEW, EventType.CART, EventType.IMPRESSION))


def act(*rows: tuple[int, int, int]) -> Packed:
    """Acts of (item, type, time), each of amount 1."""
    item, kind, time = (np.array(column) for column in zip(*rows, strict=True))
    return acts(item.astype(np.int32), kind.astype(np.uint8), time.astype(np.int64), np.ones(len(rows), np.float32))


def persons(*numbers: int) -> npt.NDArray[np.int64]:
    """A column of persons."""
    return np.array(numbers, np.int64)


def test_acts_of_one_item_and_type_are_one_row() -> None:
    told = summarise(persons(1, 1, 1, 0), act((7, VIEW, 5), (7, VIEW, 2), (3, CART, 9), (7, VIEW, 1)), 3)
    assert len(told) == 3
    assert told.total_offset.tolist() == [0, 1, 3, 3]
    assert told.total[["item", "type", "amount", "first", "last"]].tolist() == [
        (7, VIEW, 1.0, 1, 1),
        (3, CART, 1.0, 9, 9),
        (7, VIEW, 2.0, 2, 5),
    ]
    assert told.of(1)[1]["time"].tolist() == [2, 5, 9]
    assert len(told.of(2)[0]) == 0


def test_an_older_act_has_decayed_by_the_time_of_the_last() -> None:
    told = summarise(persons(0, 0), act((1, VIEW, 0), (1, VIEW, DECAY)), 1)
    assert told.total["decayed"].tolist() == pytest.approx([1 + np.exp(-1)])


def test_nobody_and_nothing() -> None:
    told = summarise(persons(), act((1, SHOWN, 1)), 2)
    assert (len(told), told.total_offset.tolist(), told.recent_offset.tolist()) == (2, [0, 0, 0], [0, 0, 0])


def test_ratings_count_by_their_distance_from_the_middle() -> None:
    rate, review = EVENT_CODE[EventType.RATE], EVENT_CODE[EventType.REVIEW]
    codes = np.array([rate, rate, review, rate, VIEW], np.uint8)
    rating = np.array([5.0, 1.0, 3.5, np.nan, 1.0])
    assert amounts(codes, rating).tolist() == [1.0, -1.0, 0.25, 1.0, 1.0]


def test_only_the_latest_acts_are_recent() -> None:
    many = act(*((1, VIEW, time) for time in range(RECENT_LIMIT + 5)))
    told = summarise(np.zeros(len(many), np.int64), many, 1)
    assert told.recent["time"].tolist() == list(range(5, RECENT_LIMIT + 5))
    assert told.total["amount"].tolist() == [RECENT_LIMIT + 5]


@pytest.mark.parametrize("seed", range(5))
def test_merging_in_any_parts_gives_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 600
    item, kind = rng.integers(0, 9, rows).astype(np.int32), rng.integers(1, 12, rows).astype(np.uint8)
    amount = rng.choice(np.array([1, -0.5, 0.25], np.float32), rows)
    every = acts(item, kind, rng.integers(0, 50, rows) * 8 * DAY, amount)
    whole_total, whole_recent = summarise(np.zeros(rows, np.int64), every, 1).of(0)
    cuts = np.sort(rng.integers(0, rows, 4))
    total, recent = summarise(persons(), every[:0], 1).of(0)
    for part in np.split(every, cuts):
        added = summarise(np.zeros(len(part), np.int64), part, 1)
        both, latest = np.concatenate([total, added.total]), np.concatenate([recent, added.recent])
        total, recent = combine(np.zeros(len(both), np.int64), both, np.zeros(len(latest), np.int64), latest, 1).of(0)
    np.testing.assert_array_equal(recent, whole_recent)
    for name in ("item", "type", "amount", "first", "last"):
        np.testing.assert_array_equal(total[name], whole_total[name])
    np.testing.assert_allclose(total["decayed"], whole_total["decayed"], atol=1e-9)


def test_two_persons_become_one() -> None:
    told = summarise(persons(0, 1, 1), act((4, VIEW, 1), (4, VIEW, 2), (5, CART, 3)), 2)
    both = combine(persons(0, 0, 0), told.total, persons(0, 0, 0), told.recent, 1)
    assert both.total[["item", "amount", "first", "last"]].tolist() == [(4, 2.0, 1, 2), (5, 1.0, 3, 3)]
    assert both.recent["time"].tolist() == [1, 2, 3]


def test_a_group_counts_its_items_together() -> None:
    told = summarise(persons(0, 0, 0), act((0, VIEW, 1), (2, VIEW, 2), (9, VIEW, 3)), 1)
    made = grouped(told, np.array([0, 1, 0], np.int32))
    assert made.total[["item", "amount"]].tolist() == [(0, 2.0)]
    assert made.recent["item"].tolist() == [0, 0]
