"""Indexes made after the rows: how PostgreSQL takes a first import, which at least doubles the log, in half the time.

An index that is kept row by row costs as much as the row itself; made anew from all rows it is sorted once, a fifth of
that. Until the transaction ends nobody else reads the table, so this is for the log alone: requests read persons and
items. And it is done only where there is as little to read as there is to write, and where nobody is reading at that
moment; else, and where the database refuses, rows are written the plain way.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex, ExecutableDDLElement

from shopkeeper.store.schema import EVENT

LEAST_ROWS: Final = 20_000  # fewer are written before two indexes are made


@contextmanager
def indexes_later(connection: sa.Connection, table: sa.Table, rows: int) -> Iterator[None]:
    """Within this block the log, if that is the table and it is to get many rows, has its primary key alone."""
    many = table is EVENT and rows >= LEAST_ROWS
    dropped = many and not _has_more_than(connection, table, rows) and _dropped(connection, table)
    yield
    for statement in _makes(table) if dropped else ():
        connection.execute(statement)


def _has_more_than(connection: sa.Connection, table: sa.Table, rows: int) -> bool:
    found = sa.select(sa.literal(1)).select_from(table).offset(rows).limit(1)
    return connection.execute(found).first() is not None


def _dropped(connection: sa.Connection, table: sa.Table) -> bool:
    """Drop the indexes, unless somebody uses the table, or another table refers to one of them."""
    with suppress(sa.exc.DBAPIError), connection.begin_nested():
        connection.exec_driver_sql(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE NOWAIT")
        for statement in _drops(table):
            connection.execute(statement)
        return True
    return False


def _drops(table: sa.Table) -> list[ExecutableDDLElement]:
    return [*map(DropConstraint, _unique(table)), *map(DropIndex, table.indexes)]


def _makes(table: sa.Table) -> list[ExecutableDDLElement]:
    return [
        *(AddConstraint(each, isolate_from_table=False) for each in _unique(table)),
        *map(CreateIndex, table.indexes),
    ]


def _unique(table: sa.Table) -> list[sa.UniqueConstraint]:
    return [constraint for constraint in table.constraints if isinstance(constraint, sa.UniqueConstraint)]
