"""Leave-one-out: who is asked what, knowing what."""

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import CHUNK, MAX_LENGTH, Chunk, LeaveOneOut
from shopkeeper.testing.log import table_of

ITEMS = table_of([{}] * 100)
SEQUENCES = Sequences.of([[0, 1, 2, 3], list(range(10, 80))])


def test_the_last_is_the_test_and_the_one_before_validation() -> None:
    validation, test = LeaveOneOut.validation(ITEMS, SEQUENCES), LeaveOneOut.test(ITEMS, SEQUENCES)
    assert (validation.target.tolist(), test.target.tolist()) == ([2, 78], [3, 79])
    learned = validation.training()
    assert learned.item[learned.user == 0].tolist() == [0, 1]
    assert test.training().item[:3].tolist() == [0, 1, 2]


def test_a_model_sees_fifty_items_and_is_asked_for_none_that_the_user_has() -> None:
    (chunk,) = LeaveOneOut.test(ITEMS, SEQUENCES).chunks()
    assert np.diff(chunk.batch.history.recent_offset).tolist() == [3, MAX_LENGTH]
    assert chunk.batch.history.of(1)[1]["item"].tolist() == list(range(29, 79))
    assert chunk.seen_item[chunk.seen_row == 1].tolist() == list(range(10, 79))
    assert chunk.target.tolist() == [3, 79]


def test_some_users_can_be_asked() -> None:
    (chunk,) = LeaveOneOut.test(ITEMS, SEQUENCES).users(np.array([1])).chunks()
    assert (len(chunk.batch), chunk.target.tolist()) == (1, [79])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_chunks_are_worked_on_side_by_side_and_come_in_order(threads: int) -> None:
    many = LeaveOneOut.test(ITEMS, Sequences.of([[0, 1, 2, 3]] * (3 * CHUNK + 7)))
    sizes = list(many.each(lambda chunk: len(chunk.target), threads))
    assert sizes == [CHUNK, CHUNK, CHUNK, 7]


def test_what_goes_wrong_in_a_chunk_is_told() -> None:
    def refuse(chunk: Chunk) -> None:
        raise ValueError(f"no list of {len(chunk.target)}")

    with pytest.raises(ValueError, match="no list of 2"):
        list(LeaveOneOut.test(ITEMS, SEQUENCES).each(refuse, 2))
