"""The reader `shopify_orders`: Shopify's order export; a row is a line of an order, whose first row says the rest.

Addresses, names, telephones and notes of customers are not taken: nothing here learns from them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.extra import json_of_values
from shopkeeper.data.reader.inherit import FIRST, Inheritance
from shopkeeper.data.reader.order_line import OrderLines
from shopkeeper.data.reader.protocol import FIELD, Chunk, ReadOption, RowKind, no_rejects
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.shopify import ShopifyTable, handle, header_names, sku
from shopkeeper.data.reader.value import number
from shopkeeper.error import InputError
from shopkeeper.record import EventType

_SPELLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "order": "name order_name",
        "email": "email",
        "customer": "customer_id",
        "status": "financial_status",
        "paid": "paid_at",
        "fulfilled": "fulfilled_at",
        "created": "created_at",
        "cancelled": "cancelled_at",
        "currency": "currency",
        "total": "total",
        "refunded": "refunded_amount",
        "quantity": "lineitem_quantity",
        "title": "lineitem_name",
        "price": "lineitem_price",
        "sku": "lineitem_sku",
        "discount": "lineitem_discount",
        "code": "discount_code",
        "source": "source",
    }
)
_OF_ORDER: Final = (
    "email",
    "customer",
    "status",
    "paid",
    "fulfilled",
    "created",
    "cancelled",
    "currency",
    "total",
    "refunded",
    "code",
    "source",
)
_FULLY: Final = ("refunded", "voided")
_KEPT: Final = {"title": "title", "status": "financial_status", "code": "discount_code", "source": "source"}  # context
_RECORD: Final = "record"  # a row's number in the file, rows that could not be read counted
_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event_id": "event_id",
        "type": "event",
        "time": "created",
        "user_id": "user_id",
        "visitor_id": "visitor_id",
        "item_id": "sku",
        "session_id": "order",
        "quantity": "quantity",
        "value": "value",
        "unit_price": "price",
        "currency": "currency",
    }
)
_HASHED: Final = "a person is the SHA-256 of the e-mail address; --map Email=user_id keeps the address itself."
_NOTES: Final = (
    "a line is a purchase at the time when the order was made.",
    "names, addresses, telephones and notes are left out.",
)


class ShopifyOrdersReader:
    """Purchases, and returns of orders that were cancelled or refunded as a whole."""

    def recognises(self, sample: Sample) -> bool:
        return {"name", "created_at", "lineitem_quantity", "lineitem_name"} <= header_names(sample)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        table = ShopifyTable(path, _SPELLING, ["order", "created", "title"])
        person = _person_column(table, option, path.name)
        notes = tuple(f"{path.name}: {note}" for note in (*_NOTES, *(() if person else (_HASHED,))))
        column = table.columns(_COLUMN)
        column_back = {**column, "time": table.told.get("cancelled", column["time"])}
        bought = Canonical(Plan(RowKind.EVENTS, column, (), notes), option, path.name)
        returned = Canonical(Plan(RowKind.EVENTS, column_back, (), ()), option, path.name)
        order, seen = Inheritance("order", (*_OF_ORDER, _RECORD, *((person,) if person else ()))), 0
        number_lines = OrderLines()
        for rows, rejects in table.parts():
            numbered = rows.with_columns(_records(rows, rejects, seen))
            seen += rows.height + rejects.height
            lines = number_lines.numbered(_lines(order.beside(numbered), person))
            (first,) = bought.chunks(_events(lines, EventType.PURCHASE, column), rejects)
            yield replace(first, repairs={**first.repairs, **_repairs(lines)})
            back = lines.filter("is_returned")
            if back.height:
                yield from returned.chunks(_events(back, EventType.RETURN, column_back), no_rejects())


def _person_column(table: ShopifyTable, option: ReadOption, file: str) -> str | None:
    """FIELD + the column that the caller takes for the user, or None. Raises InputError for any other wish."""
    wishes = set(option.mapping.values()) - {"user_id"}
    if wishes or len(option.mapping) > 1 or option.kind not in (None, RowKind.EVENTS):
        raise InputError(
            f"{file}: this export holds events and names its columns. Only who a person is can be told, "
            "as in --map Email=user_id; for others: --format csv"
        )
    for column in option.mapping:
        if column not in (*table.told.values(), *table.others):
            raise InputError(f"{file} has no column {column!r}, which --map names.")
        return FIELD + column
    return None


def _records(rows: pl.DataFrame, rejects: pl.DataFrame, seen: int) -> pl.Series:
    """Numbers of rows as text, `seen` having been given: a line keeps its number when one before it is mended."""
    every = pl.concat([rows["line"].cast(pl.Int64), rejects["line"]])
    rank = every.rank("ordinal").cast(pl.Int64) + seen
    return rank.head(rows.height).cast(pl.String).alias(_RECORD)


def _lines(whole: pl.DataFrame, person: str | None) -> pl.DataFrame:
    """Each line with what its order says, its `run` and `place` in it, who bought, when it came back, if it did."""
    first = pl.col(FIRST + _RECORD).cast(pl.Int64)
    place = (pl.col(_RECORD).cast(pl.Int64) - first + 1).alias("place")
    lines = whole.with_columns(
        place, first.alias("run"), *(pl.coalesce(name, FIRST + name).alias(name) for name in _OF_ORDER)
    )
    user = _hashed(lines) if person is None else lines.select(pl.coalesce(person, FIRST + person)).to_series()
    return _returned(lines.with_columns(user.alias("user_id"))).with_columns(
        sku(pl.col("sku")).is_null().alias("without_sku"),
        # Where there is no SKU, what the product export makes of a product without one.
        pl.coalesce(sku(pl.col("sku")), handle(pl.col("title"))).alias("sku"),
        pl.when(pl.col("user_id").is_null()).then(pl.format("order {}", "order")).alias("visitor_id"),
    )


def _returned(lines: pl.DataFrame) -> pl.DataFrame:
    """`is_returned` and the time `returned`; `undated`: the file tells no time; `in_part`: nor which lines."""
    refunded, total = number(pl.col("refunded")), number(pl.col("total"))
    fully = pl.col("status").str.to_lowercase().is_in(_FULLY) | ((refunded > 0) & (refunded >= total))
    fully = fully.fill_null(value=False)
    cancelled = pl.col("cancelled").is_not_null()
    some = (refunded > 0).fill_null(value=False)
    return lines.with_columns(
        pl.coalesce("cancelled", "fulfilled", "paid", "created").alias("returned"),
        (fully | cancelled).alias("is_returned"),
        (fully & ~cancelled).alias("undated"),
        (some & ~fully & ~cancelled).alias("in_part"),
    )


def _hashed(lines: pl.DataFrame) -> pl.Series:
    """The customer's number, else the SHA-256 of the address in lower case; null where there is neither."""
    address = lines["email"].str.to_lowercase()
    distinct = address.drop_nulls().unique()
    known = {text: sha256(text.encode()).hexdigest() for text in distinct}
    hashed = address.replace_strict(known, return_dtype=pl.String) if known else address
    return lines.select(pl.coalesce("customer", hashed)).to_series()


def _events(lines: pl.DataFrame, kind: EventType, column: Mapping[str, str]) -> pl.DataFrame:
    """Raw rows for Canonical."""
    ending, time = ("/return", "returned") if kind is EventType.RETURN else ("", "created")
    discount = number(pl.col("discount"))
    paid = number(pl.col("price")) * number(pl.col("quantity").fill_null("1")) - discount
    taken = {
        "event_id": pl.format("shopify/{}/{}" + ending, "order", "place"),
        "event": pl.lit(kind.value),
        "created": pl.col(time),
        "value": pl.when(discount > 0).then(paid.round(4).cast(pl.String)),
    }
    named = [taken.get(name, pl.col(name)).alias(FIELD + column[field]) for field, name in _COLUMN.items()]
    told = [pl.when(pl.col(name).str.strip_chars() != "").then(name).alias(told) for name, told in _KEPT.items()]
    cancelled = pl.col("cancelled").is_not_null() & (kind is EventType.RETURN)
    context = lines.select(*told, pl.when(cancelled).then(True).alias("cancelled"))
    extra = json_of_values(context, context.columns).alias("extra")
    return lines.select("line", "excerpt", *named).with_columns(extra)


def _repairs(lines: pl.DataFrame) -> dict[str, int]:
    counts = lines.select(
        pl.col("undated").sum().alias("refunded without a time: returned at the last time that the order tells"),
        pl.col("in_part").sum().alias("refunded in part: which lines is not told, so none is read as returned"),
        pl.col("visitor_id").is_not_null().sum().alias("no e-mail address: the order stands for the person"),
        pl.col("without_sku").sum().alias("no SKU: the item's name, written as a handle, is the id"),
    )
    return {reason: int(count) for reason, count in counts.row(0, named=True).items() if count}
