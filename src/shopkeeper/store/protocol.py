"""The narrow seams of the shop's memory, and the small records they answer with."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shopkeeper.record import Event, EventType, Item, ItemPatch, Offer, User
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
    marked: int = 0  # of the accepted: events of bots and staff


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the store holds it."""

    item: Item
    item_index: int
    offers: tuple[Offer, ...]
    change: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows that changed, in order of their change numbers: items (CATALOGUE_COLUMN, deleted ones marked) or events
    (EVENT_CHANGE_COLUMN).

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


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """All that is held of one person. `user_id` is None of a guest, `person` of whom nothing but exposures is known.

    `events` have the columns of the table, `item_id` for `item_index`; `exposures` EXPOSURE_COLUMN.
    """

    user_id: str | None
    visitor_ids: tuple[str, ...]
    person: int | None
    attributes: str  # a JSON object
    events: pl.DataFrame
    exposures: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure deleted; until `until` (UTC microseconds) nothing of that person is taken again."""

    events: int
    exposures: int
    visitor_ids: tuple[str, ...]
    until: int


class Catalogue(Protocol):
    """Items and offers."""

    def put(
        self, items: Sequence[Item], offers: Sequence[Offer] = (), now: int | None = None, *, new_only: bool = False
    ) -> Receipt:
        """Insert or replace whole items; offers are added or replaced by (item, market, valid_from).

        With `new_only`, items that are known, deleted ones too, stay as they are and count as duplicate. An offer
        without `valid_from` says what holds from `now` on: see `ingest_offers`.
        """
        ...

    def patch(self, patches: Sequence[ItemPatch], now: int) -> Receipt:
        """Change what each patch names, in one transaction.

        Unknown and deleted items are refused by row, and all but the first patch of an item.
        """
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

    def ingest_items(self, frame: pl.DataFrame, *, partial: bool = False, new_only: bool = False) -> Receipt:
        """Bulk `put` of a frame of ITEM_COLUMN; unchanged rows keep their change number.

        With `partial`, columns that the frame lacks stay as they are, `attributes` are merge patches (RFC 7396; null:
        nothing to merge), and unknown items are refused.
        """
        ...

    def ingest_offers(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> Receipt:
        """Bulk `put` of a frame of OFFER_COLUMN; an offer of an unknown or deleted item is refused.

        With `now`, an offer without `valid_from` says what holds from now on (offer_state.py); it is a duplicate where
        it holds already. With `partial`, what such an offer's frame has no column for stays as it holds.
        """
        ...

    def frame(self, as_of: int) -> pl.DataFrame:
        """All items (CATALOGUE_COLUMN, sorted by item_index), prices as of a time."""
        ...

    def item_ids(self, among: Sequence[str] | None = None) -> pl.DataFrame:
        """item_id and item_index of all items, or of those of some ids; deleted ones included."""
        ...

    def repriced(self, since: int, as_of: int) -> pl.DataFrame:
        """Items with an offer, of any market, that begins or ends between two times: CATALOGUE_COLUMN, as of `as_of`.

        After the earlier and up to the later time, whichever that is: a clock may be set back.
        """
        ...

    def offers(self, markets: Sequence[str], as_of: int, item_indices: Sequence[int] | None = None) -> pl.DataFrame:
        """What holds in these markets (MARKET_COLUMN) at a time, of all items or of some."""
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
        """At most n known user ids that begin with a text, shorter ones first; nobody of whom all acts are marked."""
        ...

    def history(self, user_id: str | None, visitor_id: str | None) -> Histories:
        """The history of one person (length 1; empty where unknown), from one indexed read."""
        ...

    def frame(self, before: int | None = None, columns: Sequence[str] = tuple(LOG_COLUMN)) -> pl.DataFrame:
        """Shoppers' events (none of bots and staff) before a time, sorted by person, time and change number.

        `columns` of LOG_COLUMN: what is not asked for is not read.
        """
        ...

    def persons(self) -> pl.DataFrame:
        """person (the permanent int32) and user_id of all persons, guests with a null user_id."""
        ...

    def changes(self, since: int, limit: int = 10_000) -> Changes:
        """Events after change number `since`, those of bots and staff too: at most `limit`, oldest first.

        An event never changes but for its person, when a guest turns out to be a user, and to be erased; neither is
        told here.
        """
        ...

    def count(self) -> int:
        """How many events the log holds, those of bots and staff too."""
        ...

    def last_time(self) -> int | None:
        """The time of the latest event of a shopper."""
        ...


class ExposureLog(Protocol):
    """The responses that were given; exposed is not seen."""

    def append(self, exposures: Sequence[Exposure]) -> int:
        """Commit responses, those of a known recommendation_id once; returns how many, of erased people none."""
        ...

    def get(self, recommendation_id: str) -> Exposure | None:
        """One response, or None."""
        ...

    def frame(self, since: int, before: int) -> pl.DataFrame:
        """The responses of a span of time (EXPOSURE_COLUMN, sorted by time)."""
        ...

    def count(self, before: int | None = None) -> int:
        """How many responses the log holds, or holds of before a time."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Delete at most `limit` responses of before a time, the oldest first; returns how many that were."""
        ...


class People(Protocol):
    """What is held of each person, and how it is forgotten."""

    def link(self, frame: pl.DataFrame) -> Receipt:
        """Note which visitors are which users (LINK_COLUMN), as a login does: what a guest did becomes the user's.

        A link of an erased user or visitor is refused by row, until there is a new event of theirs.
        """
        ...

    def held(self, id: str, *, visitor: bool = False) -> Held | None:
        """All that is held of a user (or of a visitor, whoever that is), None where it is nothing."""
        ...

    def erase(self, id: str, now: int, *, visitor: bool = False) -> Erased:
        """Delete every row of a user or a guest, and leave a tombstone: what they did until then is not taken again.

        Raises NotFound where nothing is held, InputError for a visitor who is a user.
        """
        ...

    def user(self, user_id: str) -> User | None:
        """What the shop knows about a user, None where it knows no such user."""
        ...

    def users(self, after: int, limit: int) -> dict[int, User]:
        """At most `limit` users by the permanent numbers of their persons, in order; those above `after`, from -1."""
        ...

    def acts(
        self,
        since: int,
        limit: int,
        *,
        kinds: Collection[EventType] = (),
        user_id: str | None = None,
        item_id: str | None = None,
    ) -> pl.DataFrame:
        """What known users did to items after a change number (USER_ACT_COLUMN, sorted by change), guests left out.

        At most `limit`, oldest first; of some types, one user or one item where they are named.
        """
        ...

    def take_back(self, changes: Sequence[int]) -> int:
        """Delete the events of these change numbers, as never done; returns how many there were."""
        ...

    def aged(self, before: int) -> pl.DataFrame:
        """`person` and `rows`, how many events of before a time they have."""
        ...

    def forget(self, persons: Sequence[int], before: int) -> int:
        """Delete these persons' events of before a time; their aggregates are made anew of what remains.

        Guests without any event left go too. Returns how many events that were.
        """
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


class Snapshot(Protocol):
    """The whole store as of one moment."""

    @property
    def schema_version(self) -> str: ...

    @property
    def change(self) -> int:
        """The change number at that moment."""
        ...

    @property
    def tables(self) -> Sequence[str]: ...

    def frames(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """A table's rows in order of its primary key, some ten thousand at a time; all columns, or some.

        At least one frame, which of an empty table has its columns only.
        """
        ...


class Store(Protocol):
    """One shop's memory, on one connection URL."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def exposures(self) -> ExposureLog: ...

    @property
    def people(self) -> People: ...

    @property
    def office(self) -> Office: ...

    def change_number(self) -> int:
        """The number of the last committed change."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this code's version; raises StoreError where the database is newer."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Read everything as of one moment, while others write."""
        ...

    def restore(self, frames: Mapping[str, Iterable[pl.DataFrame]]) -> None:
        """Fill an empty store with the tables of a snapshot, whole or not at all. Raises InputError on any other."""
        ...

    def scrub(self) -> bool:
        """Take deleted rows off the disk as far as the database can; False where their bytes may still be there."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
