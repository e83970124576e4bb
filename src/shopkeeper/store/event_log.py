"""EventLog: users, what they did, and each one's history in one read."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa

from shopkeeper.error import StoreError
from shopkeeper.record import Event
from shopkeeper.store.database import Database
from shopkeeper.store.erasure import refuse_erased_ids
from shopkeeper.store.event_append import append_together, batch_of_events, batch_of_frame
from shopkeeper.store.frame import EVENT_CHANGE_COLUMN, EVENT_COLUMN, USER_COLUMN
from shopkeeper.store.group_commit import GroupCommit
from shopkeeper.store.history import RECENT, TOTAL, Histories
from shopkeeper.store.log_read import read_learned
from shopkeeper.store.protocol.change import Changes
from shopkeeper.store.protocol.receipt import Receipt
from shopkeeper.store.sieve import conform
from shopkeeper.store.user_write import user_sieve, write_users

# A named user wins over whoever the visitor was last; a guest who is not yet known to be that user counts only
# where the user is not known at all.
_HISTORY: Final = sa.text("""
SELECT total, recent FROM (
    SELECT 0 AS place, total, recent FROM person WHERE user_id = :user_id
    UNION ALL
    SELECT 1 AS place, p.total, p.recent FROM visitor v JOIN person p ON p.person = v.person
    WHERE v.visitor_id = :visitor_id AND (:guest_only = 0 OR p.user_id IS NULL)
) AS found ORDER BY place LIMIT 1
""")
_OF_USER: Final = sa.text("SELECT total, recent FROM person WHERE user_id = :user_id")
_CHANGED: Final = f"""
SELECT {", ".join(EVENT_CHANGE_COLUMN)} FROM event WHERE change > :since ORDER BY change LIMIT :limit
"""
_LATEST: Final = "SELECT max(time) FROM event WHERE mark = 0"  # reads the whole log, for times have no index
# Nothing of what is marked comes into a history: this asks the log only of those who have none.
_SHOPPERS: Final = """
(length(p.total) > 0 OR NOT EXISTS (SELECT 1 FROM event e WHERE e.person = p.person AND e.mark <> 0))
"""
_PERSON: Final = {"person": pl.Int32(), "user_id": pl.String()}


class SqlEventLog:
    """The users and events of a shop, see protocol.event_log.EventLog."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = GroupCommit(partial(append_together, database), shared=StoreError)

    def append(self, events: Sequence[Event]) -> Receipt:
        return self._together.submit(batch_of_events(events))

    def ingest(self, frame: pl.DataFrame) -> Receipt:
        return self._together.submit(batch_of_frame(conform(frame, EVENT_COLUMN, "events"), frame.height))

    def ingest_users(self, frame: pl.DataFrame) -> Receipt:
        sieve = user_sieve(conform(frame, USER_COLUMN, "users"))
        with self._database.write() as transaction:
            refuse_erased_ids(transaction, sieve, "user_id")
            accepted = write_users(transaction, sieve.frame)
            change = transaction.change
        return Receipt(accepted, sieve.frame.height - accepted, sieve.refusals, change)

    def users(self) -> pl.DataFrame:
        statement = "SELECT user_id, attributes, person FROM person WHERE user_id IS NOT NULL"
        with self._database.read() as reading:
            found = reading.fetch(statement, {**USER_COLUMN, "person": pl.Int32()})
        number = pl.col("user_id").cast(pl.Int64, strict=False)
        return found.sort(pl.when(number.is_not_null().all()).then(number), "user_id")

    def user_ids(self, prefix: str, n: int) -> list[str]:
        user_id = self._database.dialect.by_code_point("user_id")
        statement = f"SELECT user_id FROM person p WHERE {user_id} >= :low AND {user_id} < :high AND {_SHOPPERS}"
        order = f"ORDER BY length(user_id), {user_id} LIMIT :n"
        with self._database.read() as reading:
            found = reading.rows(f"{statement} {order}", low=prefix, high=prefix + "\U0010ffff", n=n)
        return [str(row[0]) for row in found]

    def history(self, user_id: str | None, visitor_id: str | None) -> Histories:
        with self._database.read() as reading:
            if visitor_id is None:
                row = reading.connection.execute(_OF_USER, {"user_id": user_id}).first()
            else:
                ids = {"user_id": user_id, "visitor_id": visitor_id, "guest_only": int(user_id is not None)}
                row = reading.connection.execute(_HISTORY, ids).first()
        total, recent = (b"", b"") if row is None else row
        return _history(np.frombuffer(total, TOTAL), np.frombuffer(recent, RECENT))

    def learned(self, before: int | None = None) -> pl.DataFrame:
        return read_learned(self._database, before)

    def persons(self) -> pl.DataFrame:
        with self._database.read() as reading:
            return reading.fetch("SELECT person, user_id FROM person ORDER BY person", _PERSON)

    def changes(self, since: int, limit: int = 10_000) -> Changes:
        with self._database.read() as reading:
            frame = reading.fetch(_CHANGED, EVENT_CHANGE_COLUMN, since=since, limit=limit)
        return Changes(frame, since if frame.is_empty() else int(frame["change"][-1]))

    def count(self) -> int:
        with self._database.read() as reading:
            return int(reading.rows("SELECT count(*) FROM event")[0][0])

    def last_time(self) -> int | None:
        with self._database.read() as reading:
            latest: int | None = reading.rows(_LATEST)[0][0]
            return latest


def _history(total: np.ndarray, recent: np.ndarray) -> Histories:
    return Histories(total, np.array([0, len(total)], np.int64), recent, np.array([0, len(recent)], np.int64))
