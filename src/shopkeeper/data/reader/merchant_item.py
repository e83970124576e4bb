"""What the attributes of a Google Merchant feed mean, over whole columns; the same for XML and for tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.html_text import plain_text
from shopkeeper.data.reader.price_currency import with_currency
from shopkeeper.data.reader.protocol import FIELD, RowKind
from shopkeeper.data.reader.value import clean, minor_units, read_times

# field of ours -> attribute of the feed; the sale's dates are columns of their own only here.
COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item_id": "id",
        "title": "title",
        "description": "description",
        "category": "product_type",
        "brand": "brand",
        "group_id": "item_group_id",
        "url": "link",
        "image_url": "image_link",
        "expires_at": "expiration_date",
        "price": "price",
        "currency": "currency",
        "stock": "quantity",
        "availability": "availability",
        "valid_from": "sale_from",
        "valid_to": "sale_to",
    }
)
_MEANT: Final = ("google_product_category", "sale_price", "sale_price_effective_date")
READ: Final = (*(name for name in COLUMN.values() if name not in ("sale_from", "sale_to")), *_MEANT)
_PRICES: Final = ("price", "sale_price")


@dataclass(frozen=True, slots=True)
class Goods:
    """Rows for Canonical: `items`, each with the offer of now, and `later`, the same items with offers to come."""

    items: pl.DataFrame
    later: pl.DataFrame
    repairs: Mapping[str, int] = field(default_factory=dict)


def merchant_plan() -> Plan:
    """How Canonical takes the rows of `goods`."""
    return Plan(RowKind.ITEMS, COLUMN, (), ())


def goods(rows: pl.DataFrame, now: int, currency: str) -> Goods:
    """The goods of rows with FIELD + each of READ, at a time; `currency` is of prices that name none."""
    texts = [clean(pl.col(FIELD + name)).alias(name) for name in READ]
    said = rows.select("line", "excerpt", "extra", *texts)
    said = said.with_columns(plain_text(said["description"]))
    said = with_currency(said.with_columns(**_category()), _PRICES, currency)
    said = _priced(said.with_columns(_window(said["sale_price_effective_date"])), now)
    return Goods(_as_rows(said), _as_rows(_later(said)), _repairs(said))


def _category() -> dict[str, pl.Expr]:
    """The shop's own path, else Google's where it is a path and no number."""
    google = pl.col("google_product_category")
    return {"product_type": pl.coalesce("product_type", pl.when(~google.str.contains(r"^\d+$")).then(google))}


def _window(dates: pl.Series) -> list[pl.Series]:
    """`sale_from`, `sale_to` (UTC microseconds) of "begin/end", and `window_read`."""
    halves = dates.str.split_exact("/", 1).struct.unnest()
    start, end = (read_times(halves[name].str.strip_chars())["time"] for name in halves.columns)
    read = dates.is_null() | (start < end).fill_null(value=False)
    return [start.alias("sale_from"), end.alias("sale_to"), read.alias("window_read")]


def _priced(said: pl.DataFrame, now: int) -> pl.DataFrame:
    """`sale_read`, `on_sale` (now) and `to_come`; a sale counts only where price and dates can be read too."""
    price, sale = (minor_units(pl.col(name + "_amount"), pl.col("currency_read")) for name in _PRICES)
    said = said.with_columns(((sale >= 0) & pl.col("window_read")).fill_null(value=False).alias("sale_read"))
    counts = pl.col("sale_read") & (pl.col("price").is_null() | price.is_not_null())
    begun = (pl.col("sale_from") <= now).fill_null(value=True)
    over = (pl.col("sale_to") <= now).fill_null(value=False)
    return said.with_columns((counts & begun & ~over).alias("on_sale"), (counts & ~begun).alias("to_come"))


def _later(said: pl.DataFrame) -> pl.DataFrame:
    """Offers to come: a sale that has not begun, and the price after one that ends."""
    ends = said.filter(pl.col("on_sale") & pl.col("sale_to").is_not_null() & pl.col("price").is_not_null())
    after = ends.with_columns(pl.col("sale_to").alias("sale_from"), pl.lit(None, pl.Int64).alias("sale_to"))
    coming = said.filter("to_come")
    return pl.concat(
        [
            after.with_columns(pl.lit(value=False).alias("on_sale"), pl.lit(value=True).alias("dated")),
            coming.with_columns(pl.lit(value=True).alias("on_sale"), pl.lit(value=True).alias("dated")),
        ]
    )


def _as_rows(said: pl.DataFrame) -> pl.DataFrame:
    """Under the names of COLUMN. An offer of now has no beginning: the import gives it."""
    on_sale = pl.col("on_sale")
    dated = pl.col("dated") if "dated" in said.columns else pl.lit(value=False)
    taken = {
        "price": pl.when(on_sale).then("sale_price").otherwise("price"),
        # Of both prices; where they contradict each other, the one that is taken tells its own.
        "currency": pl.when("currency_told").then("currency_read").otherwise("currency"),
        "sale_from": pl.when(dated).then(_iso("sale_from")),
        "sale_to": pl.when(on_sale).then(_iso("sale_to")),
    }
    named = [taken.get(name, pl.col(name)).alias(FIELD + name) for name in COLUMN.values()]
    return said.select("line", "excerpt", "extra", *named)


def _iso(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def _repairs(said: pl.DataFrame) -> dict[str, int]:
    """How many rows lost a sale that could not be read."""
    sale = pl.col("sale_price").is_not_null() & ~pl.col("sale_read")
    counts = said.select(
        (sale & pl.col("window_read")).sum().alias("sale_price cannot be read: the price was taken"),
        (sale & ~pl.col("window_read")).sum().alias("the dates of the sale cannot be read: the price was taken"),
    )
    return {reason: int(count) for reason, count in counts.row(0, named=True).items() if count}
