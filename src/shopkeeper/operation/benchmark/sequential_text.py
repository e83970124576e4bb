"""The texts of a folder's items, read as vectors."""

from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np

from shopkeeper.data import ItemTable
from shopkeeper.language import TextEncoder
from shopkeeper.language.bulk import encode_all
from shopkeeper.operation.benchmark.sequential_system import TEXT_DIMENSION
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import Progress


@dataclass(frozen=True, slots=True)
class Texts:
    """The items' vectors, and the seconds that it took to make them."""

    vectors: TextVectors
    seconds: float


NO_TEXTS: Final = Texts(TextVectors.build(DistinctTexts.of([]), np.zeros((0, 1), np.float32), "none", 1), 0.0)


def read_texts(items: ItemTable, encoder: TextEncoder, processes: int, progress: Progress) -> Texts:
    """Every item's text as a whitened vector; nothing is kept from an earlier run."""
    start = perf_counter()
    text, new = DistinctTexts.of([]).with_changes(np.arange(len(items), dtype=np.int32), items.texts())
    raw = encode_all(encoder, new, progress=progress, processes=processes)
    vectors = TextVectors.build(text, raw, encoder.name, TEXT_DIMENSION)
    return Texts(vectors, perf_counter() - start)
