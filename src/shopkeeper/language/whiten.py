"""Whitening: sentence vectors made isotropic, so that a cosine means the same in every direction.

Su, Cao, Liu and Ou, Whitening Sentence Representations for Better Semantics and Faster Retrieval, 2021. What few texts
can tell of spread: Murphy, Conjugate Bayesian Analysis of the Gaussian Distribution, 2007, section 9.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]

# Directions whose variance is below this share of the largest are noise; dividing by their spread would blow it up.
VARIANCE_FLOOR: Final = 1e-4
# Times the variance of the imagined texts: a direction with less is one in which no text varies.
BARELY: Final = 1.001


@dataclass(frozen=True)
class Whitening:
    """x -> (x - mean) @ projection, cut to unit length; `mean` (D,), `projection` (D, d)."""

    mean: Float32
    projection: Float32

    @classmethod
    def fit(cls, vectors: Float32, d: int) -> "Whitening":
        """From (n, D) vectors, keeping the d directions of most variance, fewer where the texts span fewer.

        Mean and covariance are taken over the n texts and D imagined ones that lie evenly around zero: the posterior
        mean of both under a normal-inverse-Wishart prior worth D texts. A few texts cannot tell the spread of D
        directions: whitened by their own spread alone, n <= D of them come out equally far from each other, whatever
        they say. Among 20,000 texts the imagined ones hardly count.
        """
        size, width = vectors.shape
        share = size / (size + width)
        mean = vectors.sum(axis=0, dtype=np.float64) / (size + width)
        square = vectors.T.astype(np.float64) @ vectors / max(size, 1)
        imagined = (1 - share) * np.trace(square) / width
        variance, direction = np.linalg.eigh(share * square + imagined * np.eye(width) - np.outer(mean, mean))
        variance, direction = variance[::-1][:d], direction[:, ::-1][:, :d]
        kept = variance > max(VARIANCE_FLOOR * variance[0], BARELY * imagined, np.finfo(np.float32).tiny)
        if not kept.any():
            return cls(np.zeros(width, np.float32), np.eye(width, min(d, width), dtype=np.float32))
        projection = direction[:, kept] / np.sqrt(variance[kept])
        return cls(mean.astype(np.float32), projection.astype(np.float32))

    @property
    def dimension(self) -> int:
        """d, the length of a projected vector."""
        return int(self.projection.shape[1])

    def apply(self, vectors: Float32) -> Float32:
        """(m, d) unit rows of (m, D) vectors; a zero row (an empty text) stays zero."""
        said = np.any(vectors != 0, axis=1)
        projected = (vectors - self.mean) @ self.projection
        return unit(np.where(said[:, None], projected, 0).astype(np.float32))

    def within(self, vectors: Float32) -> Float32:
        """(m,) how much of each of (m, D) unit vectors lies in the directions kept, 0 to 1.

        A text of another world, or of none, lies mostly outside of them: novelty detection by reconstruction from
        principal components (Hoffmann, Kernel PCA for Novelty Detection, 2007, has the linear case too).
        """
        part = vectors @ self._direction
        length: Float32 = np.sqrt(np.einsum("ij,ij->i", part, part)).astype(np.float32)
        return length

    @cached_property
    def _direction(self) -> Float32:
        """(D, d) the directions kept, of unit length."""
        return np.ascontiguousarray(unit(self.projection.T).T)


def unit(vectors: Float32) -> Float32:
    """Rows cut to unit length; zero rows stay zero."""
    squares: Float32 = np.einsum("ij,ij->i", vectors, vectors)
    length = np.sqrt(np.where(squares > 0, squares, 1))
    divided: Float32 = (vectors / length[:, None]).astype(np.float32)
    return divided
