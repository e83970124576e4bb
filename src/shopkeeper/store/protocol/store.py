"""Store: one shop's memory, the parts of it on one connection."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from shopkeeper.store.protocol.catalogue import Catalogue
from shopkeeper.store.protocol.event_log import EventLog
from shopkeeper.store.protocol.exposure_log import ExposureLog
from shopkeeper.store.protocol.office import Office
from shopkeeper.store.protocol.people import People
from shopkeeper.store.protocol.prices import Prices


class Snapshot(Protocol):
    """The whole store as of one moment."""

    @property
    def schema_version(self) -> str: ...

    @property
    def change(self) -> int:
        """The change number at that moment."""
        ...

    @property
    def tables(self) -> Sequence[str]: ...

    def frames(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """A table's rows in order of its primary key, some ten thousand at a time; all columns, or some.

        At least one frame, which of an empty table has its columns only.
        """
        ...


class Store(Protocol):
    """One shop's memory, on one connection URL."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def prices(self) -> Prices: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def exposures(self) -> ExposureLog: ...

    @property
    def people(self) -> People: ...

    @property
    def office(self) -> Office: ...

    def change_number(self) -> int:
        """The number of the last committed change."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this code's version; raises StoreError where the database is newer."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Read everything as of one moment, while others write."""
        ...

    def restore(self, frames: Mapping[str, Iterable[pl.DataFrame]]) -> None:
        """Fill an empty store with the tables of a snapshot, whole or not at all. Raises InputError on any other."""
        ...

    def scrub(self) -> bool:
        """Take deleted rows off the disk as far as the database can; False where their bytes may still be there."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
