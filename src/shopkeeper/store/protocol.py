"""The four narrow seams of the shop's memory, and the small records they answer with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shopkeeper.record import Event, Item, ItemPatch, Offer
from shopkeeper.store.exposure import Exposure
from shopkeeper.store.frame import LOG_COLUMN
from shopkeeper.store.history import Histories


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken: its position in what was sent, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; returned only after its commit. `change` is the store's change number after it."""

    accepted: int
    duplicate: int = 0
    rejected: tuple[Refusal, ...] = ()
    change: int = 0


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the store holds it."""

    item: Item
    item_index: int
    offers: tuple[Offer, ...]
    change: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Items that changed, in order of their change numbers; `frame` has CATALOGUE_COLUMN, deleted rows marked.

    Ask again with `since=last` until `frame` is empty.
    """

    frame: pl.DataFrame
    last: int


@dataclass(frozen=True, slots=True)
class Publication:
    """Which bundle an experiment arm was told to serve, and when (UTC microseconds)."""

    arm: str
    bundle_id: str
    time: int


class Catalogue(Protocol):
    """Items and offers."""

    def put(self, items: Sequence[Item], offers: Sequence[Offer] = (), now: int | None = None) -> Receipt:
        """Insert or replace whole items; offers are added or replaced by (item, market, valid_from).

        An offer without `valid_from` says what holds from `now` on: see `ingest_offers`.
        """
        ...

    def patch(self, patches: Sequence[ItemPatch], now: int) -> Receipt:
        """Change what each patch names, in one transaction; an unknown or deleted item is refused by row."""
        ...

    def get(self, item_id: str) -> StoredItem | None:
        """The item, or None where it is unknown or deleted."""
        ...

    def delete(self, item_id: str) -> bool:
        """Mark an item deleted; False where there was none. Its item_index is never used again for another."""
        ...

    def delete_offer(self, item_id: str, market: str, valid_from: int | None = None) -> int:
        """Take back an item's offer of a market, all of them where no `valid_from` is given; returns how many."""
        ...

    def ingest_items(self, frame: pl.DataFrame, *, partial: bool = False) -> Receipt:
        """Bulk `put` of a frame of ITEM_COLUMN; unchanged rows keep their change number.

        With `partial`, columns that the frame lacks stay as they are, `attributes` are merge patches (RFC 7396; null:
        nothing to merge), and unknown items are refused.
        """
        ...

    def ingest_offers(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> Receipt:
        """Bulk `put` of a frame of OFFER_COLUMN; an offer of an unknown item is refused.

        With `now`, an offer without `valid_from` says what holds from now on (offer_state.py); it is a duplicate where
        it holds already. With `partial`, what such an offer's frame has no column for stays as it holds.
        """
        ...

    def frame(self, as_of: int) -> pl.DataFrame:
        """All items (CATALOGUE_COLUMN, sorted by item_index), prices as of a time."""
        ...

    def item_ids(self) -> pl.DataFrame:
        """item_id and item_index of all items, deleted ones included."""
        ...

    def changes(self, since: int, as_of: int, limit: int = 10_000) -> Changes:
        """Items whose own row or offers changed after change number `since`: at most `limit`, oldest first."""
        ...


class EventLog(Protocol):
    """Users and what they did."""

    def append(self, events: Sequence[Event]) -> Receipt:
        """Commit events and their aggregates in one transaction; an event_id that is known counts as duplicate.

        An event with an unknown item_id, or without user_id and visitor_id, is refused by row.
        """
        ...

    def ingest(self, frame: pl.DataFrame) -> Receipt:
        """Bulk `append` of a frame of EVENT_COLUMN."""
        ...

    def ingest_users(self, frame: pl.DataFrame) -> Receipt:
        """Insert or replace the attributes of users (USER_COLUMN)."""
        ...

    def users(self) -> pl.DataFrame:
        """user_id, attributes and person of all known users, sorted by user_id (as numbers where all are)."""
        ...

    def user_ids(self, prefix: str, n: int) -> list[str]:
        """At most n known user ids that begin with a text, shorter ones first."""
        ...

    def history(self, user_id: str | None, visitor_id: str | None) -> Histories:
        """The history of one person (length 1; empty where unknown), from one indexed read."""
        ...

    def frame(self, before: int | None = None) -> pl.DataFrame:
        """Shoppers' events (LOG_COLUMN; none of bots and staff) before a time, sorted by person and time."""
        ...

    def persons(self) -> pl.DataFrame:
        """person (the permanent int32) and user_id of all persons, guests with a null user_id."""
        ...

    def count(self) -> int:
        """How many events the log holds."""
        ...

    def last_time(self) -> int | None:
        """The time of the latest event."""
        ...


class Office(Protocol):
    """Publication of bundles, and the record of imports."""

    def publish(self, bundle_id: str, arm: str = "main") -> Publication:
        """Make an arm serve a bundle, atomically; kept as history."""
        ...

    def publications(self, arm: str = "main") -> list[Publication]:
        """The arm's history, newest first; the first is being served."""
        ...

    def import_done(self, fingerprint: str) -> str | None:
        """The JSON summary of a finished import of these very inputs, else None."""
        ...

    def import_progress(self, fingerprint: str) -> int:
        """How many staged batches of this import are committed."""
        ...

    def record_import(self, fingerprint: str, batches: int, summary: str | None) -> None:
        """Note progress; a summary marks the import as finished."""
        ...


class Store(Protocol):
    """One shop's memory, on one connection URL."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def office(self) -> Office: ...

    def change_number(self) -> int:
        """The number of the last committed change."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this code's version; raises StoreError where the database is newer."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
