"""How much of the shop the lists of all customers show, and how evenly; with intervals over customers.

Both figures count distinct things, which a bootstrap gets wrong: a resample leaves out a third of the customers, and
with them every item that they alone were shown. So their intervals are jackknife ones (Efron & Stein, 1981): the
figures without each customer in turn, worked out exactly and for all customers at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.evaluation.significance import Interval, jackknife_interval
from shopkeeper.pipeline.lists import Int64

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What Q lists showed of `size` items that could be shown: list `row[i]` holds `item[i]`, each item once."""

    row: Int64
    item: Int64
    lists: int
    size: int

    @property
    def counts(self) -> Int64:
        """(size,) how many lists show each item."""
        return np.bincount(self.item, minlength=self.size)

    def coverage(self) -> Interval | None:
        """The share of the items that at least one list shows (Ge et al., RecSys 2010); None without items."""
        if not self.size or not self.lists:
            return None
        alone = self.counts[self.item] == 1
        lost = np.bincount(self.row[alone], minlength=self.lists)
        shown = int((self.counts > 0).sum())
        return jackknife_interval(shown / self.size, (shown - lost) / self.size)

    def gini(self) -> Interval | None:
        """How unevenly the items are shown (Gini, 1912): 0 all alike, near 1 one only; None where none is shown."""
        counts = self.counts
        whole = gini(counts)
        return None if whole is None else jackknife_interval(whole, self._gini_without(counts, whole))

    def _gini_without(self, counts: Int64, whole: float) -> Float64:
        """(lists,) the coefficient without each list.

        It is the sum of |x - y| over pairs of items, by size times the sum of x. Where x falls by 1, the difference to
        every smaller count falls by 1, to every other grows by 1; between two items of the list it stays.
        """
        total, ordered = int(counts.sum()), np.sort(counts)
        own = counts[self.item]
        smaller = np.searchsorted(ordered, own)
        change = np.bincount(self.row, self.size - 1 - 2.0 * smaller, minlength=self.lists)
        # Pairs of one list that are shown equally often were told to grow apart from both sides.
        most = np.int64(own.max(initial=0)) + 1
        pair, together = np.unique(self.row * most + own, return_counts=True)
        change -= np.bincount(pair // most, together * (together - 1.0), minlength=self.lists)
        rest = total - np.bincount(self.row, minlength=self.lists)
        without = whole * self.size * total + change
        value: Float64 = np.divide(without, self.size * rest, out=np.full(self.lists, whole), where=rest > 0)
        return value


def gini(exposure: npt.NDArray[np.integer]) -> float | None:
    """The Gini coefficient of counts, those of 0 included; None where nothing was counted."""
    size, total = len(exposure), int(exposure.sum())
    if not total:
        return None
    rank = 2 * np.arange(1, size + 1) - size - 1
    return float((rank * np.sort(exposure)).sum() / (size * total))
