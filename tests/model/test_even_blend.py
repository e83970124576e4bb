"""EvenBlend: scores made comparable by their spread, by hand."""

import numpy as np
import pytest

from shopkeeper.model.even_blend import EvenBlend, evened
from shopkeeper.model.item_item import ItemItem
from shopkeeper.model.popularity import Popularity
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.testing.component import run_on, small_dataset
from shopkeeper.testing.log import batch_of_rows, every_item, excluding


def test_each_row_is_divided_by_its_spread() -> None:
    even = evened(np.array([[0, 2, 4, 2], [0, 0, 0, 10], [3, 3, 3, 3]], np.float32))
    assert even[0] == pytest.approx([0, 2 / 2**0.5, 4 / 2**0.5, 2 / 2**0.5])
    assert even[1] == pytest.approx([0, 0, 0, 4 / 3**0.5])  # (10 / 4) x 3^0.5 is its spread
    assert even[2].tolist() == [0, 0, 0, 0]  # a source that tells no items apart says nothing


@pytest.fixture
def blend() -> EvenBlend:
    dataset = small_dataset()
    run = run_on(dataset)
    sources: dict[str, CatalogueScorer] = {
        "pairs": ItemItem().fit(dataset, run),
        "popular": Popularity().fit(dataset, run),
    }
    return EvenBlend(sources, {"pairs": 0.7, "popular": 0.3})


def test_it_adds_what_its_sources_say(blend: EvenBlend) -> None:
    batch = batch_of_users(small_dataset())
    pairs, popular = (source.score_all(batch) for source in blend.sources.values())
    wanted = 0.7 * pairs / pairs.std(axis=1, keepdims=True) + 0.3 * popular / popular.std(axis=1, keepdims=True)
    np.testing.assert_allclose(blend.score_all(batch), wanted, rtol=1e-5)
    np.testing.assert_allclose(blend.score(batch, every_item(batch)).reshape(len(batch), -1), wanted, rtol=1e-5)


def test_a_source_of_weight_0_is_not_asked(blend: EvenBlend) -> None:
    batch = batch_of_users(small_dataset())
    alone = EvenBlend(blend.sources, {"pairs": 0, "popular": 1})
    np.testing.assert_allclose(alone.score_all(batch), evened(blend.sources["popular"].score_all(batch)))
    assert not EvenBlend(blend.sources, {}).score_all(batch).any()


def test_alone_and_among_others_a_request_gets_the_same_list(blend: EvenBlend) -> None:
    batch = excluding(batch_of_users(small_dataset()), [[4]] * 9)
    lists = blend.retrieve(batch, 3)
    assert 4 not in lists.item
    for row in range(len(batch)):
        one = blend.retrieve(batch_of_rows(batch, [row]), 3)
        assert one.item.tolist() == lists.items_of(row).tolist()
        assert one.score.tolist() == lists.score[lists.offset[row] : lists.offset[row + 1]].tolist()
