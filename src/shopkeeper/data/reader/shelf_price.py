"""Prices at the grocer's shelf, told from what was paid, and never before it was paid."""

from typing import Final

import polars as pl

MILLI: Final = 1000.0
# Fuel is sold by the gallon and written in thousandths of one; a tank holds more than a tenth of a gallon.
_FUEL: Final = "GASOLINE"
_LEAST_MILLI: Final = 100


def corrected(transactions: pl.DataFrame, products: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Transactions with fuel in gallons and `line_of_product`, and how many fuel lines were changed."""
    fuel = products.filter(pl.col("product_type").str.contains(_FUEL))["product_id"].implode()
    milli = pl.col("product_id").is_in(fuel) & (pl.col("quantity") >= _LEAST_MILLI)
    sales = transactions.with_columns(
        milli.alias("milli"),
        pl.when(milli)
        .then(pl.col("quantity") / MILLI)
        .otherwise(pl.col("quantity").cast(pl.Float64))
        .alias("quantity"),
    )
    if transactions.select(pl.struct("basket_id", "product_id").is_duplicated().any()).item():
        number = pl.int_range(1, pl.len() + 1).over("basket_id", "product_id")
        sales = sales.with_columns(number.alias("line_of_product"))
    return sales.drop("milli"), int(sales["milli"].sum())


def offers(sales: pl.DataFrame, products: pl.DataFrame, currency: str) -> pl.DataFrame:
    """An offer at a product's first sale, at its price then; another whenever a week's median differs from the last.

    A week's median is known once its last sale is made, and holds from then on: whoever asks for the price as of a
    time is told nothing that was not known then. Lines without quantity or value (coupons, corrections) tell no price.
    """
    listed = products["product_id"].implode()
    paid = sales.lazy().filter(
        (pl.col("quantity") > 0) & (pl.col("sales_value") > 0) & pl.col("product_id").is_in(listed)
    )
    cents = (pl.col("sales_value") + pl.col("coupon_match_disc")) / pl.col("quantity") * 100
    priced = paid.select(
        "product_id",
        pl.col("transaction_timestamp").dt.timestamp("us").alias("time"),
        pl.col("transaction_timestamp").dt.truncate("1w").alias("week"),
        cents.alias("cents"),
    )
    weekly = priced.group_by("product_id", "week").agg(pl.col("cents").median(), pl.col("time").max())
    first = priced.sort("product_id", "time").group_by("product_id", maintain_order=True).first()
    told = pl.concat([first.select("product_id", "time", "cents"), weekly.select("product_id", "time", "cents")])
    price = pl.max_horizontal(pl.col("cents").round().cast(pl.Int64), 1)
    return (
        told.with_columns(price.alias("price"))
        # A product sold once has both at one instant: the week's median is kept.
        .sort("product_id", "time", maintain_order=True)
        .unique(["product_id", "time"], keep="last", maintain_order=True)
        .filter((pl.col("price") != pl.col("price").shift(1).over("product_id")).fill_null(True))
        .select(
            pl.col("product_id").cast(pl.String).alias("item_id"),
            pl.lit("").alias("market"),
            "price",
            pl.lit(currency).alias("currency"),
            pl.col("time").alias("valid_from"),
        )
        .collect()
    )
