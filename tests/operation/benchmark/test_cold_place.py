"""Last places for cold items: what they win and what they cost, counted by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.model.popularity import Popularity
from shopkeeper.operation.benchmark.cold_odds import Odds
from shopkeeper.operation.benchmark.cold_place import ByScore, Likeliest, PlaceRule, WarmLists, ask_all
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32
from shopkeeper.testing.log import table_of


@dataclass(frozen=True)
class Always(Popularity):
    """The same scores for everyone."""

    def score_all(self, batch: QueryBatch) -> Float32:
        return np.tile(self.scores, (len(batch), 1))


def test_the_best_cold_item_and_how_far_it_is_ahead() -> None:
    cold = np.array([3, 7, 9], np.int32)
    best = Likeliest.of(np.array([[1, 5, 2], [4, 0, 1]], np.float32), cold)
    assert (best.item.tolist(), best.score.tolist(), best.lead.tolist()) == ([7, 3], [5, 4], [3, 3])
    alone = Likeliest.of(np.array([[2.5]], np.float32), cold[:1])
    assert (alone.item.tolist(), alone.score.tolist(), alone.lead.tolist()) == ([3], [2.5], [0])


def test_warm_lists_know_no_cold_item_and_nothing_that_a_user_has() -> None:
    # Items 0 to 11 score 12 to 1; 12 and 13 are cold and score more than all. The first two users have item 0, so that
    # item 10 is their tenth.
    scorer = Always(scores=np.array([*range(12, 0, -1), 20, 30], np.float32))
    questions = LeaveOneOut(table_of([{}] * 14), Sequences.of([[0], [0], [1]]), np.array([10, 12, 0], np.int32))
    asked = ask_all(scorer, {"kNN": ByScore(scorer)}, questions, np.arange(14) >= 12)
    lists = asked.lists
    assert lists.place.tolist() == [10, np.inf, 1]
    assert lists.cold.tolist() == [False, True, False]
    assert lists.listed == 2
    assert asked.found["kNN"].item.tolist() == [13, 13, 13]
    assert asked.found["kNN"].lead.tolist() == [10, 10, 10]
    whole = np.log(np.exp(np.arange(1.0, 12.0)).sum())  # of what the first user has not: scores 11 to 1
    assert lists.worth[0] == pytest.approx([2 - whole, 9, 0], abs=1e-5)


def test_the_last_place_goes_to_the_cold_item_where_it_promises_more() -> None:
    # Two of four lists give their tenth place away: one wins by it, one loses its answer.
    lists = _lists(place=[np.inf, 10, 10, 3])
    best = _found(item=[7, 7, 7, 7], score=[2.0, 2.0, 0.0, 0.0])
    even = Odds(np.zeros(3), np.ones(3), np.array([1.0, 0, 0, 0]))
    rule = PlaceRule(even, replace(even, weight=np.zeros(4)), threshold=0.5)
    ranks = rule.ranks(lists, best)
    assert (ranks.rank.tolist(), ranks.alone.tolist()) == ([10, 11, 10, 3], [np.inf, 10, 10, 3])
    found = ranks.result()
    assert found.cold["HR@10"] == 1
    assert found.loss("HR@10") == pytest.approx(1 / 3)


def test_places_cost_what_was_agreed() -> None:
    # 10,000 lists with an answer at each of twenty places in turn: a tenth place is worth one in twenty. The finder is
    # right where its score is 1, in a hundred lists, so these come first.
    place = np.where(np.arange(10_000) % 100 == 0, np.inf, 1.0 + np.arange(10_000) % 20)
    lists = _lists(place=place.tolist())
    sure = np.isinf(place)
    best = _found(item=np.where(sure, 7, 8).tolist(), score=sure.astype(float).tolist())
    rule = PlaceRule.fit(lists, best, price=0.05)
    taken = rule.taken(lists, best)
    assert taken[sure].all()
    assert not taken[~sure].any()  # nothing tells these apart, and all of them would be too dear
    worth = rule.worth.chance(lists.worth)
    assert worth[0] == pytest.approx(0.05, abs=0.002)
    assert not PlaceRule.fit(lists, best, price=0.0).taken(lists, best).any()
    assert PlaceRule.fit(lists, best, price=1.0).taken(lists, best).all()


def _lists(place: list[float]) -> WarmLists:
    size = len(place)
    cold = np.isinf(place)
    target = np.where(cold, 7, 1).astype(np.int32)
    return WarmLists(target, np.array(place), cold, np.zeros(size), np.zeros((size, 3)))


def _found(item: list[int], score: list[float]) -> Likeliest:
    return Likeliest(np.array(item, np.int32), np.array(score), np.zeros(len(item)))
