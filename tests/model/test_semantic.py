"""Semantic neighbours: the contract, and likeness by vectors made by hand."""

import numpy as np
import pytest

from shopkeeper.model import Learner, Run
from shopkeeper.model.semantic import Semantic, SemanticConfig
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract
from shopkeeper.testing.log import Act, asking_with, dataset_of, every_item, vectors_of

# Items 1 and 4 have one text; item 3 has none; item 5 is the opposite of item 0.
VECTORS = vectors_of(np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32), [0, 1, 2, -1, 1, 3])


class TestSemantic(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Semantic(vectors)


def fitted(acts: list[Act], config: SemanticConfig | None = None) -> tuple[Semantic, QueryBatch]:
    """A fitted one and a request of each user."""
    dataset = dataset_of(acts, 6)
    learner = Semantic(VECTORS, config or SemanticConfig())
    return learner.fit(dataset, Run(np.random.default_rng(1), VECTORS)), batch_of_users(dataset)


def test_context_is_asked_with_and_popularity_breaks_ties() -> None:
    learner, batch = fitted([Act(0, 4)])
    batch = asking_with(batch, [[0]])
    assert learner.retrieve(batch, 10).item.tolist() == [0, 4, 1]
    score = learner.score(batch, every_item(batch))
    assert score.tolist() == pytest.approx([1, 0.36, 0, 0, 0.36, 0], rel=2e-4)
    assert learner.cause(batch, every_item(batch))[[0, 1, 4]].tolist() == [0, 0, 0]


def test_history_is_asked_with_by_taste() -> None:
    learner, batch = fitted([Act(0, 0), Act(0, 2)])
    score = learner.score(batch, every_item(batch))
    # The mean of (1, 0) and (0, 1): cosines of 1 / sqrt 2 with either, of 1.4 / sqrt 2 with (0.6, 0.8).
    assert score.tolist() == pytest.approx([0.5, 0.98, 0.5, 0, 0.98, 0], rel=2e-4)
    assert learner.cause(batch, every_item(batch)).tolist() == [0, 2, 2, -1, 2, -1]


def test_one_text_gives_only_its_most_popular_items_while_others_can_fill_the_list() -> None:
    learner, batch = fitted([Act(0, 4)], SemanticConfig(per_text=1))
    batch = asking_with(batch, [[2]])
    assert learner.retrieve(batch, 2).item.tolist() == [2, 4]
    assert learner.retrieve(batch, 5).item.tolist() == [2, 4, 1]
