"""SqlStore: the one implementation of Store, on SQLite and PostgreSQL."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

import polars as pl

from shopkeeper.record import Clock, SystemClock
from shopkeeper.store.catalogue import SqlCatalogue
from shopkeeper.store.database import Database
from shopkeeper.store.event_log import SqlEventLog
from shopkeeper.store.exposure_log import SqlExposureLog
from shopkeeper.store.offer_read import SqlPrices
from shopkeeper.store.office import SqlOffice
from shopkeeper.store.people import SqlPeople
from shopkeeper.store.protocol.store import Snapshot, Store
from shopkeeper.store.snapshot import restore, snapshot


class SqlStore:
    """One shop's memory, for any number of threads of one process, see protocol.store.Store."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self.catalogue = SqlCatalogue(database)
        self.prices = SqlPrices(database)
        self.events = SqlEventLog(database)
        self.exposures = SqlExposureLog(database)
        self.people = SqlPeople(database)
        self.office = SqlOffice(database, clock)

    def change_number(self) -> int:
        with self._database.read() as reading:
            return int(reading.rows("SELECT value FROM counter WHERE name = 'change'")[0][0])

    def migrate(self) -> None:
        self._database.migrate()

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        return snapshot(self._database)

    def restore(self, frames: Mapping[str, Iterable[pl.DataFrame]]) -> None:
        restore(self._database, frames)

    def scrub(self) -> bool:
        return self._database.scrub()

    def close(self) -> None:
        self._database.close()


def open_store(url: str, *, migrate: bool = True, clock: Clock | None = None) -> Store:
    """The store at a URL: sqlite:///path/shop.db (made where there is none) or postgresql://user@host/database.

    `clock` dates publications. Raises StoreError where it cannot be opened or its schema is newer than the code, and
    MissingPart where PostgreSQL's driver is not installed.
    """
    database = Database(url)
    if migrate:
        database.migrate()
    else:
        database.check()
    return SqlStore(database, clock or SystemClock())
