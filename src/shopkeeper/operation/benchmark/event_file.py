"""Files of generated events, of any length: made part by part, the same on every call."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.record import Item
from shopkeeper.store.frame import EVENT_COLUMN

ITEMS: Final = 10_000
_BASKET: Final = 8  # lines
_EVENTS_A_USER: Final = 100  # of a log of ordinary length: more events mean more users, not longer lives
_PART: Final = 250_000  # rows in memory at once
_YEAR: Final = 365 * 86_400 * 1_000_000  # microseconds
_START: Final = 1_483_228_800_000_000  # 2017-01-01
_SEED: Final = 2017


def catalogue() -> list[Item]:
    """The items that the events are about."""
    return [Item(item_id=f"item-{number}", title=f"Item {number}") for number in range(ITEMS)]


def event_parts(rows: int) -> Iterator[pl.DataFrame]:
    """A year of purchases (EVENT_COLUMN) in order of time; few items, and few users, have most of them."""
    users = max(rows // _EVENTS_A_USER, 1)
    for first in range(0, rows, _PART):
        yield _part(first, min(_PART, rows - first), rows, users)


def generated_events(rows: int) -> pl.DataFrame:
    """(rows, EVENT_COLUMN) all parts at once."""
    return pl.concat(event_parts(rows))


def write_parquet(path: Path, rows: int) -> Path:
    """The events as a Parquet file with the columns that have values."""
    import pyarrow.parquet as pq

    parts = (_said(part).to_arrow() for part in event_parts(rows))
    first = next(parts)
    with pq.ParquetWriter(path, first.schema) as writer:
        for table in chain([first], parts):
            writer.write_table(table)
    return path


def write_csv(path: Path, rows: int) -> Path:
    """The events as a CSV file with the columns that have values; times in ISO 8601."""
    with path.open("wb") as file:
        for number, part in enumerate(event_parts(rows)):
            _readable(_said(part)).write_csv(file, include_header=number == 0)
    return path


def _part(first: int, rows: int, all_rows: int, users: int) -> pl.DataFrame:
    rng = np.random.default_rng([_SEED, first])
    number = np.arange(first, first + rows)
    span = _YEAR / all_rows
    customer = (rng.random(rows // _BASKET + 1) ** 2 * users).astype(np.int64)  # of a basket; parts end with one
    item = np.minimum(rng.zipf(1.3, rows) - 1, ITEMS - 1)
    quantity = rng.integers(1, 5, rows)
    columns = {
        "event_id": _named("order-", number),
        "type": pl.repeat("purchase", rows, eager=True),
        "time": _START + (first * span + np.sort(rng.random(rows)) * rows * span).astype(np.int64),
        "user_id": _named("user-", np.repeat(customer, _BASKET)[:rows]),
        "item_id": _named("item-", item),
        "session_id": _named("basket-", number // _BASKET),
        "quantity": quantity.astype(np.float64),
        "value": quantity * rng.integers(50, 2000, rows),
        "currency": pl.repeat("USD", rows, eager=True),
        "context": _named('{"store": ', rng.integers(1, 400, rows), "}"),
    }
    return pl.DataFrame(columns).select(
        pl.col(name).cast(kind) if name in columns else pl.lit(None, kind).alias(name)
        for name, kind in EVENT_COLUMN.items()
    )


def _named(before: str, number: np.ndarray, after: str = "") -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(before), pl.Series(number), pl.lit(after))).to_series()


def _said(part: pl.DataFrame) -> pl.DataFrame:
    """What a shop's export would have: no empty columns, money in major units, the store in a column of its own."""
    store = pl.col("context").str.extract(r"(\d+)").alias("store")
    filled = [name for name in part.columns if part[name].null_count() < part.height and name != "context"]
    time = pl.from_epoch("time", time_unit="us").dt.replace_time_zone("UTC")
    return part.select(*filled, store).with_columns(time, pl.col("value") / 100)


def _readable(part: pl.DataFrame) -> pl.DataFrame:
    return part.with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
