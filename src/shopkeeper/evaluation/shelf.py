"""What the lists show as a whole: how much of the shop, how evenly, how new, how varied."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, ItemLists
from shopkeeper.record import EventType

Float64 = npt.NDArray[np.float64]
VectorsOf = Callable[[Int32], Float32]  # (N,) items -> (N, d) vectors; a zero row where an item has none


@dataclass(frozen=True, slots=True)
class ShelfFigures:
    """List-level figures over all lists of one system, each list cut at k; None where nothing was shown.

    `coverage`: the share of eligible items that at least one list shows (Ge et al., RecSys 2010). `novelty`: mean
    self-information of the items shown, -log2 of the share of training users who bought them, bits (Vargas & Castells,
    RecSys 2011). `gini`: how unevenly the eligible items are shown, 0 all equally, 1 one only (Gini, 1912).
    `diversity`: 1 - mean pairwise cosine of a list's item vectors (Ziegler et al., WWW 2005). `fallback` and `empty`:
    the shares of lists that the named fallback filled, and that nothing filled.
    """

    k: int
    coverage: float | None
    novelty: float | None
    gini: float | None
    diversity: float | None
    fallback: float
    empty: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """What list-level figures are measured against.

    `eligible` (n_items,) may be shown; `information` (n_items,) is each item's self-information in bits; `vectors` is a
    table (n_items, d) or a function of items, None where diversity is not measured.
    """

    eligible: Bool
    information: Float64
    vectors: Float32 | VectorsOf | None = None
    k: int = 10

    def vectors_of(self, item: Int32) -> Float32 | None:
        """(N, d) the items' vectors, where there are any."""
        if self.vectors is None:
            return None
        return self.vectors[item] if isinstance(self.vectors, np.ndarray) else self.vectors(item)


def self_information(dataset: Dataset) -> Float64:
    """(n_items,) -log2 of the share of users who bought the item; one buyer more is taken, so that none is infinite."""
    size = np.int64(max(len(dataset.items), 1))
    bought = dataset.of_type(EventType.PURCHASE)
    pairs = np.unique(dataset.user[bought].astype(np.int64) * size + dataset.item[bought])
    buyers = np.bincount(pairs % size, minlength=len(dataset.items))
    information: Float64 = -np.log2((buyers + 1) / (dataset.users + 1))
    return information


class ShelfTally:
    """Counts what one system shows, chunk after chunk of its lists."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._shown = np.zeros(len(shelf.eligible), np.int64)
        self._lists = self._fallback = self._empty = 0
        self._novelty: list[Float64] = []
        self._diversity: list[Float64] = []

    def add(self, lists: ItemLists) -> None:
        """Count these lists."""
        place = np.arange(len(lists.item)) - lists.offset[lists.row]
        lists = lists.take(np.flatnonzero(place < self._shelf.k).astype(np.int64))
        counts = np.diff(lists.offset)
        self._lists += len(lists)
        self._fallback += int(lists.fallback.sum())
        self._empty += int((counts == 0).sum())
        self._shown += np.bincount(lists.item, minlength=len(self._shown))
        information = np.bincount(lists.row, self._shelf.information[lists.item], minlength=len(lists))
        self._novelty.append(information[counts > 0] / counts[counts > 0])
        vectors = self._shelf.vectors_of(lists.item)
        if vectors is not None:
            self._diversity.append(list_diversity(vectors, lists.row, len(lists)))

    def figures(self) -> ShelfFigures:
        """The figures over everything that was added."""
        shown = self._shown[self._shelf.eligible]
        lists = max(self._lists, 1)
        return ShelfFigures(
            k=self._shelf.k,
            coverage=float((shown > 0).mean()) if len(shown) else None,
            novelty=_mean(self._novelty),
            gini=gini(shown),
            diversity=_mean(self._diversity),
            fallback=self._fallback / lists,
            empty=self._empty / lists,
        )


def gini(exposure: npt.NDArray[np.integer]) -> float | None:
    """The Gini coefficient of counts, those of 0 included; None where nothing was counted."""
    size, total = len(exposure), int(exposure.sum())
    if not total:
        return None
    rank = 2 * np.arange(1, size + 1) - size - 1
    return float((rank * np.sort(exposure)).sum() / (size * total))


def list_diversity(vectors: Float32, row: Int64, lists: int) -> Float64:
    """(at most `lists`,) 1 - mean pairwise cosine of each list that has two items with a vector.

    The sum over pairs comes from |sum of unit vectors|^2, so that no pair is ever formed.
    """
    length = np.linalg.norm(vectors.astype(np.float64), axis=1)
    known = length > 0
    unit, row = vectors[known] / length[known, None], row[known]
    counts = np.bincount(row, minlength=lists)
    filled = np.flatnonzero(counts > 0)
    if not len(filled):
        return np.empty(0)
    starts = np.concatenate([[0], np.cumsum(counts[filled])[:-1]])
    both_ways = (np.add.reduceat(unit, starts, axis=0) ** 2).sum(axis=1) - counts[filled]
    several = counts[filled] > 1
    size = counts[filled][several]
    diversity: Float64 = 1 - both_ways[several] / (size * (size - 1))
    return diversity


def _mean(chunks: list[Float64]) -> float | None:
    """The mean over all chunks, None where they are empty."""
    values = np.concatenate(chunks) if chunks else np.empty(0)
    return float(values.mean()) if len(values) else None
