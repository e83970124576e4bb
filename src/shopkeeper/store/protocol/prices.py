"""Prices: what items cost in markets and stores, and which of these there are."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl


class Prices(Protocol):
    """What the catalogue's offers come to, market by market."""

    def offers(self, markets: Sequence[str], as_of: int, item_indices: Sequence[int] | None = None) -> pl.DataFrame:
        """What holds in these markets (MARKET_COLUMN) at a time, of all items or of some."""
        ...

    def markets(self, limit: int) -> list[str]:
        """At most `limit` markets that have offers, past and coming ones too, sorted; the default one ("") left out."""
        ...

    def is_market(self, market: str) -> bool:
        """Whether a market other than the default one has an offer, past and coming ones too."""
        ...
