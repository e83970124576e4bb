"""Whitening by hand: four points on a rectangle."""

import numpy as np

from shopkeeper.language.whiten import Whitening, unit

# Mean (3, 1); along the first axis +-2 (variance 4), along the second +-1 (variance 1); nothing along the third.
RECTANGLE = np.array([[5, 2, 7], [5, 0, 7], [1, 2, 7], [1, 0, 7]], np.float32)


def test_among_many_texts_each_direction_gets_the_same_spread() -> None:
    many = np.tile(RECTANGLE, (100_000, 1))
    whitening = Whitening.fit(many, 2)

    whitened = whitening.apply(RECTANGLE)

    np.testing.assert_allclose(whitening.mean, [3, 1, 7], rtol=1e-4)
    # After division by 2 and by 1 the rectangle is a square: (+-1, +-1), of length sqrt 2.
    np.testing.assert_allclose(np.abs(whitened), np.full((4, 2), np.sqrt(0.5)), atol=1e-3)
    np.testing.assert_allclose(whitened[0] @ whitened[1], 0, atol=1e-3)
    np.testing.assert_allclose(whitened[0] @ whitened[3], -1, atol=1e-3)


def test_few_texts_are_whitened_by_little() -> None:
    """Two texts at right angles, and two imagined ones around zero with as much variance, 1/2 in each direction."""
    two = np.eye(2, dtype=np.float32)
    whitening = Whitening.fit(two, 2)

    whitened = whitening.apply(two)

    np.testing.assert_allclose(whitening.mean, [0.25, 0.25])
    # Covariance: 1/2 across the diagonal, 1/2 - 1/8 along it; the text (3/4, -1/4) becomes (1, sqrt 1/3) there.
    np.testing.assert_allclose(whitened[0] @ whitened[1], (-1 + 1 / 3) / (1 + 1 / 3), atol=1e-6)


def test_in_a_small_catalogue_the_likest_stay_the_nearest() -> None:
    """Whitened by their own spread alone, five texts in eight directions would all be equally far apart."""
    beside = np.array([[0.1], [2], [0.1], [0.1], [0]], np.float32)
    texts = unit(np.eye(5, 8, dtype=np.float32) + np.eye(5, 8, k=1, dtype=np.float32) * beside)
    whitened = Whitening.fit(texts, 8).apply(texts)
    likeness = whitened @ whitened.T - 2 * np.eye(5)

    raw = texts @ texts.T - 2 * np.eye(5)
    assert likeness[1].argmax() == raw[1].argmax() == 2
    assert likeness[1, 2] > 0.5
    assert np.delete(likeness[1], [1, 2]).max() < 0.2


def test_the_widest_directions_are_kept() -> None:
    whitening = Whitening.fit(np.tile(RECTANGLE, (100_000, 1)), 1)

    np.testing.assert_allclose(np.abs(whitening.projection[:, 0]), [0.5, 0, 0], atol=1e-3)


def test_an_empty_text_stays_a_zero_row() -> None:
    whitening = Whitening.fit(RECTANGLE, 2)

    np.testing.assert_array_equal(whitening.apply(np.zeros((1, 3), np.float32)), np.zeros((1, 2)))


def test_without_texts_the_first_coordinates_are_kept() -> None:
    for vectors in (np.zeros((0, 3), np.float32), np.zeros((5, 3), np.float32)):
        whitening = Whitening.fit(vectors, 2)

        np.testing.assert_allclose(whitening.apply(np.array([[3, 4, 9]], np.float32)), [[0.6, 0.8]])


def test_how_much_of_a_vector_the_texts_speak_of() -> None:
    """The rectangle lies in the plane of the first two axes, at 7 along the third, which many texts are sure of."""
    whitening = Whitening.fit(np.tile(RECTANGLE, (100_000, 1)), 2)

    within = whitening.within(np.array([[1, 0, 0], [0, 0, 1], [0.6, 0, 0.8], [0, 0, 0]], np.float32))

    np.testing.assert_allclose(within, [1, 0, 0.6, 0], atol=1e-3)


def test_directions_of_no_text_are_not_kept() -> None:
    assert Whitening.fit(np.eye(3, 512, dtype=np.float32), 128).dimension == 3


def test_unit_rows() -> None:
    np.testing.assert_allclose(unit(np.array([[3, 4], [0, 0]], np.float32)), np.array([[0.6, 0.8], [0, 0]]))
