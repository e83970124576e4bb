"""A column of a catalogue, made ready to be counted: which product has which value, in whichever of its variants."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import polars as pl

from shopkeeper.data.attribute import AttributeValues
from shopkeeper.pipeline.lists import Int32, Int64
from shopkeeper.record import FacetValue
from shopkeeper.store.frame import CATEGORY_SEPARATOR

NO_VALUE: Final = -1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Each product with each value that one of its variants has: pair p has the value of code `code[p]`.

    `pair` (n_items,) is the pair that each item belongs to, NO_VALUE where it has no value; `alone`: no two items
    belong to one.
    """

    pair: Int32
    code: Int32
    alone: bool

    @classmethod
    def of(cls, code: Int32, group: Int32, values: int) -> Self:
        """Of each item's code, NO_VALUE where it has none, and its group; `values` is how many codes there are."""
        pair = np.full(len(code), NO_VALUE, np.int32)
        has = code != NO_VALUE
        key, pair[has] = np.unique(group[has].astype(np.int64) * values + code[has], return_inverse=True)
        return cls(pair, (key % max(values, 1)).astype(np.int32), len(key) == np.count_nonzero(has))

    def counts(self, item: Int32, values: int) -> Int64:
        """(values,) how many products have each value in one of the variants `item`."""
        pair = self.pair[item]
        met = pair[pair != NO_VALUE]
        return np.bincount(self.code[met if self.alone else distinct(met, len(self.code))], minlength=values)


@dataclass(frozen=True, slots=True)
class ManyPairs:
    """Pairs of items of which some have several values: item `item[v]` belongs to pair `pair[v]`; `code` as there."""

    item: Int32
    pair: Int32
    code: Int32
    items: int

    @classmethod
    def of(cls, item: Int32, code: Int32, group: Int32, values: int) -> Self:
        """Of each value's item and code, and each item's group; `values` is how many codes there are."""
        key, pair = np.unique(group[item].astype(np.int64) * values + code, return_inverse=True)
        return cls(item, pair.astype(np.int32), (key % max(values, 1)).astype(np.int32), len(group))

    def counts(self, item: Int32, values: int) -> Int64:
        """(values,) how many products have each value in one of the variants `item`."""
        asked = np.zeros(self.items, bool)
        asked[item] = True
        return np.bincount(self.code[distinct(self.pair[asked[self.item]], len(self.code))], minlength=values)


@dataclass(frozen=True, slots=True)
class FacetColumn:
    """`value` are all values, sorted; `level` is how deep each lies, None where values have no levels.

    `pairs` are of one value an item, or of the values of each level, broad to narrow.
    """

    value: tuple[str, ...]
    level: tuple[int, ...] | None
    pairs: tuple[Pairs | ManyPairs, ...]

    @classmethod
    def of_texts(cls, text: pl.Series, group: Int32) -> Self:
        """Of a text for each item, null or "" where it has none."""
        value = values_of(text)
        return cls(tuple(value), None, (Pairs.of(codes_of(text, value), group, len(value)),))

    @classmethod
    def of_attribute(cls, told: AttributeValues, group: Int32) -> Self:
        """Of an attribute, of which an item has any number of values."""
        value = values_of(told.value)
        return cls(tuple(value), None, (ManyPairs.of(told.item, codes_of(told.value, value), group, len(value)),))

    @classmethod
    def of_paths(cls, text: pl.Series, group: Int32) -> Self:
        """Of a category path for each item: each counts for itself and for all that lie above it."""
        path = values_of(text)
        levels, row = _levels(path), codes_of(text, path)
        value = values_of(pl.concat([path, *levels]))
        level = tuple(each.count(CATEGORY_SEPARATOR) + 1 for each in value)
        code = [np.append(codes_of(each, value), np.int32(NO_VALUE))[row] for each in levels]
        return cls(tuple(value), level, tuple(Pairs.of(each, group, len(value)) for each in code))

    def broadest(self) -> "FacetColumn":
        """The column of the first level alone."""
        return FacetColumn(self.value, self.level, self.pairs[:1])

    def count(self, item: Int32, most: int) -> tuple[tuple[FacetValue, ...], int]:
        """The `most` values that most products have in the variants `item`, of equal ones the first; and how many
        values there are in all.

        No category comes before the one above it, which no fewer products have.
        """
        counts = np.zeros(len(self.value), np.int64)
        for each in self.pairs:
            counts += each.counts(item, len(self.value))
        found = np.flatnonzero(counts)
        best = found[np.argsort(-counts[found], kind="stable")][:most]
        return tuple(self._value(code, count) for code, count in zip(best, counts[best], strict=True)), len(found)

    def _value(self, code: np.int64, count: np.int64) -> FacetValue:
        return FacetValue(self.value[code], int(count), self.level[code] if self.level else None)


def _levels(path: pl.Series) -> list[pl.Series]:
    """For each level the paths down to it, null where a path is shorter."""
    steps = pl.col("step")
    frame = path.str.split(CATEGORY_SEPARATOR).alias("step").to_frame()
    deepest = frame.select(steps.list.len().max()).item() or 0
    down_to = (
        pl.when(steps.list.len() >= level).then(steps.list.head(level).list.join(CATEGORY_SEPARATOR))
        for level in range(1, deepest + 1)
    )
    return [frame.select(each).to_series() for each in down_to]


def distinct(number: Int32, size: int) -> Int64:
    """The distinct ones of some numbers below `size`, sorted; by flags, which is quicker than sorting a thousand."""
    met = np.zeros(size, bool)
    met[number] = True
    return np.flatnonzero(met)


def values_of(text: pl.Series) -> pl.Series:
    """All values, sorted; null and "" are none."""
    return text.filter(text != "").unique().sort()


def codes_of(text: pl.Series, value: pl.Series) -> Int32:
    """(n_items,) the position of each text among the values, NO_VALUE where it is none of them."""
    code = text.cast(pl.Enum(value), strict=False).to_physical()
    codes: Int32 = code.cast(pl.Int32).fill_null(NO_VALUE).to_numpy()
    return codes
