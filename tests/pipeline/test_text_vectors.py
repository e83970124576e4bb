"""Distinct texts, their carriers, and the vectors that both search and models use."""

from pathlib import Path

import numpy as np
import pytest

from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.language.whiten import Whitening
from shopkeeper.pipeline.distinct import NO_TEXT, DistinctTexts
from shopkeeper.pipeline.lists import Bool, Float32, Int32
from shopkeeper.pipeline.tensor import load_arrays, save_arrays
from shopkeeper.pipeline.vectors import TextVectors, cosines

# Items 0 and 3 share a text, item 2 has none.
TEXTS = ["red", "green", "", "red", "blue"]
ALL = np.ones(5, bool)
EAST = np.array([1, 0], np.float32)


def items(*index: int) -> Int32:
    return np.array(index, np.int32)


def mask(*index: int) -> Bool:
    allowed = np.zeros(5, bool)
    allowed[list(index)] = True
    return allowed


@pytest.fixture
def vectors() -> TextVectors:
    """red points east, green north-east by 3-4-5, blue west."""
    rows: Float32 = np.array([[1, 0], [0.6, 0.8], [-1, 0]], np.float32)
    as_they_are = Whitening(np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
    return TextVectors(rows, DistinctTexts.of(TEXTS), as_they_are, "by-hand")


def test_cosines_are_those_of_each_item_with_each_request(vectors: TextVectors) -> None:
    asked = np.array([[1, 0], [0, 1]], np.float32)

    told = cosines(vectors, asked, items(3, 1, 2, 4, 99))  # items 2 and 99 have no text

    np.testing.assert_allclose(told, [[1, 0.6, 0, -1, 0], [0, 0.8, 0, 0, 0]], atol=1e-6)


def test_items_of_one_text_share_a_row() -> None:
    text = DistinctTexts.of(TEXTS)

    assert len(text) == 3
    assert text.row_of.tolist() == [0, 1, NO_TEXT, 0, 2]
    assert text.rows(items(3, 2, 99)).tolist() == [0, NO_TEXT, NO_TEXT]


def test_changes_append_rows_and_move_items_and_leave_the_old_table_alone() -> None:
    text = DistinctTexts.of(TEXTS)

    newer, new = text.with_changes(items(3, 1, 6, 7), ["blue", "", "white", "white"])

    assert new == ["white"]
    assert newer.row_of.tolist() == [0, NO_TEXT, NO_TEXT, 2, 2, NO_TEXT, 3, 3]
    assert text.row_of.tolist() == [0, 1, NO_TEXT, 0, 2]


def test_the_popular_carrier_comes_first() -> None:
    carriers = DistinctTexts.of(TEXTS).carriers(np.array([1, 0, 0, 5], np.float32))

    assert carriers.item.tolist() == [3, 0, 1, 4]
    assert carriers.offset.tolist() == [0, 2, 3, 4]


def test_a_text_gives_more_than_its_share_only_where_others_cannot_fill_the_list() -> None:
    carriers = DistinctTexts.of(["a", "a", "a", "b", "b"]).carriers()
    row, score = np.array([0, 1]), np.array([0.9, 0.5], np.float32)

    filled = [carriers.best(row, score, ALL, n, 1)[0].tolist() for n in (1, 2, 4, 9)]

    assert filled == [[0], [0, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4]]
    assert carriers.best(row, score, ALL, 4, 1, spill=False)[0].tolist() == [0, 3]


def test_scores_are_cosines_and_nothing_without_a_text(vectors: TextVectors) -> None:
    np.testing.assert_allclose(vectors.score(EAST, items(4, 1, 0, 2, 77)), np.array([-1, 0.6, 1, 0, 0]), rtol=1e-6)


def test_a_score_has_the_same_bits_alone_and_beside_others(vectors: TextVectors) -> None:
    query = np.array([0.28, 0.96], np.float32)

    together = vectors.score(query, items(0, 1, 2, 3, 4))

    assert [vectors.score(query, items(item))[0] for item in range(5)] == together.tolist()


def test_the_nearest_items_come_first_and_those_without_text_never(vectors: TextVectors) -> None:
    item, score = vectors.nearest(EAST, ALL, 9)

    assert item.tolist() == [0, 3, 1, 4]
    np.testing.assert_allclose(score, np.array([1, 1, 0.6, -1]), rtol=1e-6)


@pytest.mark.parametrize(("allowed", "expected"), [((4,), [4]), ((1, 3), [3, 1]), ((2,), []), ((), [])])
def test_a_mask_leaves_the_best_of_what_is_allowed(
    vectors: TextVectors, allowed: tuple[int, ...], expected: list[int]
) -> None:
    assert vectors.nearest(EAST, mask(*allowed), 3)[0].tolist() == expected


def test_a_small_mask_and_a_large_one_agree_on_many_items() -> None:
    rng = np.random.default_rng(1)
    texts = [f"text {number % 700}" for number in range(2000)]
    raw = rng.normal(size=(700, 16)).astype(np.float32)
    vectors = TextVectors.build(DistinctTexts.of(texts), raw, "random", 8)
    query = vectors.vector[5]
    for share in (0.01, 0.1, 0.5, 1.0):
        allowed = rng.random(2000) < share
        every = np.flatnonzero(allowed).astype(np.int32)
        exact = vectors.score(query, every)

        found, score = vectors.nearest(query, allowed, 20)

        assert len(found) == min(20, len(every))
        assert allowed[found].all()
        np.testing.assert_allclose(score, np.sort(exact)[::-1][: len(found)], atol=1e-5)


def test_a_zero_query_or_an_empty_shop_has_no_neighbours(vectors: TextVectors) -> None:
    nothing = TextVectors.build(DistinctTexts.of([]), np.zeros((0, 4), np.float32), "none", 2)

    assert len(vectors.nearest(np.zeros(2, np.float32), ALL, 3)[0]) == 0
    assert len(nothing.nearest(EAST, np.zeros(0, bool), 3)[0]) == 0
    assert nothing.score(EAST, items(0)).tolist() == [0]


def test_the_mean_of_items_is_weighted_and_of_unit_length(vectors: TextVectors) -> None:
    # 1 x (1, 0) + 2 x (0.6, 0.8) = (2.2, 1.6), of length sqrt(7.4)
    mean = vectors.mean(items(0, 1, 2), np.array([1, 2, 50], np.float32))

    np.testing.assert_allclose(mean, np.array([2.2, 1.6]) / np.sqrt(7.4), rtol=1e-6)
    assert vectors.mean(items(2), np.ones(1, np.float32)).tolist() == [0, 0]


def test_only_new_texts_are_encoded() -> None:
    encoder = HashingEncoder(32)
    raw = encoder.encode(["red", "green", "blue"])
    vectors = TextVectors.build(DistinctTexts.of(TEXTS), raw, encoder.name, 2)

    newer = vectors.with_changes(items(5, 1, 6), ["white", "red", ""], encoder)

    np.testing.assert_array_equal(newer.of(items(1)), vectors.of(items(0)))
    np.testing.assert_array_equal(newer.of(items(5)), vectors.project(encoder.encode(["white"])))
    assert newer.of(items(6)).tolist() == [[0, 0]]
    assert len(newer.vector) == len(vectors.vector) + 1
    assert vectors.of(items(5)).tolist() == [[0, 0]]


def test_vectors_of_two_encoders_never_mix(vectors: TextVectors) -> None:
    with pytest.raises(ValueError, match="train again"):
        vectors.with_changes(items(5), ["white"], HashingEncoder(2))


def test_arrays_go_to_disk_and_back(vectors: TextVectors, tmp_path: Path) -> None:
    save_arrays(tmp_path / "vectors.safetensors", vectors.arrays())

    back = TextVectors.restore(load_arrays(tmp_path / "vectors.safetensors"), "by-hand")

    assert back.nearest(EAST, ALL, 9)[0].tolist() == [0, 3, 1, 4]
    assert back.text.with_changes(items(2), ["blue"])[0].row_of.tolist() == [0, 1, 2, 0, 2]
