"""The learned ranker: which places it moves, what it leaves as it was, and what it refuses."""

import sys
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.bundle.ranker import load_rankers, save_rankers
from shopkeeper.error import BundleError, MissingPart
from shopkeeper.model.fact import Facts, log_price
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, Trees
from shopkeeper.model.ranker_feature import names_of
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets, top
from shopkeeper.testing.component import small_dataset
from shopkeeper.testing.log import batch_of_rows
from shopkeeper.training import Lesson, RankerFitConfig
from shopkeeper.training.ranker_fit import grow

SPEC = RankerSpec(names_of(("again",)), ("again",), depth=3)


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Trees that have learned that the source's score is all that counts, and that less of it is better."""
    rng = np.random.default_rng(2)
    feature = rng.random((4000, len(SPEC.feature)), np.float32)
    right = feature[:, -1] < 0.3
    count, wanted = np.full(200, 20), right.reshape(200, 20).sum(axis=1)
    return grow([Lesson(feature, right, count, wanted)], RankerFitConfig(trees=30), seed=1)


@pytest.fixture
def ranker(trees: Trees) -> LearnedRanker:
    dataset = small_dataset()
    return LearnedRanker(SPEC, trees, Facts.of(dataset), log_price(dataset.items.frame["price"].to_numpy()))


def asked() -> tuple[QueryBatch, ItemLists]:
    """Two lists as a blend makes them, of five and of two places."""
    score = np.array([0.9, 0.8, 0.1, 0.05, 0.01, 0.7, 0.2], np.float32)
    lists = lists_of(np.array([3, 1, 4, 0, 2, 5, 6], np.int32), offsets(np.array([5, 2])), score, source="again")
    return batch_of_rows(batch_of_users(small_dataset()), [0, 1]), lists


def test_the_first_places_are_ranked_anew_and_the_others_follow(ranker: LearnedRanker) -> None:
    batch, lists = asked()
    ranked = ranker.rerank(batch, lists)
    assert ranked.items_of(0)[3:].tolist() == [0, 2]  # beyond the depth: as they were
    assert ranked.items_of(0)[0] == 4  # the least of the three scores
    assert set(ranked.items_of(0)[:3].tolist()) == {3, 1, 4}
    assert ranked.items_of(1).tolist() == [6, 5]
    assert top(ranked, 10).item.tolist() == ranked.item.tolist()  # the scores say the same as the order
    part = dict(zip(lists.item.tolist(), lists.part[:, 0].tolist(), strict=True))
    assert dict(zip(ranked.item.tolist(), ranked.part[:, 0].tolist(), strict=True)) == part  # what sources said stays


def test_equal_scores_keep_the_blends_order_however_items_are_numbered(ranker: LearnedRanker) -> None:
    """Validation judges them so: sorted by item, a list would be served that nobody has judged."""
    batch, lists = asked()
    same = RankerSpec(SPEC.feature, SPEC.sources, 5)
    one_leaf = grow([Lesson(np.ones((400, len(SPEC.feature)), np.float32), np.arange(400) % 4 == 0,
                            np.full(20, 20), np.full(20, 5))], RankerFitConfig(trees=2), seed=1)  # fmt: skip
    ranked = LearnedRanker(same, one_leaf, ranker.facts, ranker.price).rerank(batch, lists)
    assert top(ranked, 10).item.tolist() == lists.item.tolist() == [3, 1, 4, 0, 2, 5, 6]


def test_without_lightgbm_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingPart, match="pip install lightgbm"):
        Trees("tree").score(np.zeros((1, 2), np.float32))


def test_lists_without_places_stay_so(ranker: LearnedRanker) -> None:
    batch, _ = asked()
    nothing = lists_of(np.empty(0, np.int32), np.zeros(3, np.int64), source="again")
    assert len(ranker.rerank(batch, nothing).item) == 0


def test_a_bundle_gives_back_the_same_ranker(ranker: LearnedRanker, tmp_path: Path) -> None:
    save_rankers({"home": ranker}, tmp_path)
    again = load_rankers({"home": SPEC}, tmp_path)["home"].priced(ranker.price)
    batch, lists = asked()
    assert again.rerank(batch, lists).score.tobytes() == ranker.rerank(batch, lists).score.tobytes()
    assert (tmp_path / "ranker-home.txt").read_text("utf-8").startswith("tree\n")
    assert load_rankers({}, tmp_path / "none") == {}


def test_what_is_no_ranker_is_refused(ranker: LearnedRanker, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        load_rankers({"home": SPEC}, tmp_path)
    with pytest.raises(BundleError, match="other features"):
        LearnedRanker(RankerSpec(("count",), (), 3), ranker.trees, ranker.facts)
    with pytest.raises(BundleError, match="trees cannot be read"):
        Trees("no trees").score(np.zeros((1, 2), np.float32))
