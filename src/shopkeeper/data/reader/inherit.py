"""Rows that leave out what the first row of their run has said: whole columns, across the borders of blocks."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from shopkeeper.data.reader.value import clean

FIRST: Final = "first:"  # before a column's name: what the first row of the run says in it
OPENS: Final = "opens"  # whether a row is the first of its run


class Inheritance:
    """Follows a table block by block; a run is rows one after another with the same key, or none.

    It keeps one row between blocks, so that a run may be as long as it likes.
    """

    def __init__(self, key: str, columns: Sequence[str]) -> None:
        self._key = key
        self._columns = tuple(columns)
        self._kept: pl.DataFrame | None = None

    def beside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with OPENS, the key filled in, and FIRST + x beside each column x (null before any run)."""
        said = rows.select(clean(pl.col(self._key)), *self._columns)
        whole = said if self._kept is None else pl.concat([self._kept, said])
        whole = whole.with_columns(pl.col(self._key).forward_fill())
        opens = pl.col(self._key).is_not_null() & pl.col(self._key).ne_missing(pl.col(self._key).shift())
        whole = whole.with_columns(opens.alias(OPENS))
        place = pl.when(OPENS).then(pl.int_range(pl.len())).forward_fill()
        first = [pl.col(name).gather(place).alias(FIRST + name) for name in self._columns]
        whole = whole.select(self._key, OPENS, *first)
        if whole.height:
            kept = [pl.col(FIRST + name).alias(name) for name in self._columns]
            self._kept = whole.tail(1).select(self._key, *kept)
        return rows.with_columns(whole.tail(rows.height).get_columns())
