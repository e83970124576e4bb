"""What makes a row unreadable: the first thing that is wrong with it, over whole columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.protocol import ReadOption, RowKind
from shopkeeper.record import DAY, LEAST_RATING, MOST_RATING, RATING_SCALE, EventType, ItemKind, Mark

LARGEST: Final = 2.0**53  # beyond it a float no longer counts by ones

# Columns x that are more than a text; `x_read` beside them holds the value, null where it could not be read.
NUMBERS: Final[Mapping[RowKind, tuple[str, ...]]] = MappingProxyType(
    {
        RowKind.EVENTS: ("quantity", "rating", "position"),
        RowKind.ITEMS: ("stock",),
        RowKind.OFFERS: ("stock",),
        RowKind.USERS: (),
    }
)
MONEY: Final[Mapping[RowKind, tuple[str, ...]]] = MappingProxyType(
    {RowKind.EVENTS: ("value", "unit_price"), RowKind.ITEMS: ("price",), RowKind.OFFERS: ("price",), RowKind.USERS: ()}
)
TIMES: Final[Mapping[RowKind, tuple[str, ...]]] = MappingProxyType(
    {
        RowKind.EVENTS: ("time",),
        RowKind.ITEMS: ("available_from", "expires_at", "valid_from", "valid_to"),
        RowKind.OFFERS: ("valid_from", "valid_to"),
        RowKind.USERS: (),
    }
)


def fault(rows: pl.DataFrame, kind: RowKind, option: ReadOption) -> pl.Expr:
    """{column, reason} of the first thing that is wrong with a row; null where nothing is."""
    checks = _Checks(rows.columns)
    if kind is RowKind.EVENTS:
        _event(checks, option)
    elif kind is RowKind.ITEMS:
        _item(checks)
    elif kind is RowKind.OFFERS:
        _offer(checks)
    else:
        checks.wrong(pl.col("user_id").is_null(), "user_id", "no user_id")
    for name in TIMES[kind]:
        checks.unread(name, "{} is no time; write ISO 8601 or Unix seconds, milliseconds or microseconds")
    for name in (*NUMBERS[kind], *MONEY[kind]):
        checks.unread(name, "{} is no number")
        checks.wrong_value(name, pl.col(name + "_read").abs() > LARGEST, "{} is too large a number")
    odd = ~pl.col("currency").str.contains("^[A-Za-z]{3}$")
    checks.wrong_value("currency", odd, "{} is no ISO 4217 currency code")
    checks.unnamed(kind)
    return pl.coalesce(checks.found)


def speaking(columns: Sequence[str]) -> list[str]:
    """The columns of which an offer fills one at least; a price is not emptied by saying that an item can be had."""
    names = ("price", "stock") if "price" in columns else ("availability", "stock")
    return [name for name in names if name in columns]


@dataclass
class _Checks:
    """Collects checks of columns that the rows have."""

    columns: list[str]
    found: list[pl.Expr] = field(default_factory=list)

    def wrong(self, condition: pl.Expr, column: str, reason: str) -> None:
        """Rows where the condition holds are wrong; "{}" in the reason shows the value."""
        value = pl.col(column).fill_null("").str.slice(0, 40)
        said = pl.format(reason, value) if "{}" in reason else pl.lit(reason)
        self.found.append(pl.when(condition).then(pl.struct(pl.lit(column).alias("column"), said.alias("reason"))))

    def wrong_value(self, column: str, condition: pl.Expr, reason: str) -> None:
        """As `wrong`, where the rows have the column at all."""
        if column in self.columns:
            self.wrong(condition, column, reason)

    def unnamed(self, kind: RowKind) -> None:
        """Money whose currency cannot be told."""
        there = [name for name in MONEY[kind] if name in self.columns]
        if not there:
            return
        spoken = pl.coalesce([pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in there])
        self.found.append(
            pl.when(pl.col("currency_fault").is_not_null()).then(
                pl.struct(spoken.alias("column"), pl.col("currency_fault").alias("reason"))
            )
        )

    def unread(self, column: str, reason: str) -> None:
        """A text is there and could not be read."""
        self.wrong_value(column, pl.col(column).is_not_null() & pl.col(column + "_read").is_null(), reason)


def _event(checks: _Checks, option: ReadOption) -> None:
    """An event needs a time that is not to come, a person, a type that we know, and an item."""
    checks.wrong(pl.col("time").is_null(), "time", "no time")
    checks.wrong(pl.col("time_read") > option.now + DAY, "time", "{} is in the future")
    people = [name for name in ("user_id", "visitor_id") if name in checks.columns]
    nobody = pl.all_horizontal([pl.col(name).is_null() for name in people])
    checks.wrong(nobody, people[0], "neither user_id nor visitor_id")
    checks.wrong_value("type", pl.col("type").is_null(), "no event type")
    checks.unread("type", "{} is no event type that we know")
    checks.wrong_value("mark", ~pl.col("mark").is_in([mark.value for mark in Mark]), "{} is neither bot nor staff")
    about_item = pl.col("type_read") != EventType.SEARCH.value if "type" in checks.columns else pl.lit(True)
    checks.wrong_value("item_id", pl.col("item_id").is_null() & about_item, "no item_id")
    none = pl.col("quantity_read") <= 0
    checks.wrong_value("quantity", none, "quantity must be above 0; a return is an event of type return")
    checks.wrong_value("rating", ~pl.col("rating_read").is_between(LEAST_RATING, MOST_RATING), RATING_SCALE)
    if "item_id" not in checks.columns:
        checks.wrong(about_item, "time", "no item_id")


def _item(checks: _Checks) -> None:
    """An item needs an id."""
    checks.wrong(pl.col("item_id").is_null(), "item_id", "no item_id")
    checks.wrong_value("price", pl.col("price_read") < 0, "{} is below zero")
    checks.unread("enabled", "{} is neither true nor false")
    known = [kind.value for kind in ItemKind]
    checks.wrong_value("kind", ~pl.col("kind").str.to_lowercase().is_in(known), "{} is no kind of item")


def _offer(checks: _Checks) -> None:
    """An offer needs an id, and a price or a stock."""
    checks.wrong(pl.col("item_id").is_null(), "item_id", "no item_id")
    checks.wrong_value("price", pl.col("price_read") < 0, "{} is below zero")
    said = speaking(checks.columns)
    checks.wrong(pl.all_horizontal([pl.col(name).is_null() for name in said]), said[0], "neither price nor stock")
