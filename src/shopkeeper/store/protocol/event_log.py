"""EventLog: users and what they did."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from shopkeeper.record import Event
from shopkeeper.store.history import Histories
from shopkeeper.store.protocol.change import Changes
from shopkeeper.store.protocol.receipt import Receipt


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

    def learned(self, before: int | None = None) -> pl.DataFrame:
        """What models learn from: LEARNED_COLUMN of acts on items before a time, by person, time and change number;
        none of bots and staff. Made for long logs (docs/scale.md)."""
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
