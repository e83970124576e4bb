"""Prices: what holds in a market at a time, and which markets there are."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from shopkeeper.store.database import Database
from shopkeeper.store.frame import MARKET_COLUMN
from shopkeeper.store.transaction import Reading

_COLUMNS: Final = ", ".join(f"o.{name}" for name in MARKET_COLUMN)

# One look into the partial index of markets for each name, instead of one for each offer.
_MARKETS: Final = """
WITH RECURSIVE named(market) AS (
    SELECT min(market) FROM offer WHERE market <> ''
    UNION ALL
    SELECT (SELECT min(o.market) FROM offer o WHERE o.market <> '' AND o.market > n.market)
    FROM named n WHERE n.market IS NOT NULL)
SELECT market FROM named WHERE market IS NOT NULL LIMIT :limit
"""
_IS_MARKET: Final = "SELECT 1 FROM offer WHERE market <> '' AND market = :market LIMIT 1"


class SqlPrices:
    """The prices of a shop, see protocol.prices.Prices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def offers(self, markets: Sequence[str], as_of: int, item_indices: Sequence[int] | None = None) -> pl.DataFrame:
        with self._database.read() as reading:
            return _market_offers(reading, markets, as_of, item_indices)

    def markets(self, limit: int) -> list[str]:
        with self._database.read() as reading:
            return sorted(row[0] for row in reading.rows(_MARKETS, limit=limit))

    def is_market(self, market: str) -> bool:
        with self._database.read() as reading:
            return bool(reading.rows(_IS_MARKET, market=market))


def _market_offers(
    reading: Reading, markets: Sequence[str], as_of: int, item_indices: Sequence[int] | None
) -> pl.DataFrame:
    """Of each item and market the latest offer that has begun and not ended (MARKET_COLUMN)."""
    if not markets or (item_indices is not None and not len(item_indices)):
        return pl.DataFrame(schema=MARKET_COLUMN)
    many, among = reading.dialect.many, reading.dialect.among
    wanted = {"markets": many(markets)}
    # Without items, the partial index of markets serves; with them, the primary key.
    where = "market <> '' AND " if "" not in markets else ""
    where += among("market", "markets")
    if item_indices is not None:
        wanted["items"] = many([int(item) for item in item_indices])
        where = f"{among('item_index', 'items')} AND {where}"
    latest = (
        f"SELECT item_index, market, max(valid_from) AS valid_from FROM offer WHERE {where} "
        "AND valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of) GROUP BY item_index, market"
    )
    statement = (
        f"SELECT {_COLUMNS} FROM ({latest}) n JOIN offer o "
        "ON o.item_index = n.item_index AND o.market = n.market AND o.valid_from = n.valid_from"
    )
    return reading.fetch(statement, MARKET_COLUMN, as_of=as_of, **wanted)
