"""What the attributes of a Google Merchant feed mean, over whole columns; the same for XML and for tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.html_text import plain_text
from shopkeeper.data.reader.protocol import FIELD, RowKind
from shopkeeper.data.reader.value import clean, minor_units, read_times

# field of ours -> attribute of the feed. `currency` is part of a price, and a column of its own only here.
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
        "valid_from": "sale_from",
        "valid_to": "sale_to",
    }
)
_MEANT: Final = ("availability", "google_product_category", "sale_price", "sale_price_effective_date")
READ: Final = (*(name for name in COLUMN.values() if name not in ("currency", "sale_from", "sale_to")), *_MEANT)

_OUT: Final = ("out_of_stock", "sold_out", "discontinued", "unavailable")
_IN: Final = ("in_stock", "preorder", "backorder", "available_for_order", "limited_availability", "online_only")
_AMOUNT: Final = r"(?i)^([a-z]{3})\s*([-+\d.,].*)$"  # "USD 12.99", which Google calls for as "12.99 USD"
_CODE: Final = r"(?i)^([-+\d.,][^a-z]*?)\s*([a-z]{3})$"


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
    said = said.with_columns(*_money("price"), *_money("sale_price"), **_category(), **_stock())
    said = _priced(said.with_columns(_window(said["sale_price_effective_date"])), now, currency)
    return Goods(_as_rows(said), _as_rows(_later(said)), _repairs(said))


def _money(name: str) -> list[pl.Expr]:
    """Amount and currency apart; what is neither is left as it is, to be refused with its own words."""
    text = pl.col(name)
    code = pl.coalesce(text.str.extract(_CODE, 2), text.str.extract(_AMOUNT, 1))
    amount = pl.coalesce(text.str.extract(_CODE, 1), text.str.extract(_AMOUNT, 2), text)
    return [amount.alias(name), code.str.to_uppercase().alias(name + "_currency")]


def _category() -> dict[str, pl.Expr]:
    """The shop's own path, else Google's where it is a path and no number."""
    google = pl.col("google_product_category")
    return {"product_type": pl.coalesce("product_type", pl.when(~google.str.contains(r"^\d+$")).then(google))}


def _stock() -> dict[str, pl.Expr]:
    """Nothing where the feed says that it is out; else the pieces, where they are told."""
    word = pl.col("availability").str.to_lowercase().str.replace_all(r"[\s_-]+", "_").str.replace(r"^.*/", "")
    known = word.is_null() | word.is_in((*_OUT, *_IN))
    quantity = pl.when(word.is_in(_OUT)).then(pl.lit("0")).otherwise("quantity")
    return {"quantity": quantity, "availability_known": known}


def _window(dates: pl.Series) -> list[pl.Series]:
    """`sale_from`, `sale_to` (UTC microseconds) of "begin/end", and `window_read`."""
    halves = dates.str.split_exact("/", 1).struct.unnest()
    start, end = (read_times(halves[name].str.strip_chars())["time"] for name in halves.columns)
    read = dates.is_null() | (start < end).fill_null(value=False)
    return [start.alias("sale_from"), end.alias("sale_to"), read.alias("window_read")]


def _priced(said: pl.DataFrame, now: int, currency: str) -> pl.DataFrame:
    """`sale_read`, `on_sale` (now) and `to_come`; a sale counts only where price and dates can be read too."""
    price, sale = (
        minor_units(pl.col(name), pl.col(name + "_currency").fill_null(currency)) for name in ("price", "sale_price")
    )
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
        "currency": pl.when(on_sale).then("sale_price_currency").otherwise("price_currency"),
        "sale_from": pl.when(dated).then(_iso("sale_from")),
        "sale_to": pl.when(on_sale).then(_iso("sale_to")),
    }
    named = [taken.get(name, pl.col(name)).alias(FIELD + name) for name in COLUMN.values()]
    return said.select("line", "excerpt", "extra", *named)


def _iso(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def _repairs(said: pl.DataFrame) -> dict[str, int]:
    """How many rows lost a sale or an availability that could not be read."""
    sale = pl.col("sale_price").is_not_null() & ~pl.col("sale_read")
    counts = said.select(
        (~pl.col("availability_known")).sum().alias("availability is no word of the feed's: taken as in stock"),
        (sale & pl.col("window_read")).sum().alias("sale_price cannot be read: the price was taken"),
        (sale & ~pl.col("window_read")).sum().alias("the dates of the sale cannot be read: the price was taken"),
    )
    return {reason: int(count) for reason, count in counts.row(0, named=True).items() if count}
