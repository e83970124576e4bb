"""What differs between databases, and nothing more: connecting, lists as parameters, writing many rows."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl
import sqlalchemy as sa


class Dialect(Protocol):
    """One kind of database. SQL that both kinds understand is written where it is used."""

    def engines(self, url: sa.URL) -> tuple[sa.Engine, sa.Engine]:
        """(writer, reader). A reader runs each statement by itself, on the newest committed state."""
        ...

    def lock_schema(self, connection: sa.Connection) -> None:
        """Keep other processes from migrating until this transaction ends."""
        ...

    def lock_writers(self) -> str:
        """What a SELECT of the counters ends with, so that the transaction is the only one that writes."""
        ...

    def begin_snapshot(self) -> str:
        """How a reading connection begins a transaction that sees one state of the database until ROLLBACK."""
        ...

    def scrub(self, reader: sa.Engine, writer: sa.Engine) -> bool:
        """Rewrite what is kept without what was deleted; False where old bytes may still be on the disk."""
        ...

    def among(self, column: str, parameter: str) -> str:
        """A condition: the column has one of the values of a parameter made by `many`."""
        ...

    def many(self, values: Sequence[str] | Sequence[int]) -> object:
        """Any number of values as one parameter."""
        ...

    def by_code_point(self, column: str) -> str:
        """A text column, compared by its characters' numbers, whatever language the database sorts by."""
        ...

    def known_keys(self, connection: sa.Connection, keys: Sequence[bytes]) -> list[bytes]:
        """Which of these event keys the log already has."""
        ...

    def insert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        """Write new rows; the frame's columns are columns of the table, absent ones become null."""
        ...

    def upsert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        """Write rows, replacing those of the same primary key; the frame has every column of the table."""
        ...

    def update(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        """Set columns of rows that are there; the frame has the primary key first, and then those columns."""
        ...


def upsert_clause(table: sa.Table) -> str:
    """The end of an INSERT that replaces rows of the same primary key; SQLite and PostgreSQL spell it alike."""
    key = ", ".join(column.name for column in table.primary_key)
    rest = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key)
    return f"ON CONFLICT ({key}) DO UPDATE SET {rest}"
