"""Products of a sparse matrix with dense ones by several threads, which BLAS knows nothing of."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from shopkeeper.pipeline.lists import Float32


class SparseRows:
    """A sparse matrix whose products with dense ones are worked out by several threads, each some of the rows: the same
    bits by any number of them."""

    def __init__(self, matrix: sp.csr_matrix, threads: int) -> None:
        cut = np.searchsorted(matrix.indptr, np.linspace(0, matrix.nnz, threads + 1)[1:-1])  # as much work for each
        self._parts = [matrix[start:end] for start, end in pairwise([0, *cut.tolist(), matrix.shape[0]])]

    def __matmul__(self, dense: Float32) -> Float32:
        with ThreadPoolExecutor(len(self._parts)) as pool:
            return np.concatenate(list(pool.map(lambda part: part @ dense, self._parts)))
