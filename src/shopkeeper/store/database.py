"""Database: one shop's connections, and how a read and a write are begun."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shopkeeper.error import StoreError
from shopkeeper.store.dialect import Dialect
from shopkeeper.store.migration import check_version, migrate
from shopkeeper.store.postgresql import Postgresql
from shopkeeper.store.sqlite import Sqlite
from shopkeeper.store.transaction import Reading, Transaction


class Database:
    """The connections to one URL, for any number of threads. Processes open their own."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.dialect = _dialect(parsed)
        self.address = _address(parsed)
        self._name = parsed.render_as_string(hide_password=True)
        self._writer, self._reader = self.dialect.engines(parsed)

    def check(self) -> None:
        """Raises StoreError where the database cannot be reached, or its schema is newer than the code."""
        with self._told("opened"), self._reader.connect() as connection:
            check_version(connection)

    def migrate(self) -> None:
        """Bring the schema to this code's version; only one process does, others wait and find it done."""
        with self._told("migrated"):
            with self._reader.connect() as connection:
                if check_version(connection):
                    return
            with self._writer.begin() as connection:
                self.dialect.lock_schema(connection)
                migrate(connection)

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A connection to read from."""
        with self._told("read"), self._reader.connect() as connection:
            yield Reading(connection, self.dialect)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A write transaction: committed, and on the disk, when the block has ended; undone where it raises."""
        with self._told("written"), self._writer.begin() as connection:
            transaction = Transaction(connection, self.dialect)
            yield transaction
            transaction.finish()

    def scrub(self) -> bool:
        """Take deleted rows off the disk as far as the database can; False where their bytes may still be there."""
        with self._told("scrubbed"):
            return self.dialect.scrub(self._reader, self._writer)

    def close(self) -> None:
        """Let go of all connections."""
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """A database's own words inside a StoreError."""
        # Rows are read and written in bulk by the driver itself, whose errors SQLAlchemy then does not wrap.
        driver: Any = self._writer.dialect.loaded_dbapi
        try:
            yield
        except PoolTimeout:
            raise StoreError(
                f"the store {self._name} could not be {what}: every connection was busy for too long. "
                "Try again; import in smaller batches where one is running."
            ) from None
        except (DataError, IntegrityError, ProgrammingError):
            raise  # our own mistake, not the database's state
        except (driver.DataError, driver.IntegrityError, driver.ProgrammingError):
            raise
        except (DatabaseError, driver.DatabaseError) as problem:
            raise StoreError(
                f"the store {self._name} could not be {what}: {getattr(problem, 'orig', problem)}. "
                "Check that the database runs, may be written, and has room on its disk."
            ) from problem


def _parse(url: str) -> sa.URL:
    try:
        # Heroku, Render and others hand out this older spelling.
        return sa.make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except ArgumentError:
        raise StoreError(
            f"{url!r} is no store URL. Give sqlite:///path/shop.db or postgresql://user@host/database"
        ) from None


def _address(url: sa.URL) -> str:
    """What other drivers connect to: a SQLite file's path as it is, or libpq's URL. It may hold a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _dialect(url: sa.URL) -> Dialect:
    match url.get_backend_name():
        case "sqlite":
            return Sqlite()
        case "postgresql":
            return Postgresql()
        case other:
            raise StoreError(f"a store lives on SQLite or PostgreSQL, not on {other}. Mend the URL")
