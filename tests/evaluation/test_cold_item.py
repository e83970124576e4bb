"""Cold items: what is held out, and what its places in lists cost, counted by hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.cold_item import ColdItems, rank_cold
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.model.popularity import Popularity
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32
from shopkeeper.testing.log import table_of


@dataclass(frozen=True)
class Always(Popularity):
    """The same scores for everyone."""

    def score_all(self, batch: QueryBatch) -> Float32:
        return np.tile(self.scores, (len(batch), 1))


def test_a_share_of_the_items_that_anybody_took_is_held_out_of_every_history() -> None:
    sequences = Sequences.of([[item, item + 1, item + 2, item + 3] for item in range(16)])
    split = ColdItems.split(table_of([{}] * 30), sequences, 0.25, np.random.default_rng(0))
    held = np.flatnonzero(split.held)
    assert len(held) == 5  # of 19
    assert held.max() < 19
    for questions, place in ((split.validation, 2), (split.test, 3)):
        assert not np.isin(questions.known.item, held).any()
        assert not np.isin(questions.training().item, held).any()
        for row in range(len(questions)):
            target = questions.target[row]
            known = [item for item in range(target - place, target) if item not in held]
            assert questions.known.users(np.array([row])).item.tolist() == known


def test_users_of_whom_nothing_is_left_are_not_asked() -> None:
    sequences = Sequences.of([[0, 0, 0, 1], [1, 2, 3, 4]])
    split = ColdItems.split(table_of([{}] * 5), sequences, 1.0, np.random.default_rng(0))
    assert len(split.validation) == len(split.test) == 0


def test_what_cold_items_cost_is_what_their_places_took() -> None:
    # Item 5 is cold and comes first in every list, and 0 to 4 follow. Cold: the first place. Warm, item 4: the sixth
    # place, and without the cold item the fifth. Warm, item 0: the second, and the first.
    questions = LeaveOneOut(table_of([{}] * 7), Sequences.of([[6], [6], [6]]), np.array([5, 4, 0], np.int32))
    held = np.zeros(7, bool)
    held[5] = True
    scorer = Always(scores=np.array([6, 5, 4, 3, 2, 9, 1], np.float32))
    ranks = rank_cold(scorer, questions, held)
    assert (ranks.rank.tolist(), ranks.alone.tolist(), ranks.cold.tolist()) == (
        [1, 6, 2],
        [1, 5, 1],
        [True, False, False],
    )
    found = ranks.result()
    assert found.cold["HR@5"] == found.cold["NDCG@5"] == 1
    assert (found.warm["HR@5"], found.warm_alone["HR@5"]) == (0.5, 1)
    assert found.loss("HR@5") == 0.5
    assert found.loss("NDCG@10") == pytest.approx(1 - (1 / np.log2(7) + 1 / np.log2(3)) / (1 / np.log2(6) + 1))
