"""The databases' own quickest ways to write many rows, which our imports are compared with.

Each is given its rows ready, so that it times nothing but the writing; ours begins with rows as they arrive.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

_CACHE_KB: Final = 131_072  # as large as the store's own writer has it


def sqlite_executemany(path: Path, table: sa.Table, rows: Sequence[Sequence[Any]]) -> float:
    """Seconds to write rows, in the order of the table's columns, into a new table: one transaction on the disk.

    WAL and synchronous FULL, as the store writes.
    """
    engine = sa.create_engine(f"sqlite:///{path}")
    table.create(engine)
    statement = str(table.insert().compile(dialect=sqlite.dialect(paramstyle="qmark")))
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.isolation_level = None
            for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{_CACHE_KB}"):
                driver.execute(f"PRAGMA {pragma}")
            began = time.perf_counter()
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(statement, rows)
            driver.execute("COMMIT")
            return time.perf_counter() - began
    finally:
        engine.dispose()


def postgresql_copy_out(url: sa.URL, table: sa.Table) -> bytes:
    """All rows of a table in PostgreSQL's binary COPY format."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} TO STDOUT (FORMAT binary)") as copy:
                return b"".join(bytes(part) for part in copy)
    finally:
        engine.dispose()


def postgresql_copy_in(url: sa.URL, table: sa.Table, rows: bytes) -> float:
    """Seconds to COPY such rows into a new table with all its indexes, committed."""
    engine = sa.create_engine(url)
    table.create(engine)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            began = time.perf_counter()
            with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows)
            driver.commit()
            return time.perf_counter() - began
    finally:
        engine.dispose()
