"""What the lists show as a whole: how much of the shop, how evenly, how new, how varied, how like their customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.evaluation.exposure import Exposure
from shopkeeper.evaluation.significance import Interval, ratio_interval
from shopkeeper.evaluation.taste import miscalibration
from shopkeeper.pipeline.batch import PURCHASE
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, ItemLists
from shopkeeper.record import EventType
from shopkeeper.store.history import Histories

Float64 = npt.NDArray[np.float64]
VectorsOf = Callable[[Int32], Float32]  # (N,) items -> (N, d) vectors; a zero row where an item has none

# Figures that are means over lists: each has a column of values, and one of which lists have one.
MEANS: Final = ("novelty", "diversity", "popularity_lift", "miscalibration", "fallback", "empty")


@dataclass(frozen=True, slots=True)
class ShelfFigures:
    """List-level figures over all lists of one system, each list cut at k; None where nothing was shown.

    `coverage`: the share of eligible items that at least one list shows (Ge et al., RecSys 2010). `novelty`: mean
    self-information of the items shown, -log2 of the share of training users who bought them, bits (Vargas & Castells,
    RecSys 2011). `gini`: how unevenly the eligible items are shown, 0 all equally, 1 one only (Gini, 1912).
    `diversity`: 1 - mean pairwise cosine of a list's item vectors (Ziegler et al., WWW 2005). `popularity_lift`: by
    what share the items shown are more popular than those that the same customers had bought (Abdollahpouri et al.,
    RMSE 2019). `miscalibration`: bits by which a list's categories differ from its customer's (Steck, RecSys 2018).
    `fallback` and `empty`: the shares of lists that the named fallback filled, and that nothing filled. `interval`:
    95 % intervals by name, over customers.
    """

    k: int
    coverage: float | None
    novelty: float | None
    gini: float | None
    diversity: float | None
    fallback: float
    empty: float
    popularity_lift: float | None = None
    miscalibration: float | None = None
    interval: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What list-level figures are measured against.

    `eligible` (n_items,) may be shown; `information` (n_items,) is each item's self-information in bits; `vectors` is a
    table (n_items, d) or a function of items; `popularity` (n_items,) the share of users who bought each; `category`
    (n_items,) a number of its category. What is None is not measured.
    """

    eligible: Bool
    information: Float64
    vectors: Float32 | VectorsOf | None = None
    popularity: Float64 | None = None
    category: Int32 | None = None
    k: int = 10

    def vectors_of(self, item: Int32) -> Float32 | None:
        """(N, d) the items' vectors, where there are any."""
        if self.vectors is None:
            return None
        return self.vectors[item] if isinstance(self.vectors, np.ndarray) else self.vectors(item)


def buyers(dataset: Dataset) -> Int64:
    """(n_items,) how many users bought each item."""
    size = np.int64(max(len(dataset.items), 1))
    bought = dataset.of_type(EventType.PURCHASE)
    pairs = np.unique(dataset.user[bought].astype(np.int64) * size + dataset.item[bought])
    return np.bincount(pairs % size, minlength=len(dataset.items))


def self_information(dataset: Dataset) -> Float64:
    """(n_items,) -log2 of the share of users who bought the item; one buyer more is taken, so that none is infinite."""
    information: Float64 = -np.log2((buyers(dataset) + 1) / (dataset.users + 1))
    return information


def popularity(dataset: Dataset) -> Float64:
    """(n_items,) the share of users who bought the item."""
    share: Float64 = buyers(dataset) / max(dataset.users, 1)
    return share


class ShelfTally:
    """Counts what one system shows, chunk after chunk of its lists."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._row: list[Int64] = [np.empty(0, np.int64)]
        self._item: list[Int32] = [np.empty(0, np.int32)]
        self._lists = 0
        self._columns: list[Float64] = [np.empty((0, 2 * len(MEANS)))]

    def add(self, lists: ItemLists, history: Histories | None = None) -> None:
        """Count these lists; `history` is what their customers had done before."""
        place = np.arange(len(lists.item)) - lists.offset[lists.row]
        lists = lists.take(np.flatnonzero(place < self._shelf.k).astype(np.int64))
        self._row.append(self._lists + lists.row)
        self._item.append(lists.item)
        self._lists += len(lists)
        measured = [
            self._novelty(lists),
            self._diversity(lists),
            self._lift(lists, history),
            self._taste(lists, history),
        ]
        measured += [_all_of(lists.fallback), _all_of(np.diff(lists.offset) == 0)]
        self._columns.append(np.stack([column for pair in measured for column in pair], axis=1))

    def columns(self) -> Float64:
        """(Q, 2 MEANS) for each figure, each list's value and what it is divided by; both 0 where it has none."""
        return np.concatenate(self._columns)

    def figures(self, means: Float64 | None = None) -> ShelfFigures:
        """The figures over everything that was added.

        `means` (R, 2 MEANS) are `bootstrap_means` of `columns()`; without them, those that are means have no interval.
        """
        columns = self.columns()
        drawn = columns.mean(axis=0, keepdims=True) if means is None and len(columns) else means
        found = {name: self._mean(columns, drawn, number) for number, name in enumerate(MEANS)}
        exposure = self._exposure()
        counted = {"coverage": exposure.coverage(), "gini": exposure.gini()}
        told = {**(found if means is not None else {}), **counted}
        value = {name: None if each is None else each.mean for name, each in {**found, **counted}.items()}
        return ShelfFigures(
            k=self._shelf.k,
            coverage=value["coverage"],
            novelty=value["novelty"],
            gini=value["gini"],
            diversity=value["diversity"],
            fallback=value["fallback"] or 0.0,
            empty=value["empty"] or 0.0,
            popularity_lift=value["popularity_lift"],
            miscalibration=value["miscalibration"],
            interval={name: each for name, each in told.items() if each is not None},
        )

    def _mean(self, columns: Float64, drawn: Float64 | None, number: int) -> Interval | None:
        if drawn is None:
            return None
        both = slice(2 * number, 2 * number + 2)
        return ratio_interval(columns[:, both], drawn[:, both])

    def _exposure(self) -> Exposure:
        """Which list shows which of the eligible items, numbered by themselves."""
        number = np.cumsum(self._shelf.eligible) - 1
        row, item = np.concatenate(self._row), np.concatenate(self._item)
        may = self._shelf.eligible[item]
        size = np.int64(max(len(self._shelf.eligible), 1))
        key = np.unique(row[may] * size + number[item[may]])
        return Exposure(key // size, key % size, self._lists, int(self._shelf.eligible.sum()))

    def _novelty(self, lists: ItemLists) -> tuple[Float64, Float64]:
        return _per_list(_mean_of(lists, self._shelf.information[lists.item]))

    def _diversity(self, lists: ItemLists) -> tuple[Float64, Float64]:
        vectors = self._shelf.vectors_of(lists.item)
        return _per_list(_nothing(lists) if vectors is None else list_diversity(vectors, lists.row, len(lists)))

    def _lift(self, lists: ItemLists, history: Histories | None) -> tuple[Float64, Float64]:
        """Shown minus bought, and bought: a ratio of sums, as the paper has it of groups of users."""
        if self._shelf.popularity is None or history is None:
            return _per_list(_nothing(lists))
        row, item, _ = _bought(history, len(self._shelf.popularity))
        counts = np.bincount(row, minlength=len(lists))
        total = np.bincount(row, self._shelf.popularity[item], minlength=len(lists))
        before = np.divide(total, counts, out=np.full(len(lists), np.nan), where=counts > 0)
        shown = _mean_of(lists, self._shelf.popularity[lists.item])
        known = np.isfinite(shown + before)
        return np.where(known, shown - before, 0.0), np.where(known, before, 0.0)

    def _taste(self, lists: ItemLists, history: Histories | None) -> tuple[Float64, Float64]:
        category = self._shelf.category
        if category is None or history is None:
            return _per_list(_nothing(lists))
        row, item, amount = _bought(history, len(category))
        return _per_list(miscalibration(lists.row, lists.item, row, item, amount, category, len(lists)))


def list_diversity(vectors: Float32, row: Int64, lists: int) -> Float64:
    """(lists,) 1 - mean pairwise cosine of each list; NaN where it has no two items with a vector.

    The sum over pairs comes from |sum of unit vectors|^2, so that no pair is ever formed.
    """
    length = np.linalg.norm(vectors.astype(np.float64), axis=1)
    known = length > 0
    unit, row = vectors[known] / length[known, None], row[known]
    counts = np.bincount(row, minlength=lists)
    filled = np.flatnonzero(counts > 0)
    diversity = np.full(lists, np.nan)
    if not len(filled):
        return diversity
    starts = np.concatenate([[0], np.cumsum(counts[filled])[:-1]])
    both_ways = (np.add.reduceat(unit, starts, axis=0) ** 2).sum(axis=1) - counts[filled]
    several = counts[filled] > 1
    size = counts[filled][several]
    diversity[filled[several]] = 1 - both_ways[several] / (size * (size - 1))
    return diversity


def _bought(history: Histories, items: int) -> tuple[Int64, Int32, Float64]:
    """(row, item, amount) of what each customer had bought of the first `items`."""
    total = history.total
    row = np.repeat(np.arange(len(history)), np.diff(history.total_offset))
    kept = (total["type"] == PURCHASE) & (total["item"] < items)
    return row[kept], total["item"][kept], total["amount"][kept].astype(np.float64)


def _mean_of(lists: ItemLists, value: Float64) -> Float64:
    """(B,) the mean of the values (N,) of each list's places; NaN of an empty one."""
    counts = np.diff(lists.offset)
    total = np.bincount(lists.row, value, minlength=len(lists))
    mean: Float64 = np.divide(total, counts, out=np.full(len(lists), np.nan), where=counts > 0)
    return mean


def _nothing(lists: ItemLists) -> Float64:
    return np.full(len(lists), np.nan)


def _per_list(value: Float64) -> tuple[Float64, Float64]:
    """Values (B,), 0 where there is none, and which lists have one."""
    known = np.isfinite(value)
    return np.where(known, value, 0.0), known.astype(np.float64)


def _all_of(flag: Bool) -> tuple[Float64, Float64]:
    """A share that every list counts in."""
    return flag.astype(np.float64), np.ones(len(flag))
