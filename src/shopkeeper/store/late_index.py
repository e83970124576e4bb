"""Indexes made after the rows: how a first import, which at least doubles the log, takes less time.

An index that is kept row by row costs as much as the row itself; made anew from all rows it is sorted once, a fifth of
that. On PostgreSQL nobody else reads the table until the transaction ends, so this is for the log alone: requests read
persons and items. And it is done only where there is as little to read as there is to write, and where nobody is
reading at that moment; else, and where the database refuses, rows are written the plain way. SQLite's readers go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from shopkeeper.store.schema import EVENT

LEAST_ROWS: Final = 20_000  # fewer are written before two indexes are made
_ALONE: Final = f"LOCK TABLE {EVENT.name} IN ACCESS EXCLUSIVE MODE NOWAIT"


@contextmanager
def indexes_later(connection: sa.Connection, table: sa.Table, rows: int) -> Iterator[None]:
    """Within this block the log, if that is the table and it is to get many rows, has no index but its primary key, and
    on SQLite the one of its unique keys, which cannot be dropped there."""
    many = table is EVENT and rows >= LEAST_ROWS
    dropped = many and not _has_more_than(connection, table, rows) and _dropped(connection, table)
    yield
    if dropped:
        _make(connection, table)


def _has_more_than(connection: sa.Connection, table: sa.Table, rows: int) -> bool:
    found = sa.select(sa.literal(1)).select_from(table).offset(rows).limit(1)
    return connection.execute(found).first() is not None


def _dropped(connection: sa.Connection, table: sa.Table) -> bool:
    """Drop the indexes, unless somebody uses the table, or another table refers to one of them."""
    with suppress(sa.exc.DBAPIError), connection.begin_nested():
        if not _is_sqlite(connection):
            connection.exec_driver_sql(_ALONE)
        for constraint in _unique(connection, table):
            connection.execute(DropConstraint(constraint))
        for index in table.indexes:
            connection.execute(DropIndex(index))
        return True
    return False


def _make(connection: sa.Connection, table: sa.Table) -> None:
    for constraint in _unique(connection, table):
        connection.execute(AddConstraint(constraint, isolate_from_table=False))
    for index in table.indexes:
        connection.execute(CreateIndex(index))


def _unique(connection: sa.Connection, table: sa.Table) -> list[sa.UniqueConstraint]:
    constraints = () if _is_sqlite(connection) else table.constraints
    return [constraint for constraint in constraints if isinstance(constraint, sa.UniqueConstraint)]


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"
