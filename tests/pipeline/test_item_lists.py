"""ItemLists: a list alone is the list that it is among others."""

import numpy as np

from shopkeeper.pipeline.lists import ItemLists, among, lists_of, offsets, offsets_of, rows_of, top


def three() -> ItemLists:
    """Of four items, none, and three; two of the last have the same score."""
    item = np.array([5, 2, 9, 4, 7, 1, 3], np.int32)
    score = np.array([0.1, 0.9, 0.5, 0.7, 0.2, 0.6, 0.6], np.float32)
    return lists_of(item, offsets(np.array([4, 0, 3])), score)


def test_a_list_alone_is_ordered_as_among_others() -> None:
    lists = three()
    alone = [lists_of(lists.items_of(row), offsets(np.array([count])), score) for row, count, score in parts(lists)]
    assert [top(each, 2).item.tolist() for each in alone] == [[2, 4], [], [1, 3]]
    best = top(lists, 2)
    assert [best.items_of(row).tolist() for row in range(3)] == [[2, 4], [], [1, 3]]
    assert best.offset.tolist() == [0, 2, 2, 4]


def parts(lists: ItemLists) -> list[tuple[int, int, np.ndarray]]:
    """(row, length, scores) of each list."""
    spans = [slice(lists.offset[row], lists.offset[row + 1]) for row in range(len(lists))]
    return [(row, span.stop - span.start, lists.score[span]) for row, span in enumerate(spans)]


def test_rows_and_offsets_tell_the_same() -> None:
    assert rows_of(np.array([0, 2, 2, 5])).tolist() == [0, 0, 2, 2, 2]
    assert rows_of(np.array([0, 3])).tolist() == [0, 0, 0]
    assert offsets_of(np.array([0, 0, 2, 2, 2]), 3).tolist() == [0, 2, 2, 5]
    assert offsets_of(np.array([0, 0, 0]), 1).tolist() == [0, 3]
    assert offsets_of(np.array([], np.int64), 2).tolist() == [0, 0, 0]


def test_keys_are_found_among_known_ones_in_any_order() -> None:
    assert among(np.array([4, 1, 9, 4]), np.array([7, 4, 9, 4])).tolist() == [True, False, True, True]
    assert among(np.array([4, 1]), np.array([], np.int64)).tolist() == [False, False]
    assert among(np.array([], np.int64), np.array([3])).tolist() == []
