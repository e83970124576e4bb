"""Catalogue: items and their offers, as they are written and read back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shopkeeper.record import Item, ItemPatch, Offer
from shopkeeper.store.protocol.change import Changes
from shopkeeper.store.protocol.receipt import Receipt


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the store holds it."""

    item: Item
    item_index: int
    offers: tuple[Offer, ...]
    change: int


class Catalogue(Protocol):
    """Items and offers."""

    def put(
        self, items: Sequence[Item], offers: Sequence[Offer] = (), now: int | None = None, *, new_only: bool = False
    ) -> Receipt:
        """Insert or replace whole items; offers are added or replaced by (item, market, valid_from).

        With `new_only`, items that are known, deleted ones too, stay as they are and count as duplicate. An offer
        without `valid_from` says what holds from `now` on: see `ingest_offers`.
        """
        ...

    def patch(self, patches: Sequence[ItemPatch], now: int) -> Receipt:
        """Change what each patch names, in one transaction.

        Unknown and deleted items are refused by row, and all but the first patch of an item.
        """
        ...

    def revise(self, item_id: str, revision: Callable[[Item], ItemPatch | None], now: int) -> Receipt:
        """Patch an item by what is held of it, in one transaction: nobody else writes between the read and the write.

        `revision` is called once, while other writers wait: it should be quick, and must not ask the store. Of None
        nothing is written. Raises NotFound where the item is unknown or deleted, and what `revision` raises.
        """
        ...

    def get(self, item_id: str) -> StoredItem | None:
        """The item, or None where it is unknown or deleted."""
        ...

    def delete(self, item_id: str) -> bool:
        """Mark an item deleted; False where there was none. Its item_index is never used again for another."""
        ...

    def delete_offer(self, item_id: str, market: str, valid_from: int | None = None) -> int:
        """Take back an item's offer of a market, all of them where no `valid_from` is given; returns how many."""
        ...

    def ingest_items(self, frame: pl.DataFrame, *, partial: bool = False, new_only: bool = False) -> Receipt:
        """Bulk `put` of a frame of ITEM_COLUMN; unchanged rows keep their change number.

        With `partial`, columns that the frame lacks stay as they are, `attributes` are merge patches (RFC 7396; null:
        nothing to merge), and unknown items are refused.
        """
        ...

    def ingest_offers(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> Receipt:
        """Bulk `put` of a frame of OFFER_COLUMN; an offer of an unknown or deleted item is refused.

        With `now`, an offer without `valid_from` says what holds from now on (offer_state.py); it is a duplicate where
        it holds already. With `partial`, what such an offer's frame has no column for stays as it holds.
        """
        ...

    def frame(self, as_of: int) -> pl.DataFrame:
        """All items (CATALOGUE_COLUMN, sorted by item_index), prices as of a time."""
        ...

    def item_ids(self, among: Sequence[str] | None = None) -> pl.DataFrame:
        """item_id and item_index of all items, or of those of some ids; deleted ones included."""
        ...

    def repriced(self, since: int, as_of: int) -> pl.DataFrame:
        """Items with an offer, of any market, that begins or ends between two times: CATALOGUE_COLUMN, as of `as_of`.

        After the earlier and up to the later time, whichever that is: a clock may be set back.
        """
        ...

    def changes(self, since: int, as_of: int, limit: int = 10_000) -> Changes:
        """Items whose own row or offers changed after change number `since`: at most `limit`, oldest first."""
        ...
