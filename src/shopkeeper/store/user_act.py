"""Acts of known users on items, told with the ids of both, page by page; and taking some of them back."""

from collections.abc import Collection, Sequence
from typing import Final

import polars as pl
import sqlalchemy as sa

from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.frame import USER_ACT_COLUMN
from shopkeeper.store.protocol.people import Acts
from shopkeeper.store.rebuild import rebuild_aggregates
from shopkeeper.store.transaction import Reading, Transaction

LOOKED_THROUGH: Final = 50_000  # change numbers of the log, for one page: some 50 ms where nothing is found
_TOLD: Final = "SELECT e.change, e.type, p.user_id, i.item_id, e.time, e.rating, e.text, e.context FROM"
# SQLite joins in the order of a CROSS JOIN: of everybody along the log, of one user along their own events.
_OF_ALL: Final = f"""
{_TOLD} event e CROSS JOIN person p CROSS JOIN item i
WHERE p.person = e.person AND i.item_index = e.item_index AND p.user_id IS NOT NULL
"""
_OF_USER: Final = f"""
{_TOLD} person p CROSS JOIN event e CROSS JOIN item i
WHERE e.person = p.person AND i.item_index = e.item_index AND p.user_id = :user_id
"""
_PERSON: Final = {"person": pl.Int32()}


def user_acts(
    reading: Reading, since: int, limit: int, kinds: Collection[EventType], user_id: str | None, item_id: str | None
) -> Acts:
    """At most `limit` acts after a change number, see protocol.people.People.acts."""
    last = int(reading.rows("SELECT value FROM counter WHERE name = 'change'")[0][0])
    until = last if user_id is not None else min(since + LOOKED_THROUGH, last)
    given = {"user_id": user_id, "item_id": item_id}
    named = {name: value for name, value in given.items() if value is not None}
    statement = acts_statement(kinds, named)
    frame = reading.fetch(statement, USER_ACT_COLUMN, since=since, until=until, limit=limit, **named)
    if frame.height == limit:
        return Acts(frame, int(frame["change"][-1]))
    return Acts(frame, until if until < last else None)


def acts_statement(kinds: Collection[EventType], named: Collection[str]) -> str:
    """The SQL of acts `since` and `until` change numbers; `named` says whether there is a user_id, an item_id."""
    statement = [_OF_USER if "user_id" in named else _OF_ALL, "AND e.change > :since AND e.change <= :until"]
    if "item_id" in named:
        # By its number, which rows of the log have: nothing is joined to the others.
        statement.append("AND e.item_index = (SELECT item_index FROM item WHERE item_id = :item_id)")
    if kinds:
        statement.append(f"AND e.type IN ({', '.join(str(EVENT_CODE[kind]) for kind in kinds)})")
    statement.append("ORDER BY e.change LIMIT :limit")
    return " ".join(statement)


def take_back(transaction: Transaction, changes: Sequence[int]) -> int:
    """Delete events by their change numbers, and make their persons' aggregates anew."""
    found = transaction.fetch_among("SELECT person FROM event WHERE", _PERSON, "change", changes)
    if found.is_empty():
        return 0
    statement = f"DELETE FROM event WHERE {transaction.dialect.among('change', 'changes')}"
    transaction.connection.execute(sa.text(statement), {"changes": transaction.dialect.many(changes)})
    rebuild_aggregates(transaction, found["person"].unique().to_list())
    transaction.take("change", 1)  # what is learned from has changed
    return found.height
