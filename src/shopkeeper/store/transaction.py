"""Reading and writing: what one connection can do, and the numbers that a write transaction gives out.

Change numbers. Readers follow the store by "everything above the number that I saw last", which is right only if
numbers become visible in their own order. A sequence does not grant that: a transaction that drew 7 may commit after
one that drew 8, and a reader that saw 8 never asks for 7. So there is one counter row, and a write transaction locks it
before anything else and keeps it until it has committed. Writers therefore follow one another, on PostgreSQL as on
SQLite (where BEGIN IMMEDIATE alone would do), and every check that they make under the lock (is this event known, has
this user a person) still holds when they write. Readers are not held up (late_index.py has the one exception).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from shopkeeper.store.dialect import Dialect

Counter = Literal["change", "item", "person"]
Schema = Mapping[str, pl.DataType]

_text = lru_cache(maxsize=256)(sa.text)  # reading a statement takes as long as SQLite takes to run it
_CHUNK = 4096  # rows fetched at once: few enough to be turned into columns within the processor cache


class Reading:
    """A connection that reads."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect

    def rows(self, statement: str, **parameters: object) -> Sequence[Any]:
        """The rows that a statement finds."""
        return self.connection.execute(_text(statement), parameters).all()

    def rows_among(self, statement: str, column: str, values: Sequence[str] | Sequence[int]) -> Sequence[Any]:
        """`rows`, of those whose column has one of these values; the statement ends in its WHERE or FROM."""
        if not values:
            return []
        condition = self.dialect.among(column, "values")
        result = self.connection.execute(_text(f"{statement} {condition}"), {"values": self.dialect.many(values)})
        cursor: Any = result.cursor  # its tuples: SQLAlchemy's take longer to take apart than to read
        rows: Sequence[Any] = cursor.fetchall()
        result.close()
        return rows

    def fetch(self, statement: str, schema: Schema, **parameters: object) -> pl.DataFrame:
        """The rows that a statement finds, as columns of exactly these types, whatever they hold."""
        result = self.connection.execute(_text(statement), parameters)
        cursor: Any = result.cursor
        parts = []
        while rows := cursor.fetchmany(_CHUNK):
            parts.append(_columns(rows, schema))
        result.close()
        return pl.concat(parts) if parts else pl.DataFrame(schema=schema)

    def stream(self, statement: str, schema: Schema, rows: int) -> Iterator[pl.DataFrame]:
        """`fetch`, at most `rows` at a time: memory stays bounded. On PostgreSQL inside a transaction only."""
        option = {"stream_results": True, "max_row_buffer": rows}
        with self.connection.execute(_text(statement), execution_options=option) as result:
            for part in result.partitions(rows):
                yield _columns(part, schema)

    def fetch_among(
        self, statement: str, schema: Schema, column: str, values: Sequence[str] | Sequence[int]
    ) -> pl.DataFrame:
        """`fetch`, of those rows whose column has one of these values; the statement ends in its WHERE or FROM."""
        if not values:
            return pl.DataFrame(schema=schema)
        condition = self.dialect.among(column, "values")
        return self.fetch(f"{statement} {condition}", schema, values=self.dialect.many(values))


class Transaction(Reading):
    """The one write transaction that is open; see the file's head. `Database.write` begins and commits it."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        super().__init__(connection, dialect)
        found = self.rows(f"SELECT name, value FROM counter ORDER BY name {dialect.lock_writers()}")
        self._last: dict[str, int] = {name: value for name, value in found}  # noqa: C416  rows are no pairs to mypy
        self._committed = dict(self._last)

    @property
    def change(self) -> int:
        """The last change number given out."""
        return self._last["change"]

    def take(self, counter: Counter, count: int) -> int:
        """The first of `count` numbers that nobody else has."""
        first = self._last[counter] + 1
        self._last[counter] += count
        return first

    def insert(self, table: sa.Table, frame: pl.DataFrame) -> None:
        """Write new rows."""
        self.dialect.insert(self.connection, table, frame)

    def upsert(self, table: sa.Table, frame: pl.DataFrame) -> None:
        """Write whole rows, replacing those of the same primary key."""
        self.dialect.upsert(self.connection, table, frame)

    def update(self, table: sa.Table, frame: pl.DataFrame) -> None:
        """Set columns of rows that are there: the frame has the primary key, then those columns."""
        self.dialect.update(self.connection, table, frame)

    def execute(self, statement: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Run a statement once for each row of parameters."""
        if rows:
            self.connection.execute(_text(statement), list(rows))

    def finish(self) -> None:
        """Write the counters; to be called once, before the commit."""
        moved = [{"key": key, "last": last} for key, last in self._last.items() if last != self._committed[key]]
        self.execute("UPDATE counter SET value = :last WHERE name = :key", moved)


def _columns(rows: Sequence[Any], schema: Schema) -> pl.DataFrame:
    """Rows turned into typed columns; SQLite's booleans are integers until here."""
    series = []
    for (name, kind), values in zip(schema.items(), zip(*rows, strict=True), strict=True):
        held = pl.Int64() if kind == pl.Boolean and isinstance(_first(values), int) else kind
        series.append(pl.Series(name, values, held).cast(kind))
    return pl.DataFrame(series)


def _first(values: Sequence[object]) -> object:
    """The first value that is not null."""
    return next((value for value in values if value is not None), None)
