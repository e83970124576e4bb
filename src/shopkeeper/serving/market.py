"""Markets: the goods as a market or store has them, beside the default market's. Read when first asked for."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.serving.mask import Masks
from shopkeeper.store import Prices

MARKETS_KEPT: Final = 16  # some 10 MB each at 92k items, of which half are masks
_MASKS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class View:
    """The goods of one market ("" is the default one), and which of them may be shown."""

    market: str
    items: ItemTable
    masks: Masks


class Markets:
    """The other markets of one item table. Thread-safe; `after` makes those of a later one.

    A market's offers are read once, when somebody first asks for it; from then on, only those of changed items are.
    So a request of the default market pays nothing, and a change little.
    """

    def __init__(self, prices: Prices, items: ItemTable) -> None:
        self._prices, self._items = prices, items
        self._offers: dict[str, pl.DataFrame] = {}  # of each market that was asked for, the first one first
        self._views: dict[str, View] = {}  # of some of them
        self._reading = threading.Lock()

    def view(self, market: str, as_of: int) -> View | None:
        """The goods as a market has them at a time (UTC microseconds); None where it has no offers."""
        found = self._views.get(market)
        if found is not None:
            return found
        with self._reading:
            return self._views.get(market) or self._read(market, as_of)

    def after(self, items: ItemTable, changed: Sequence[int], as_of: int) -> Self:
        """The markets of a later table, which differs in these items or in what they cost somewhere."""
        later = type(self)(self._prices, items)
        with self._reading:
            held, views = dict(self._offers), dict(self._views)
        if not held:
            return later
        now = self._prices.offers(list(held), as_of, changed)
        later._offers = {name: _replaced(offers, changed, now, name) for name, offers in held.items()}
        if items is self._items:
            later._views = {name: view for name, view in views.items() if later._offers[name].equals(held[name])}
        return later

    def _read(self, market: str, as_of: int) -> View | None:
        """The view of a market; its offers are read where it was not asked for before.

        A name without offers is not kept, for anybody can make one up.
        """
        offers = self._offers.get(market)
        if offers is None:
            offers = self._prices.offers([market], as_of).sort("item_index")
        if offers.is_empty():
            return None
        items = self._items.priced(offers)
        self._keep(market, offers)
        view = self._views[market] = View(market, items, Masks(items, _MASKS_KEPT))
        return view

    def _keep(self, market: str, offers: pl.DataFrame) -> None:
        """Keep a market's offers, at the expense of the one that was read first."""
        if market not in self._offers and len(self._offers) >= MARKETS_KEPT:
            first = next(iter(self._offers))
            del self._offers[first]
            self._views.pop(first, None)
        self._offers[market] = offers


def _replaced(offers: pl.DataFrame, changed: Sequence[int], now: pl.DataFrame, market: str) -> pl.DataFrame:
    """A market's offers, those of changed items being as they are now."""
    kept = offers.filter(~pl.col("item_index").is_in(list(changed)))
    return pl.concat([kept, now.filter(pl.col("market") == market)]).sort("item_index")
