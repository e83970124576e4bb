"""Affinity: the contract, and lift by hand."""

import pytest

from shopkeeper.model import Learner
from shopkeeper.model.affinity import Affinity, AffinityConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, dataset_of, every_item, table_of

FOREVER = 1e9  # days: nothing fades


class TestAffinity(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Affinity()


def test_categories_bought_from_more_than_the_shop_does_are_lifted() -> None:
    table = table_of([{"category": "A"}, {"category": "A"}, {"category": "B"}, {}])
    acts = [Act(0, 0), *(Act(1, 2) for _ in range(4)), Act(0, 3), Act(1, 3)]
    dataset = dataset_of(acts, table)
    learner = Affinity(AffinityConfig(decay_days=FOREVER, half_life_days=FOREVER, power=2, prior=5))
    batch = batch_of_users(dataset)
    score = learner.fit(dataset, run_on(dataset)).score(batch, every_item(batch)).reshape(2, 4)
    # Tastes are roots of counts: user 0 spends 1 on A, user 1 spends 2 on B; the shop 1/3 and 2/3.
    # Items 0 and 2 each had a first purchase by one of two users; item 3 has no category to like it for.
    lifted, lowered = (1 + 5 / 3) / (6 / 3), (0 + 5 * 2 / 3) / (6 * 2 / 3)
    assert score[0].tolist() == pytest.approx([lifted**2 / 2, 0, lowered**2 / 2, 0], rel=5e-3)
    lifted, lowered = (2 + 5 * 2 / 3) / (7 * 2 / 3), (0 + 5 / 3) / (7 / 3)
    assert score[1].tolist() == pytest.approx([lowered**2 / 2, 0, lifted**2 / 2, 0], rel=5e-3)
