"""Which items a batch's softmax goes over: how likely each is, and that it is drawn as often as that."""

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.candidate_sampler import CandidateSampler, candidates_of, sampler_of

# Of four items, 0 is asked for three times and 1 once. Two draws, half even and half by popularity:
# 2 x (1/8 + 3/8) = 1, 2 x (1/8 + 1/8) = 1/2, 2 x 1/8 = 1/4 twice.
WANTED = np.array([0, 0, 1, 0])
NOTHING = np.empty(0, np.int64)
SAMPLER = CandidateSampler.of(WANTED, 4, 2)


def test_chances_are_half_even_and_half_by_popularity() -> None:
    assert SAMPLER.certain.tolist() == [0]
    assert SAMPLER.rest.tolist() == [1, 2, 3]
    assert SAMPLER.chance.tolist() == [0.5, 0.25, 0.25]
    assert SAMPLER.edge.tolist() == [0.5, 0.75, 1.0]


def test_every_item_is_to_be_expected_to_weigh_one() -> None:
    # 90 items that nobody asks for and 10 that ten ask for each: chances .2 and .2 + 20 x .1, which is a certain 1.
    sampler = CandidateSampler.of(np.repeat(np.arange(10), 10), 100, 40)
    rng = np.random.default_rng(0)
    weight, draws = np.zeros(100), []
    for _ in range(2_000):
        drawn = sampler.candidates(NOTHING, NOTHING, rng)
        assert drawn.item is not None
        weight[drawn.item] += np.exp(drawn.excess)
        draws.append(len(drawn.item))
    assert (weight[:10] == 2_000).all()
    np.testing.assert_allclose(weight[10:] / 2_000, 1, atol=0.2)  # five standard deviations of a mean of 0s and 5s
    assert weight.sum() / 2_000 == pytest.approx(100, rel=0.01)
    assert set(draws) <= {26, 27, 28}  # 10 and .2 x 90 = 18, less what came twice


def test_what_comes_twice_counts_twice() -> None:
    # Chances .75 twice: the second item lies on both sides of 1, and two draws may both fall on it.
    sampler = CandidateSampler(np.empty(0, np.int64), np.array([3, 5]), np.full(2, 0.75), np.array([0.75, 1.5]))
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(100):
        drawn = sampler.candidates(NOTHING, NOTHING, rng)
        assert drawn.item is not None
        seen.add((*drawn.item.tolist(), *(round(float(each), 2) for each in np.exp(drawn.excess))))
    # 1 / .75 for one draw, 2 / .75 for two; a draw beyond 1.5 is none.
    assert seen == {(3, 1.33), (5, 1.33), (5, 2.67), (3, 5, 1.33, 1.33)}


def test_the_batch_s_own_items_stand_behind_the_drawn_ones() -> None:
    found = SAMPLER.candidates(np.array([2, 3, 2]), np.array([3, 0]), np.random.default_rng(0))
    assert found.item is not None
    assert len(found.excess) == 2
    assert found.item[0] == 0
    assert sorted(found.item.tolist()) == sorted({0, 2, 3, int(found.item[1])})
    assert found.item[found.place(np.array([3, 0, 2, 3]))].tolist() == [3, 0, 2, 3]


def test_a_small_catalogue_is_taken_whole() -> None:
    sequences = Sequences.of([[0, 1], [2, 1]])
    assert sampler_of(sequences, items=10, beyond=10, samples=3) is None
    sampler = sampler_of(sequences, items=11, beyond=10, samples=3)
    assert sampler is not None
    assert sampler.certain.tolist() == [1]  # 3 x (1/22 + 1/2) is above 1
    whole = candidates_of(None, np.array([4]), np.array([2]), np.random.default_rng(0))
    assert whole.item is None
    assert whole.place(np.array([4, 2])).tolist() == [4, 2]
