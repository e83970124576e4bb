"""The judge: NDCG@10 of a model that is known to be right half of the time."""

from dataclasses import dataclass

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.model.popularity import Popularity
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32
from shopkeeper.testing.log import table_of
from shopkeeper.training.judge import NextItemJudge

QUESTIONS = LeaveOneOut.test(table_of([{}] * 20), Sequences.of([[0, 1, 5], [1, 0, 6], [2, 0, 5], [3, 0, 6]]))


@dataclass(frozen=True)
class Five(Popularity):
    """Item 5 before 6, and 6 before all others, whoever asks."""

    def score_all(self, batch: QueryBatch) -> Float32:
        score = np.zeros((len(batch), 20), np.float32)
        score[:, 5], score[:, 6] = 2, 1
        return score


def test_every_question_counts_by_the_place_of_its_answer() -> None:
    judge = NextItemJudge(QUESTIONS, np.random.default_rng(0))
    assert judge(Five()) == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_a_sample_stays_the_same() -> None:
    judge = NextItemJudge(QUESTIONS, np.random.default_rng(0), users=1)
    assert judge(Five()) == judge(Five()) in (1, pytest.approx(1 / np.log2(3)))
