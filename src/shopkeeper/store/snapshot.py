"""Snapshot: the whole store as of one moment, table by table; and an empty store filled from one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import polars as pl
import sqlalchemy as sa

from shopkeeper.error import InputError
from shopkeeper.store.database import Database
from shopkeeper.store.migration import SCHEMA_VERSION
from shopkeeper.store.schema import COUNTER, METADATA
from shopkeeper.store.transaction import Reading, Transaction
from shopkeeper.store.type_of import schema_of

TABLES: Final[Mapping[str, sa.Table]] = METADATA.tables
_ROWS: Final = 50_000  # of a frame


class SqlSnapshot:
    """The store as it was when the snapshot was opened, see protocol.store.Snapshot."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.schema_version = SCHEMA_VERSION
        self.change = int(reading.rows("SELECT value FROM counter WHERE name = 'change'")[0][0])
        self.tables = tuple(sorted(TABLES))

    def frames(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        held = TABLES[table]
        schema = schema_of(held, columns)
        key = ", ".join(column.name for column in held.primary_key)
        statement = f"SELECT {', '.join(schema)} FROM {table} ORDER BY {key}"
        told = False
        for frame in self._reading.stream(statement, schema, _ROWS):
            yield frame
            told = True
        if not told:
            yield pl.DataFrame(schema=schema)


@contextmanager
def snapshot(database: Database) -> Iterator[SqlSnapshot]:
    """One consistent state, however many write meanwhile."""
    with database.read() as reading:
        reading.connection.exec_driver_sql(database.dialect.begin_snapshot())
        try:
            yield SqlSnapshot(reading)
        finally:
            reading.connection.exec_driver_sql("ROLLBACK")


def restore(database: Database, frames: Mapping[str, Iterable[pl.DataFrame]]) -> None:
    """Fill an empty store, in one transaction. Raises InputError where it is not empty."""
    with database.write() as transaction:
        _refuse_rows(transaction)
        for table, parts in frames.items():
            if table != COUNTER.name:
                for frame in parts:
                    transaction.insert(TABLES[table], frame)
        counters = pl.concat(list(frames[COUNTER.name]))
        transaction.execute("UPDATE counter SET value = :value WHERE name = :name", counters.rows(named=True))


def _refuse_rows(transaction: Transaction) -> None:
    """Raises InputError where any table has a row: numbers that were given out must not be given out again."""
    for table in TABLES.values():
        statement = f"SELECT 1 FROM {table.name} LIMIT 1"
        if table is COUNTER:
            statement = "SELECT 1 FROM counter WHERE value > CASE name WHEN 'change' THEN 0 ELSE -1 END"
        if transaction.rows(statement):
            raise InputError(
                "the store is not empty, and a backup is restored into an empty one only: nothing was changed. "
                "Make a new shop, or give shop.toml the URL of an empty database."
            )
