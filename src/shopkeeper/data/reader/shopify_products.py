"""The reader `shopify_products`: Shopify's product export; a row is a variant, or one more image of a product."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.html_text import plain_text
from shopkeeper.data.reader.inherit import FIRST, OPENS, Inheritance
from shopkeeper.data.reader.protocol import FIELD, Chunk, ReadOption, RowKind, reject_frame
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.shopify import ShopifyTable, handle, header_names, sku
from shopkeeper.data.reader.value import number
from shopkeeper.error import InputError

_PLACES: Final = (1, 2, 3)
_SPELLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handle": "handle url_handle",
        "title": "title",
        "body": "body_html description body",
        "vendor": "vendor",
        "category": "product_category standard_product_type standardized_product_type",
        "type": "type custom_product_type",
        "tags": "tags",
        "published": "published published_on_online_store",
        "status": "status",
        "sku": "variant_sku sku",
        "price": "variant_price price",
        "inventory": "variant_inventory_qty inventory_quantity",
        "tracker": "variant_inventory_tracker inventory_tracker",
        "policy": "variant_inventory_policy continue_selling_when_out_of_stock",
        "image": "image_src product_image_url",
        "variant_image": "variant_image variant_image_url",
        # Left out: what an item costs the shop is not for all who read attributes; images have places, not variants.
        "cost": "cost_per_item",
        "image_place": "image_position",
        "image_words": "image_alt_text",
        **{f"name{place}": f"option{place}_name" for place in _PLACES},
        **{f"value{place}": f"option{place}_value" for place in _PLACES},
    }
)
# Said in a product's first row, for all its variants.
_OF_PRODUCT: Final = ("title", "body", "vendor", "category", "type", "tags", "published", "status")
_INHERITED: Final = (*_OF_PRODUCT, "image", *(f"name{place}" for place in _PLACES))
_NOTES: Final = (
    "variants of one handle are a group, rows with an image only are no items.",
    "what an item costs the shop is left out.",
)
_ORPHAN: Final = "no row with this handle and a title stands right before it"
_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item_id": "sku",
        "title": "title",
        "description": "body",
        "category": "category",
        "brand": "vendor",
        "group_id": "handle",
        "url": "url",
        "image_url": "image",
        "enabled": "published",
        "price": "price",
        "stock": "inventory",
    }
)


class ShopifyProductsReader:
    """Headers of all years; a variant is called by its product's title and its options."""

    def recognises(self, sample: Sample) -> bool:
        names = header_names(sample)
        return bool(names & {"handle", "url_handle"}) and {"title", "option1_value"} <= names

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        if option.mapping or option.kind not in (None, RowKind.ITEMS):
            raise InputError(f"{path.name}: this export holds items and names its columns; for others: --format csv")
        table = ShopifyTable(path, _SPELLING, ["handle"])
        column = table.columns(_COLUMN)
        notes = tuple(f"{path.name}: {note}" for note in _NOTES)
        canonical = Canonical(Plan(RowKind.ITEMS, column, (), notes), option, path.name)
        product = Inheritance("handle", _INHERITED)
        for rows, rejects in table.parts():
            extra = json_of_texts(rows, table.others)
            whole = product.beside(rows.with_columns(extra.alias("extra")))
            variants, orphans = _variants(whole, titled="title" in table.told)
            said = orphans["excerpt"].to_list()
            refused = reject_frame(path.name, orphans["line"], table.told.get("title", ""), _ORPHAN, said)
            items, repairs = _items(variants, column, tracked="tracker" in table.told)
            first, *more = canonical.chunks(items, pl.concat([rejects, refused]))
            yield replace(first, repairs={**first.repairs, **repairs})
            yield from more


def _variants(whole: pl.DataFrame, *, titled: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that are variants, with what their product says of them; and those whose product was not told."""
    product = [pl.coalesce(name, FIRST + name).alias(name) for name in _INHERITED if name != "image"]
    whole = whole.with_columns(product)
    said = [pl.col(name).is_not_null() for name in ("sku", "price", *(f"value{place}" for place in _PLACES))]
    rows = whole.filter(pl.col(OPENS) | pl.any_horizontal(said))
    orphan = pl.col("title").is_null() & pl.lit(value=titled)
    return rows.filter(~orphan), rows.filter(orphan)


def _items(rows: pl.DataFrame, column: Mapping[str, str], *, tracked: bool) -> tuple[pl.DataFrame, dict[str, int]]:
    """Raw rows for Canonical, and how many of them had to be changed."""
    options = [_option(place) for place in _PLACES]
    spoken = pl.concat_str(options, separator=" / ", ignore_nulls=True)
    rows = rows.with_columns(plain_text(rows["body"]), pl.when(spoken != "").then(spoken).alias("options"))
    known, kept = sku(pl.col("sku")), rows["sku"].str.starts_with("'")
    made = handle(pl.concat_str("handle", "options", separator=" ", ignore_nulls=True))
    taken = {
        "sku": pl.coalesce(known, made),
        "title": pl.concat_str("title", "options", separator=" - ", ignore_nulls=True),
        "category": pl.coalesce(pl.when(~pl.col("category").str.contains(r"^\d+$")).then("category"), "type"),
        "image": pl.coalesce("variant_image", FIRST + "image"),
        "url": pl.format("/products/{}", "handle"),
        "published": _published(),
        "inventory": _stock_left(tracked=tracked),
    }
    named = [taken.get(name, pl.col(name)).alias(FIELD + column[field]) for field, name in _COLUMN.items()]
    raw = rows.select("line", "excerpt", _attributes(rows).alias("extra"), *named)
    counts = {
        "an apostrophe before the SKU removed": int(kept.sum()),
        "no SKU: the handle and the options are the id": int(rows.select(known.is_null().sum()).item()),
        "an inventory below zero read as none": int(rows.select((number(pl.col("inventory")) < 0).sum()).item() or 0),
    }
    return raw, {reason: count for reason, count in counts.items() if count}


def _option(place: int) -> pl.Expr:
    """An option's value; "Default Title" is what Shopify writes for a product without options."""
    value = pl.col(f"value{place}")
    return pl.when(value != "Default Title").then(value)


def _published() -> pl.Expr:
    """Shown in the shop: active, and published to the online store."""
    hidden = pl.col("status").str.to_lowercase().is_in(["draft", "archived", "unlisted"]).fill_null(value=False)
    return pl.when(hidden).then(pl.lit("false")).otherwise(pl.col("published"))


def _stock_left(*, tracked: bool) -> pl.Expr:
    """Pieces, none below zero; null where nobody counts them, or where selling goes on without any."""
    pieces = number(pl.col("inventory"))
    goes_on = pl.col("policy").str.to_lowercase().is_in(["continue", "true", "yes"]).fill_null(value=False)
    counted = pl.col("tracker").is_not_null() if tracked else pl.lit(value=True)
    left = pl.when(pieces < 0).then(pl.lit("0")).otherwise("inventory")
    return pl.when(counted & ~(goes_on & (pieces <= 0))).then(left)


def _attributes(rows: pl.DataFrame) -> pl.Series:
    """The columns that are no field of ours, tags and type, and the options under their own names, last."""
    told = json_of_texts(rows.select(pl.col("tags", "type").name.prefix(FIELD)), ["tags", "type"]).alias("told")
    options = [
        pl.when(_option(place).is_not_null() & pl.col(f"name{place}").is_not_null()).then(
            pl.concat_str(_quoted(f"name{place}"), pl.lit(":"), _quoted(f"value{place}"))
        )
        for place in _PLACES
    ]
    option = pl.concat_str(options, separator=",", ignore_nulls=True)
    members = [pl.col(name).str.slice(1).str.strip_suffix("}") for name in ("extra", "told")]
    parts = [*members, pl.when(option != "").then(option)]
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return rows.with_columns(told).select(pl.when(joined != "").then("{" + joined + "}")).to_series()


def _quoted(name: str) -> pl.Expr:
    """A text as JSON."""
    return pl.struct(pl.col(name).alias("x")).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")
