"""From when on the prices of a file hold: the past of an item that has a price is never rewritten."""

from typing import Final

import polars as pl

_SAID: Final = ("price", "currency", "stock")


def dated(offers: pl.DataFrame, catalogue: pl.DataFrame, now: int) -> pl.DataFrame:
    """The offers (OFFER_COLUMN) that say something new, with their times, and `row`, each one's place in `offers`.

    `catalogue` is `Catalogue.frame(now)` before the import. An offer without `valid_from` holds from the beginning
    where its item has none yet, else from `now`; it is left out where it says what holds already. The catalogue tells
    no prices of other markets than the default one: there an offer of any known item holds from `now`.
    """
    here = ["item_id", "market", *_SAID]
    held = catalogue.select("item_id", pl.lit("").alias("market"), *_SAID, pl.lit(value=True).alias("held"))
    priced = pl.any_horizontal(pl.col(_SAID).is_not_null()).alias("priced")
    rows = offers.with_row_index("row").with_columns(pl.col("market").fill_null(""))
    rows = rows.join(held, on=here, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.join(catalogue.select("item_id", priced), on="item_id", how="left", maintain_order="left")
    late = pl.col("priced") | (pl.col("priced").is_not_null() & (pl.col("market") != ""))
    start = pl.when(late).then(pl.lit(now)).otherwise(pl.lit(0))
    new = rows.filter(pl.col("valid_from").is_not_null() | pl.col("held").is_null())
    return new.with_columns(pl.coalesce("valid_from", start)).select("row", *offers.columns)
