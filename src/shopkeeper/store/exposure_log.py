"""ExposureLog: every response that was given, one packed row each."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa

from shopkeeper.store.database import Database
from shopkeeper.store.erasure import without_erased
from shopkeeper.store.exposure import PLACE, STORED_COLUMN, Exposure, exposure_of, unpacked
from shopkeeper.store.schema import EXPOSURE
from shopkeeper.store.sieve import LONGEST_ID

_SELECT: Final = f"SELECT {', '.join(STORED_COLUMN)} FROM exposure"
_FORGET: Final = sa.text("""
DELETE FROM exposure WHERE recommendation_id IN (
    SELECT recommendation_id FROM exposure WHERE time < :before ORDER BY time LIMIT :limit)
""")


class SqlExposureLog:
    """The responses of a shop, see protocol.exposure_log.ExposureLog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, exposures: Sequence[Exposure]) -> int:
        frame = _packed(exposures).unique("recommendation_id", keep="last", maintain_order=True)
        with self._database.write() as transaction:
            kept = without_erased(transaction, frame)
            transaction.upsert(EXPOSURE, kept)
        return kept.height

    def get(self, recommendation_id: str) -> Exposure | None:
        statement = f"{_SELECT} WHERE recommendation_id = :id"
        with self._database.read() as reading:
            found = reading.fetch(statement, STORED_COLUMN, id=recommendation_id)
        return None if found.is_empty() else exposure_of(found.row(0, named=True))

    def frame(self, since: int, before: int) -> pl.DataFrame:
        statement = f"{_SELECT} WHERE time >= :since AND time < :before ORDER BY time"
        with self._database.read() as reading:
            return unpacked(reading.fetch(statement, STORED_COLUMN, since=since, before=before))

    def count(self, before: int | None = None) -> int:
        where, told = ("", {}) if before is None else (" WHERE time < :before", {"before": before})
        with self._database.read() as reading:
            return int(reading.rows(f"SELECT count(*) FROM exposure{where}", **told)[0][0])

    def forget(self, before: int, limit: int) -> int:
        with self._database.write() as transaction:
            return transaction.connection.execute(_FORGET, {"before": before, "limit": limit}).rowcount


def _packed(exposures: Sequence[Exposure]) -> pl.DataFrame:
    """STORED_COLUMN of exposures."""
    names = [name for name in STORED_COLUMN if name != "places"]
    columns = {name: [_storable(name, getattr(one, name)) for one in exposures] for name in names}
    columns["places"] = [np.ascontiguousarray(one.places, PLACE).tobytes() for one in exposures]
    return pl.DataFrame(columns, schema=STORED_COLUMN)


def _storable(name: str, value: object) -> object:
    """A value as both databases take it: nobody is there to hear that a request's words were no text."""
    if not isinstance(value, str):
        return value
    if name in ("user_id", "visitor_id") and len(value) > LONGEST_ID:
        return None  # nobody: no event was taken from such an id either
    return value.replace("\0", "").encode("utf-8", "replace").decode()
