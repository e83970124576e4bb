"""Export: goods, users and events as Parquet, for anybody to read and for `shopkeeper import` to take in again.

One consistent state, streamed. What stays in memory are ids: of items, of persons and of visitors.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from shopkeeper.data.reader.export import ROWS_OF, TOLD
from shopkeeper.error import InputError
from shopkeeper.operation.shop import Shop
from shopkeeper.record import MARK_OF_CODE, TYPE_OF_CODE, Progress, silent
from shopkeeper.store import Snapshot
from shopkeeper.store.event_key import event_id_of
from shopkeeper.store.frame import EVENT_COLUMN, ITEM_COLUMN, LINK_COLUMN, OFFER_COLUMN, USER_COLUMN


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written: `rows` by file, all as of change number `change`."""

    folder: str
    change: int
    rows: dict[str, int]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def export_shop(shop: Shop, folder: Path, progress: Progress = silent) -> ExportSummary:
    """Write a file for each kind of rows into `folder`. Raises InputError where it is not empty or not writable."""
    began = time.monotonic()
    rows: dict[str, int] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty. Name a new folder for the export.")
        with shop.store.snapshot() as snapshot:
            change = snapshot.change
            for done, (name, frames) in enumerate(_Rows(snapshot).by_file().items()):
                progress(f"exporting: {name}", done, len(ROWS_OF))
                rows[name] = _write(folder / f"{name}.parquet", name, frames)
    except OSError as problem:
        raise InputError(f"The export cannot be written to {folder}: {problem.strerror or problem}.") from None
    progress("exporting", len(ROWS_OF), len(ROWS_OF))
    return ExportSummary(str(folder), change, rows, round(time.monotonic() - began, 3))


class _Rows:
    """The rows of a snapshot in canonical columns, under the ids of the shop."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._item = self._all("item", "item_index", "item_id")
        self._person = self._all("person", "person", "user_id")
        self._visitor = self._all("visitor", "visitor_id", "person").join(self._person, on="person", how="left")

    def by_file(self) -> dict[str, Iterable[pl.DataFrame]]:
        """The frames of each file of an export."""
        users = pl.col("user_id").is_not_null()
        return {
            "items": map(_item_rows, self._snapshot.frames("item")),
            "offers": map(self._offer_rows, self._snapshot.frames("offer")),
            "users": (
                frame.filter(users).select(*USER_COLUMN)
                for frame in self._snapshot.frames("person", ["person", "user_id", "attributes"])
            ),
            "visitors": iter([self._visitor.filter(users).select(*LINK_COLUMN)]),
            "events": self._events(),
        }

    def _all(self, table: str, *columns: str) -> pl.DataFrame:
        return pl.concat(list(self._snapshot.frames(table, columns)))

    def _offer_rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(self._item, on="item_index", how="left", maintain_order="left").select(*OFFER_COLUMN)

    def _events(self) -> Iterator[pl.DataFrame]:
        """Of a guest, who has no user_id, the first of their visitor ids."""
        guests = self._visitor.filter(pl.col("user_id").is_null()).group_by("person").agg(pl.col("visitor_id").min())
        for frame in self._snapshot.frames("event"):
            told = frame.join(self._item, on="item_index", how="left", maintain_order="left")
            told = told.join(self._person, on="person", how="left", maintain_order="left")
            told = told.join(guests, on="person", how="left", maintain_order="left")
            yield told.with_columns(
                event_id_of(pl.col("event_key")).alias("event_id"),
                pl.col("type").replace_strict(TYPE_OF_CODE, return_dtype=pl.String),
                pl.col("mark").replace_strict(MARK_OF_CODE, default=None, return_dtype=pl.String),
            ).select(*EVENT_COLUMN)


def _item_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Deleted items go along as disabled ones, for events speak of them."""
    return frame.with_columns(pl.col("enabled") & ~pl.col("deleted")).select(*ITEM_COLUMN)


def _write(path: Path, name: str, frames: Iterable[pl.DataFrame]) -> int:
    """Write one file, which says what its rows are; returns how many they are."""
    rows, writer = 0, None
    for frame in frames:
        arrow = frame.to_arrow()
        writer = writer or pq.ParquetWriter(path, arrow.schema.with_metadata({TOLD: name}), compression="zstd")
        writer.write_table(arrow)
        rows += frame.height
    assert writer is not None
    writer.close()
    return rows
