"""Numbers of the lines of orders, over a whole file: also where the lines of one order do not stand together."""

from typing import Final

import polars as pl

ORDER: Final = {"order": pl.String, "run": pl.Int64, "before": pl.Int64, "length": pl.Int64}


class OrderLines:
    """Follows a table block by block; holds one row for each order of the file.

    Rows of one order that stand together are a run. A later run of it goes on with the numbers where the one before
    it ended, so that a table which was sorted loses no line; where each order is one run, its rows are 1, 2, 3 ...
    """

    def __init__(self) -> None:
        self._last = pl.DataFrame(schema=ORDER)  # of each order its last run: lines before it, lines in it so far

    def numbered(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The lines with `place` counted over the file; given are `order`, `run` (which one) and `place` in the run."""
        new = lines.group_by("order", "run", maintain_order=True).agg(length=pl.col("place").max())
        new = new.drop_nulls("order").with_columns(before=pl.lit(0, pl.Int64)).select(*ORDER)
        known = self._last.join(new, on="order", how="semi")
        runs = pl.concat([known, new]).group_by("order", "run", maintain_order=True)
        told = runs.agg(pl.col("before").max(), pl.col("length").last())
        earlier = pl.col("length").cum_sum().over("order") - pl.col("length")
        told = told.with_columns(before=pl.col("before").sum().over("order") + earlier)
        others = self._last.join(new, on="order", how="anti")
        self._last = pl.concat([others, told.unique("order", keep="last", maintain_order=True)])
        placed = lines.join(
            told.select("order", "run", "before"), on=["order", "run"], how="left", maintain_order="left"
        )
        return placed.with_columns(place=pl.col("place") + pl.col("before")).drop("before")
