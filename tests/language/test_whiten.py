"""Whitening by hand: four points on a rectangle."""

import numpy as np

from shopkeeper.language.whiten import Whitening, unit

# Mean (3, 1); along the first axis +-2 (variance 4), along the second +-1 (variance 1); nothing along the third.
RECTANGLE = np.array([[5, 2, 7], [5, 0, 7], [1, 2, 7], [1, 0, 7]], np.float32)


def test_each_direction_gets_the_same_spread() -> None:
    whitening = Whitening.fit(RECTANGLE, 3)

    whitened = whitening.apply(RECTANGLE)

    assert whitening.dimension == 2  # the third direction has no variance
    np.testing.assert_allclose(whitening.mean, [3, 1, 7])
    # After division by 2 and by 1 the rectangle is a square: (+-1, +-1), of length sqrt 2.
    np.testing.assert_allclose(np.abs(whitened), np.full((4, 2), np.sqrt(0.5)), atol=1e-6)
    np.testing.assert_allclose(whitened[0] @ whitened[1], 0, atol=1e-6)
    np.testing.assert_allclose(whitened[0] @ whitened[3], -1, atol=1e-6)


def test_the_widest_directions_are_kept() -> None:
    whitening = Whitening.fit(RECTANGLE, 1)

    np.testing.assert_allclose(np.abs(whitening.projection[:, 0]), [0.5, 0, 0], atol=1e-7)


def test_an_empty_text_stays_a_zero_row() -> None:
    whitening = Whitening.fit(RECTANGLE, 2)

    np.testing.assert_array_equal(whitening.apply(np.zeros((1, 3), np.float32)), np.zeros((1, 2)))


def test_without_spread_the_first_coordinates_are_kept() -> None:
    for vectors in (np.zeros((0, 3), np.float32), RECTANGLE[:1], np.repeat(RECTANGLE[:1], 5, axis=0)):
        whitening = Whitening.fit(vectors, 2)

        np.testing.assert_allclose(whitening.apply(np.array([[3, 4, 9]], np.float32)), [[0.6, 0.8]])


def test_unit_rows() -> None:
    np.testing.assert_allclose(unit(np.array([[3, 4], [0, 0]], np.float32)), np.array([[0.6, 0.8], [0, 0]]))
