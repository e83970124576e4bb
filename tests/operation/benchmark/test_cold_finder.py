"""The learned finder of cold items: what it is told, worked out by hand, and what it makes of it."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.cold_item import ColdItems
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.model import Run
from shopkeeper.operation.benchmark.cold_finder import NEVER, Content, FinderConfig, LearnedFinder
from shopkeeper.operation.benchmark.sequential_evidence import Asked, Lore
from shopkeeper.operation.benchmark.sequential_text import read_texts
from shopkeeper.pipeline.lists import Float32
from shopkeeper.record import silent
from shopkeeper.testing.log import table_of

KINDS = ("red racing car", "wooden doll house", "green garden rake", "oat biscuits")
EACH = 20
SMALL = FinderConfig(candidates=5, others=1.0, trees=20, least=10, share=1.0)


def test_candidates_are_told_of_by_content_alone() -> None:
    # User 0 took 0, then 1; user 1 took 1. Cold are 2, 3 and 4, of which each chooser names one.
    lore = Lore(
        bought=np.zeros(5, np.float32),
        ended=np.zeros(5, np.float32),
        follows=sp.csr_matrix(np.zeros((5, 5), np.float32)),
        vector=np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0], [1, 0]], np.float32),
        brand=np.array([0, 1, 1, -1, 0]),
        category=np.array([0, 0, 0, -1, 1]),
    )
    said: dict[str, Float32] = {
        "semantic": np.array([[NEVER, NEVER, 0.7, 0.1, 0.2], [0, NEVER, 0.8, 0.3, 0.1]], np.float32),
        "words": np.array([[NEVER, NEVER, 0.4, 0.1, 0.6], [0, NEVER, 0.5, 0.2, 0.1]], np.float32),
        "attributes": np.array([[NEVER, NEVER, 1, 2, 3], [0, NEVER, 4, 5, 6]], np.float32),
    }
    asked = Asked.of(Sequences.of([[0, 1], [1]]))
    content = Content({}, lore, FinderConfig(candidates=1))
    found = content.candidates(said, asked, np.array([0, 1]), np.array([2, 3, 4], np.int32))
    assert (found.row.tolist(), found.item.tolist()) == ([0, 0, 1], [2, 4, 2])
    # semantic, words, attributes; ahead by the first two; likeness to the last, nearest, next step; brand, category;
    # the logarithm of steps
    expected = [
        [0.7, 0.4, 1, 0.5, -0.2, 0.8, 0.8, 0.6, 0.5, 1, np.log(2)],
        [0.2, 0.6, 3, -0.5, 0.2, 0, 1, 0, 0.5, 0, np.log(2)],
        [0.8, 0.5, 4, 0.5, 0.3, 0.8, 0.8, -1, 1, 1, 0],
    ]
    np.testing.assert_allclose(found.given, np.array(expected), atol=1e-6)


def test_what_a_user_has_is_no_candidate() -> None:
    content, _ = shop()
    said = {name: np.array([[NEVER, 0.5, 0.1]], np.float32) for name in ("semantic", "words", "attributes")}
    found = content.candidates(said, Asked.of(Sequences.of([[0]])), np.array([0]), np.array([0, 1], np.int32))
    assert found.item.tolist() == [1]


def test_it_finds_the_kind_that_a_user_keeps_to() -> None:
    content, split = shop()
    finder = LearnedFinder.fit(content, split.validation, split.held, np.random.default_rng(0))
    cold = np.flatnonzero(split.held).astype(np.int32)
    kinds = set((cold // EACH).tolist())
    for chunk in split.test.chunks():
        best = finder.likeliest(chunk, cold)
        kept_to = split.test.known.last() // EACH
        there = np.isin(kept_to, list(kinds))
        assert there.any()
        assert (best.item[there] // EACH == kept_to[there]).mean() > 0.95


def test_answers_that_are_held_out_teach_nothing() -> None:
    content, split = shop()
    questions = split.validation
    cold = np.flatnonzero(split.held)
    at = split.held[questions.target]
    assert at.any()
    other = replace(questions, target=np.where(at, cold[-1], questions.target).astype(np.int32))
    grown = [
        LearnedFinder.fit(content, each, split.held, np.random.default_rng(0)).trees.model_to_string()
        for each in (questions, other)
    ]
    assert grown[0] == grown[1]


def test_questions_that_held_out_items_answer_are_not_looked_at() -> None:
    content, split = shop()
    warm = split.validation.users(np.flatnonzero(~split.held[split.validation.target]))
    assert len(warm) < len(split.validation)
    grown = [
        LearnedFinder.fit(content, each, split.held, np.random.default_rng(0)).trees.model_to_string()
        for each in (split.validation, warm)
    ]
    assert grown[0] == grown[1]


def test_looking_at_a_share_of_the_lists_makes_no_item_likelier() -> None:
    content, split = shop()
    cold = np.flatnonzero(split.held).astype(np.int32)
    odds = []
    for others in (1.0, 0.2):
        seen = replace(content, config=replace(SMALL, others=others))
        finder = LearnedFinder.fit(seen, split.validation, split.held, np.random.default_rng(0))
        best = np.concatenate([finder.likeliest(chunk, cold).score for chunk in split.test.chunks()])
        odds.append(float(np.mean(1 / (1 + np.exp(-best)))))
    assert odds[1] == pytest.approx(odds[0], rel=0.3), odds


@pytest.mark.parametrize("cold", [[3], [3, 45]])
def test_one_cold_item_is_enough(cold: list[int]) -> None:
    content, split = shop()
    finder = LearnedFinder.fit(content, split.validation, split.held, np.random.default_rng(0))
    best = finder.likeliest(next(split.test.users(np.arange(2)).chunks()), np.array(cold, np.int32))
    assert set(best.item.tolist()) <= set(cold)
    assert np.isfinite(best.lead).all()


def shop() -> tuple[Content, ColdItems]:
    """Four kinds of twenty things; 120 users who keep to one kind each; an eighth of the things held out."""
    rng = np.random.default_rng(0)
    items = table_of([{"title": f"{KINDS[item // EACH]} {item % EACH}"} for item in range(4 * EACH)])
    sequences = Sequences.of([(EACH * (user % 4) + rng.permutation(EACH)[:7]).tolist() for user in range(120)])
    split = ColdItems.split(items, sequences, 0.125, rng)
    vectors = read_texts(items, HashingEncoder(), 1, silent).vectors
    content = Content.of(split.validation, Run(rng, vectors, 1))
    return replace(content, config=SMALL), split
