"""The weights of an EvenBlend: found where one source is right, and never from the future."""

from dataclasses import dataclass

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.model.popularity import Popularity
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32
from shopkeeper.testing.log import table_of
from shopkeeper.training.even_blend_fit import EvenBlendFitConfig, fit_even_blend

SIZE = 40
# Everyone who bought item i bought i + 1 next, and then i + 2.
SEQUENCES = Sequences.of([[start, start + 1, start + 2] for start in range(SIZE - 2)])
QUESTIONS = LeaveOneOut.test(table_of([{}] * SIZE), SEQUENCES)


@dataclass(frozen=True)
class Guess(Popularity):
    """Scores 1 what stands `step` after the last purchase, and noise below 0.5 elsewhere."""

    step: int = 1
    seed: int = 0

    def score_all(self, batch: QueryBatch) -> Float32:
        last = batch.history.recent["item"][batch.history.recent_offset[1:] - 1]
        score = np.random.default_rng(self.seed).random((len(batch), SIZE), np.float32) * np.float32(0.5)
        score[np.arange(len(batch)), (last + self.step) % SIZE] = 1
        return score


def test_the_source_that_is_right_gets_the_weight() -> None:
    sources = {"right": Guess(step=1, seed=1), "wrong": Guess(step=2, seed=2)}
    weight, reached = fit_even_blend(sources, QUESTIONS, EvenBlendFitConfig(), np.random.default_rng(0))
    assert sum(weight.values()) == pytest.approx(1)
    assert weight["right"] > 5 * weight["wrong"] >= 0
    assert reached == 1


def test_an_answer_that_no_source_found_counts_as_missed() -> None:
    few = EvenBlendFitConfig(candidates=1)
    half = Guess(step=1)

    @dataclass(frozen=True)
    class OddOnly(Guess):
        """Right only where the last purchase is odd."""

        def score_all(self, batch: QueryBatch) -> Float32:
            last = batch.history.recent["item"][batch.history.recent_offset[1:] - 1]
            score = np.zeros((len(batch), SIZE), np.float32)
            score[np.arange(len(batch)), np.where(last % 2, (last + 1) % SIZE, (last + 3) % SIZE)] = 1
            return score

    _, reached = fit_even_blend({"odd": OddOnly()}, QUESTIONS, few, np.random.default_rng(0))
    assert reached == pytest.approx(0.5)
    assert fit_even_blend({"all": half}, QUESTIONS, few, np.random.default_rng(0))[1] == 1


def test_without_questions_all_count_alike() -> None:
    sources = {"one": Guess(), "other": Guess()}
    nobody = QUESTIONS.users(np.empty(0, np.int64))
    weight, reached = fit_even_blend(sources, nobody, EvenBlendFitConfig(), np.random.default_rng(0))
    assert (weight, reached) == ({"one": 0.5, "other": 0.5}, 0)
