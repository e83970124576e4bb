"""Truncated SVD of a sparse matrix by random projection, in a few passes over its entries."""

import numpy as np
import scipy.sparse as sp

from shopkeeper.pipeline.lists import Float32

OVERSAMPLE = 16
PASSES = 2  # power iterations: they sharpen a slowly falling spectrum


def truncated_svd(matrix: sp.csr_matrix, d: int, rng: np.random.Generator) -> tuple[Float32, Float32]:
    """(left, right): (m, k) and (n, k) with left @ right^T the best rank-k stand-in, each scaled by sqrt(singular).

    k is at most d; a singular value next to nothing is left out. Halko, Martinsson and Tropp, Finding Structure with
    Randomness, SIAM Review 2011.
    """
    m, n = matrix.shape
    width = min(d + OVERSAMPLE, m, n)
    if not width or not matrix.nnz:
        return np.zeros((m, 0), np.float32), np.zeros((n, 0), np.float32)
    matrix = matrix.astype(np.float32).tocsr()
    turned = matrix.T.tocsr()
    sample = matrix @ rng.standard_normal((n, width)).astype(np.float32)
    for _ in range(PASSES):
        sample = matrix @ (turned @ np.linalg.qr(sample)[0])
    basis = np.linalg.qr(sample)[0]
    left, value, right = np.linalg.svd((turned @ basis).T, full_matrices=False)
    kept = np.flatnonzero(value[:d] > 1e-6 * value[0])
    root = np.sqrt(value[kept])
    # In row order, as a bundle gives them back: products of other layouts round otherwise.
    scaled = ((basis @ left[:, kept]) * root, right[kept].T * root)
    return np.ascontiguousarray(scaled[0], np.float32), np.ascontiguousarray(scaled[1], np.float32)
