"""Term overlap: the contract for words and for attributes, and cosines by hand."""

import numpy as np
import pytest

from shopkeeper.model import Learner
from shopkeeper.model.term_overlap import ATTRIBUTES, TermOverlap, TermOverlapConfig, term_matrix
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, every_item, table_of

GOODS = [
    {"title": "black tea", "brand": "Acme", "category": "Drinks > Tea"},
    {"title": "green tea", "brand": "Acme", "category": "Drinks > Tea"},
    {"title": "black coffee", "brand": "Bean", "category": "Drinks > Coffee"},
    {"title": "soap", "brand": "", "category": ""},
]


class TestTermOverlap(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return TermOverlap()


class TestAttributeOverlap(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return TermOverlap(TermOverlapConfig(ATTRIBUTES))


def test_shared_terms_count_by_rarity() -> None:
    # "tea" and "black" are had by two of four: log 2. "green" is had by one alone, and left out.
    matrix = term_matrix([["black", "tea"], ["green", "tea"], ["black"], []]).toarray()
    half = 0.5**0.5
    likeness = matrix @ matrix.T
    assert likeness[0] == pytest.approx([1, half, half, 0])
    assert likeness[1] == pytest.approx([half, 1, 0, 0])
    assert not likeness[3].any()


def test_attributes_are_the_brand_and_every_category() -> None:
    dataset = dataset_of([Act(0, 3)], table_of(GOODS))
    learner = TermOverlap(TermOverlapConfig(ATTRIBUTES)).fit(dataset, run_on(dataset))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [0, 0]), [[0], []])
    score = learner.score_all(batch)
    rare, common = np.log(4 / 2), np.log(4 / 3)  # brand Acme and Tea; Drinks
    assert score[0] == pytest.approx([1, 1, common / (2 * rare**2 + common**2) ** 0.5, 0])
    assert not score[1].any()  # soap has no attributes
    assert learner.cause(batch, every_item(batch)).reshape(2, 4)[0].tolist() == [0, 0, 0, -1]


def test_words_are_read_in_title_brand_and_category() -> None:
    dataset = dataset_of([Act(0, 0)], table_of(GOODS))
    learner = TermOverlap().fit(dataset, run_on(dataset))
    score = learner.score_all(batch_of_users(dataset))[0]
    assert score[1] > score[2] > score[3] == 0
