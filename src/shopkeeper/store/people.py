"""People: all that is held of one person, erasing it, and letting go of what is old."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Final

import polars as pl
import sqlalchemy as sa

from shopkeeper.error import InputError, NotFound
from shopkeeper.record import EventType, User
from shopkeeper.store.database import Database
from shopkeeper.store.erasure import entomb, refuse_erased_ids
from shopkeeper.store.exposure import STORED_COLUMN, unpacked
from shopkeeper.store.frame import LINK_COLUMN, USER_COLUMN
from shopkeeper.store.person import resolve_persons
from shopkeeper.store.protocol.people import Acts, Erased, Held
from shopkeeper.store.protocol.receipt import Receipt
from shopkeeper.store.rebuild import rebuild_aggregates
from shopkeeper.store.row import user_frame
from shopkeeper.store.schema import EVENT
from shopkeeper.store.sieve import Sieve, conform, too_long
from shopkeeper.store.transaction import Reading, Transaction
from shopkeeper.store.type_of import schema_of
from shopkeeper.store.user_act import take_back, user_acts
from shopkeeper.store.user_write import user_sieve, write_users

_OF_USER: Final = "SELECT person, user_id, attributes FROM person WHERE user_id = :id"
_OF_VISITOR: Final = """
SELECT p.person, p.user_id, p.attributes FROM visitor v JOIN person p ON p.person = v.person WHERE v.visitor_id = :id
"""
_USERS: Final = """
SELECT person, user_id, attributes FROM person WHERE person > :after AND user_id IS NOT NULL
ORDER BY person LIMIT :limit
"""
# What the sender said; the rest follows from it.
_MADE: Final = ("person", "event_key", "item_index", "share")
_SAID: Final = [column.name for column in EVENT.columns if column.name not in _MADE]
_EVENTS: Final = f"""
SELECT {", ".join(f"e.{name}" for name in _SAID)}, i.item_id
FROM event e LEFT JOIN item i ON i.item_index = e.item_index WHERE e.person = :person ORDER BY e.time, e.change
"""
_EXPOSED: Final = f"SELECT {', '.join(STORED_COLUMN)} FROM exposure WHERE"
_OLD: Final = "SELECT person, count(*) FROM event WHERE time < :before GROUP BY person ORDER BY person"
_GUESTS: Final = """
SELECT p.person FROM person p WHERE p.user_id IS NULL AND NOT EXISTS (SELECT 1 FROM event e WHERE e.person = p.person)
AND
"""
_PERSON: Final = {"person": pl.Int32()}


class SqlPeople:
    """The people of a shop, see protocol.people.People."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def link(self, frame: pl.DataFrame) -> Receipt:
        sieve = Sieve(conform(frame, LINK_COLUMN, "visitors"))
        sieve.refuse(
            (
                pl.any_horizontal(pl.col(list(LINK_COLUMN)).fill_null("") == ""),
                "a link needs a visitor_id and a user_id",
            ),
            *too_long(*LINK_COLUMN),
        )
        sieve.refuse_nul()
        with self._database.write() as transaction:
            refuse_erased_ids(transaction, sieve, "user_id", "visitor_id")
            resolve_persons(transaction, sieve.frame)
            change = transaction.change
        return Receipt(sieve.frame.height, 0, sieve.refusals, change)

    def held(self, id: str, *, visitor: bool = False) -> Held | None:
        with self._database.read() as reading:
            return _held(reading, id, visitor)

    def erase(self, id: str, now: int, *, visitor: bool = False) -> Erased:
        with self._database.write() as transaction:
            held = _held(transaction, id, visitor)
            if held is None:
                raise NotFound(
                    f"Nothing is held of {'visitor' if visitor else 'user'} {id!r}. Check the id's spelling."
                )
            if visitor and held.user_id is not None:
                raise InputError(
                    f"Visitor {id!r} is user {held.user_id!r} on one of their devices. Erase the user: "
                    "all their visitor ids go too."
                )
            latest = held.events["time"].max()
            until = max(now, latest if isinstance(latest, int) else now)
            _erase(transaction, held)
            if held.user_id is not None:
                entomb(transaction, "user_id", [held.user_id], until)
            entomb(transaction, "visitor_id", held.visitor_ids, until)
        return Erased(held.events.height, held.exposures.height, held.visitor_ids, until)

    def user(self, user_id: str) -> User | None:
        with self._database.read() as reading:
            return _user(reading, user_id)

    def revise(self, user_id: str, revision: Callable[[User], User]) -> Receipt:
        with self._database.write() as transaction:
            held = _user(transaction, user_id)
            if held is None:
                raise NotFound(f"No user has the id {user_id!r}. Ingest the user first.")
            sieve = user_sieve(conform(user_frame([revision(held)]), USER_COLUMN, "users"))
            accepted = write_users(transaction, sieve.frame)
            return Receipt(accepted, 0, sieve.refusals, transaction.change)

    def users(self, after: int, limit: int) -> dict[int, User]:
        with self._database.read() as reading:
            found = reading.rows(_USERS, after=after, limit=limit)
        return {person: User(user_id, json.loads(attributes)) for person, user_id, attributes in found}

    def acts(
        self,
        since: int,
        limit: int,
        *,
        kinds: Collection[EventType] = (),
        user_id: str | None = None,
        item_id: str | None = None,
    ) -> Acts:
        with self._database.read() as reading:
            return user_acts(reading, since, limit, kinds, user_id, item_id)

    def take_back(self, changes: Sequence[int]) -> int:
        with self._database.write() as transaction:
            return take_back(transaction, changes)

    def aged(self, before: int) -> pl.DataFrame:
        with self._database.read() as reading:
            return reading.fetch(_OLD, {"person": pl.Int32(), "rows": pl.Int64()}, before=before)

    def forget(self, persons: Sequence[int], before: int) -> int:
        with self._database.write() as transaction:
            among = transaction.dialect.among("person", "persons")
            many = transaction.dialect.many(persons)
            gone = _delete(
                transaction, f"DELETE FROM event WHERE time < :before AND {among}", persons=many, before=before
            )
            rebuild_aggregates(transaction, persons)
            guests = transaction.fetch_among(_GUESTS, _PERSON, "p.person", persons)["person"].to_list()
            for table in ("visitor", "person"):
                _delete(transaction, f"DELETE FROM {table} WHERE {among}", persons=transaction.dialect.many(guests))
            transaction.take("change", 1)  # what is learned from has changed
        return gone


def _user(reading: Reading, user_id: str) -> User | None:
    found = reading.rows("SELECT attributes FROM person WHERE user_id = :user_id", user_id=user_id)
    return User(user_id, json.loads(found[0][0])) if found else None


def _held(reading: Reading, id: str, visitor: bool) -> Held | None:
    """All that is held of the person that a user, or a visitor, is; None where that is nothing at all."""
    found = reading.rows(_OF_VISITOR if visitor else _OF_USER, id=id)
    person, user_id, attributes = found[0] if found else (None, None if visitor else id, "{}")
    linked = reading.rows("SELECT visitor_id FROM visitor WHERE person = :person ORDER BY visitor_id", person=person)
    visitor_ids = tuple(row[0] for row in linked) or ((id,) if visitor else ())
    events = reading.fetch(_EVENTS, {**schema_of(EVENT, _SAID), "item_id": pl.String()}, person=person)
    exposures = _exposures(reading, user_id, visitor_ids)
    if not found and exposures.is_empty():
        return None
    return Held(user_id, visitor_ids, person, attributes, events, exposures)


def _exposures(reading: Reading, user_id: str | None, visitor_ids: Sequence[str]) -> pl.DataFrame:
    """EXPOSURE_COLUMN of what was shown to a user, or to one of these visitors while they were nobody's user."""
    by_user = reading.fetch(f"{_EXPOSED} user_id = :id", STORED_COLUMN, id=user_id)
    as_guest = reading.fetch_among(f"{_EXPOSED} user_id IS NULL AND", STORED_COLUMN, "visitor_id", visitor_ids)
    return unpacked(pl.concat([by_user, as_guest])).sort("time", "recommendation_id")


def _erase(transaction: Transaction, held: Held) -> None:
    """Delete every row that is of a person."""
    for table in ("event", "visitor", "person"):
        _delete(transaction, f"DELETE FROM {table} WHERE person = :person", person=held.person)
    ids = held.exposures["recommendation_id"].to_list()
    among = transaction.dialect.among("recommendation_id", "ids")
    _delete(transaction, f"DELETE FROM exposure WHERE {among}", ids=transaction.dialect.many(ids))


def _delete(transaction: Transaction, statement: str, **parameters: object) -> int:
    """How many rows that were."""
    return transaction.connection.execute(sa.text(statement), parameters).rowcount
