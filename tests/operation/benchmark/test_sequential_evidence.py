"""What a learned ranker is told of candidates, worked out by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from shopkeeper.data.sequence import Sequences
from shopkeeper.operation.benchmark.sequential_evidence import FEW, Asked, Lore, candidates, evidence
from shopkeeper.operation.benchmark.sequential_text import NO_TEXTS
from shopkeeper.pipeline.lists import Float32
from shopkeeper.testing.log import table_of

ITEMS = table_of([{"brand": "Zip"}, {"brand": "Zip"}, {"brand": "Maison"}, {}])


def test_what_training_tells_is_counted() -> None:
    lore = Lore.of(Sequences.of([[0, 1, 2], [0, 1], [], [3]]), ITEMS, NO_TEXTS.vectors)
    assert lore.bought.tolist() == [2, 2, 1, 1]
    assert lore.ended.tolist() == [0, 1, 1, 1]
    assert lore.follows.toarray().tolist() == [[0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert lore.brand[0] == lore.brand[1] != lore.brand[2]
    assert lore.brand[3] == -1


def told() -> tuple[tuple[str, ...], Float32]:
    """User 0 took 0, then 1; user 1 nothing. Both are offered 2, then 3, then 0."""
    lore = Lore(
        bought=np.array([20, 8, 6, 1], np.float32),
        ended=np.array([0, 4, 3, 1], np.float32),
        follows=sp.csr_matrix(np.array([[0, 2, 0, 0], [0, 0, 5, 0], [0, 0, 0, 0], [0, 3, 0, 0]], np.float32)),
        vector=np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32),
        brand=np.array([0, 0, 1, -1]),
        category=np.array([0, 1, 1, -1]),
    )
    item = np.array([[2, 3, 0], [2, 3, 0]], np.int32)
    blend = np.array([[9, 5, 4], [3, 2, 2]], np.float32)
    return evidence(lore, Asked.of(Sequences.of([[0, 1], []])), item, blend, {"one": blend * np.float32(0.5)})


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("blend", [9, 5, 4], [3, 2, 2]),
        ("place", [0, 1, 2], [0, 1, 2]),
        ("behind the first", [0, -4, -5], [0, -1, -1]),
        ("behind the tenth", [5, 1, 0], [1, 0, 0]),
        ("lead of the first", [5, 5, 5], [1, 1, 1]),
        ("steps", [2, 2, 2], [0, 0, 0]),
        ("one, behind its best", [0, -2, -2.5], [0, -0.5, -0.5]),
        ("bought", [6, FEW, 20], [6, FEW, 20]),
        ("share of histories that end here", [0.5, 0.2, 0], [0.5, 0.2, 0]),
        ("last step bought", [8, 8, 8], [0, 0, 0]),
        ("likeness to the last step", [0.8, 0, 0], [-1, -1, -1]),
        ("likeness to any step", [0.8, 0, 1], [-1, -1, -1]),
        ("steps of its brand", [0, 0, 1], [0, 0, 0]),
        ("steps of its category", [0.5, 0, 0.5], [0, 0, 0]),
        ("after the last step", [5, 0, 0], [0, 0, 0]),
        ("before the last step", [0, 3, 2], [0, 0, 0]),
    ],
)
def test_each_piece_of_evidence(name: str, first: list[float], second: list[float]) -> None:
    names, given = told()
    assert given.shape == (2, 3, len(names))
    assert given[:, :, names.index(name)] == pytest.approx(np.array([first, second]), abs=1e-6)


def test_candidates_are_the_best_of_the_blend_with_what_each_source_says_of_them() -> None:
    score = np.array([[0, 4, 0, 0]], np.float32)
    item, blend, said = candidates({"one": score}, np.array([[1, 3, 0, 7]], np.float32), 2)
    assert item.tolist() == [[3, 1]]
    assert blend.tolist() == [[7, 3]]
    assert said["one"].tolist() == [[0, 4]]
