"""Sequences without times."""

import numpy as np

from shopkeeper.data.sequence import AS_OF, Sequences
from shopkeeper.record import DAY
from shopkeeper.testing.log import table_of

THREE = Sequences.of([[4, 1, 2], [3], [], [0, 4]])


def rows(sequences: Sequences) -> list[list[int]]:
    """As lists."""
    return [
        sequences.item[start:end].tolist()
        for start, end in zip(sequences.offset[:-1], sequences.offset[1:], strict=True)
    ]


def test_ends_are_cut_from_each_sequence() -> None:
    assert rows(THREE.without_last(1)) == [[4, 1], [], [], [0]]
    assert rows(THREE.without_last(2)) == [[4], [], [], []]
    assert rows(THREE.tail(2)) == [[1, 2], [3], [], [0, 4]]
    assert rows(THREE.users(np.array([3, 0, 0]))) == [[0, 4], [4, 1, 2], [4, 1, 2]]


def test_items_are_left_out_wherever_they_stand() -> None:
    left = Sequences.of([[1, 2, 3, 2], [2], [3, 0]]).without_items(np.array([False, False, True, False]))
    assert (left.item.tolist(), left.offset.tolist()) == ([1, 3, 3, 0], [0, 2, 2, 4])


def test_an_item_is_found_from_the_end() -> None:
    assert THREE.last().tolist() == [2, 3, -1, 4]
    assert THREE.last(1).tolist() == [1, -1, -1, 0]


def test_a_step_counts_a_day() -> None:
    dataset = THREE.dataset(table_of([{}] * 5))
    assert dataset.users == 4
    assert ((AS_OF - dataset.time) // DAY).tolist() == [3, 2, 1, 1, 2, 1]
    assert dataset.value.tolist() == [1] * 6
    assert np.diff(dataset.histories().recent_offset).tolist() == [3, 1, 0, 2]
