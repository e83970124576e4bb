"""Truncated SVD of a sparse matrix by random projection, in a few passes over its entries."""

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from shopkeeper.model.sparse_row import SparseRows
from shopkeeper.pipeline.lists import Float32

Float64 = npt.NDArray[np.float64]

OVERSAMPLE = 16
LEAST = 1e-4  # of the largest singular value; in single precision, what is below is a rounding error
PASSES = 2  # power iterations: they sharpen a slowly falling spectrum


def truncated_svd(matrix: sp.csr_matrix, d: int, rng: np.random.Generator, threads: int = 1) -> tuple[Float32, Float32]:
    """(left, right): (m, k) and (n, k) with left @ right^T the best rank-k stand-in, each scaled by sqrt(singular).

    k is at most d; a singular value next to nothing is left out. The same bits by any number of threads.
    Halko, Martinsson and Tropp, Finding Structure with Randomness, SIAM Review 2011.
    """
    m, n = matrix.shape
    width = min(d + OVERSAMPLE, m, n)
    if not width or not matrix.data.any():
        return np.zeros((m, 0), np.float32), np.zeros((n, 0), np.float32)
    single = matrix.astype(np.float32).tocsr()
    rows, turned = SparseRows(single, threads), SparseRows(single.T.tocsr(), threads)
    sample = rows @ rng.standard_normal((n, width)).astype(np.float32)
    for _ in range(PASSES):
        sample = rows @ (turned @ _orthonormal(sample))
    basis = _orthonormal(sample)
    reached = turned @ basis
    square, turn = np.linalg.eigh(_square(reached))
    value, left = np.sqrt(np.maximum(square[::-1], 0)), turn[:, ::-1].astype(np.float32)
    kept = np.flatnonzero(value[:d] > LEAST * value[0])
    root = np.sqrt(value[kept]).astype(np.float32)
    # In row order, as a bundle gives them back: products of other layouts round otherwise.
    scaled = ((basis @ left[:, kept]) * root, (reached @ left[:, kept]) / root)
    return np.ascontiguousarray(scaled[0], np.float32), np.ascontiguousarray(scaled[1], np.float32)


def _orthonormal(columns: Float32) -> Float32:
    """Orthonormal columns of the same span, but for directions next to nothing; by products, which are ten times as
    quick as a QR decomposition of so many rows."""
    square, turn = np.linalg.eigh(_square(columns))
    kept = square > LEAST**2 * square[-1]
    basis: Float32 = columns @ (turn[:, kept] / np.sqrt(square[kept])).astype(np.float32)
    return basis


def _square(columns: Float32) -> Float64:
    """columns^T columns; as a product of one array with itself, which takes half the time of any other."""
    double = columns.astype(np.float64)
    return double.T @ double
