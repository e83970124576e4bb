"""Catalogue: items, their groups and their offers, and how they are read back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.record import Item, ItemPatch, Offer
from shopkeeper.store.database import Database
from shopkeeper.store.frame import CATALOGUE_COLUMN, ITEM_COLUMN, OFFER_COLUMN
from shopkeeper.store.item_patch import PatchSieve
from shopkeeper.store.item_write import ItemSieve
from shopkeeper.store.offer_write import OfferSieve, delete_offers
from shopkeeper.store.protocol.catalogue import StoredItem
from shopkeeper.store.protocol.change import Changes
from shopkeeper.store.protocol.receipt import Receipt, Refusal
from shopkeeper.store.row import ROW, item_frame, item_of, offer_frame, patch_frames
from shopkeeper.store.sieve import conform

_OWN: Final = ", ".join(f"i.{name}" for name in ITEM_COLUMN)
_SELECT: Final = f"""
SELECT i.item_index, coalesce(g.group_index, i.item_index), {_OWN}, i.deleted, o.price, o.currency, o.stock, i.change
FROM item i
LEFT JOIN item_group g ON g.group_id = i.group_id
LEFT JOIN offer o ON o.item_index = i.item_index AND o.market = '' AND o.valid_from = (
    SELECT max(n.valid_from) FROM offer n WHERE n.item_index = i.item_index AND n.market = ''
    AND n.valid_from <= :as_of AND (n.valid_to IS NULL OR n.valid_to > :as_of))
"""
_ALL: Final = f"{_SELECT} ORDER BY i.item_index"
_CHANGED: Final = f"{_SELECT} WHERE i.change > :since ORDER BY i.change LIMIT :limit"
# The bounds that are no parameters let the databases see that their partial indexes serve.
_REPRICED: Final = f"""{_SELECT} WHERE i.item_index IN (
    SELECT item_index FROM offer WHERE valid_from > 0 AND valid_from > :after AND valid_from <= :until
    UNION SELECT item_index FROM offer WHERE valid_to IS NOT NULL AND valid_to > :after AND valid_to <= :until)
ORDER BY i.item_index
"""
_IDS: Final = "SELECT item_id, item_index FROM item"
_ID_COLUMN: Final = {"item_id": pl.String(), "item_index": pl.Int32()}
_STORED_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {"item_index": pl.Int32(), "change": pl.Int64(), **ITEM_COLUMN}
)


class SqlCatalogue:
    """The items and offers of a shop, see protocol.catalogue.Catalogue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, items: Sequence[Item], offers: Sequence[Offer] = (), now: int | None = None, *, new_only: bool = False
    ) -> Receipt:
        """Insert or replace; where both are given, offer j is row len(items) + j of the receipt."""
        item_rows, bad_items = item_frame(items)
        offer_rows, bad_offers = offer_frame(offers)
        items_in = ItemSieve(conform(item_rows, ITEM_COLUMN, "items"), new_only=new_only)
        receipt = self._write(items_in, OfferSieve(offer_rows.with_columns(pl.col(ROW) + len(items)), now))
        late = [Refusal(refusal.row + len(items), refusal.reason) for refusal in bad_offers]
        return _with_refusals(receipt, [*bad_items, *late])

    def patch(self, patches: Sequence[ItemPatch], now: int) -> Receipt:
        items, offers, unwritable = patch_frames(patches)
        item_rows = [PatchSieve(conform(frame, ITEM_COLUMN, "items", partial=True)) for frame in items]
        offer_rows = [OfferSieve(frame, now, partial=True) for frame in offers]
        return _with_refusals(self._write(*item_rows, *offer_rows), unwritable)

    def ingest_items(self, frame: pl.DataFrame, *, partial: bool = False, new_only: bool = False) -> Receipt:
        rows = conform(frame, ITEM_COLUMN, "items", partial=partial)
        return self._write(PatchSieve(rows) if partial else ItemSieve(rows, new_only=new_only))

    def ingest_offers(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> Receipt:
        return self._write(OfferSieve(frame, now, partial=partial))

    def _write(self, *sieves: ItemSieve | PatchSieve | OfferSieve) -> Receipt:
        """One transaction; a row that a later row of the batch replaces counts as duplicate."""
        with self._database.write() as transaction:
            for sieve in sieves:
                sieve.write(transaction)
            change = transaction.change
        accepted, duplicate = sum(sieve.frame.height for sieve in sieves), sum(sieve.duplicate for sieve in sieves)
        return _with_refusals(Receipt(accepted, duplicate, (), change), [r for sieve in sieves for r in sieve.refusals])

    def get(self, item_id: str) -> StoredItem | None:
        statement = f"SELECT i.item_index, i.change, {_OWN} FROM item i WHERE i.item_id = :item_id AND NOT i.deleted"
        with self._database.read() as reading:
            found = reading.fetch(statement, _STORED_COLUMN, item_id=item_id).rows(named=True)
            if not found:
                return None
            offers = reading.fetch(
                "SELECT i.item_id, o.market, o.price, o.currency, o.stock, o.valid_from, o.valid_to "
                "FROM offer o JOIN item i ON i.item_index = o.item_index "
                "WHERE i.item_id = :item_id ORDER BY o.market, o.valid_from",
                OFFER_COLUMN,
                item_id=item_id,
            ).rows(named=True)
        row = found[0]
        return StoredItem(item_of(row), row["item_index"], tuple(Offer(**offer) for offer in offers), row["change"])

    def delete(self, item_id: str) -> bool:
        with self._database.write() as transaction:
            if not transaction.rows("SELECT 1 FROM item WHERE item_id = :item_id AND NOT deleted", item_id=item_id):
                return False
            row = {"item_id": item_id, "gone": True, "change": transaction.take("change", 1)}
            transaction.execute("UPDATE item SET deleted = :gone, change = :change WHERE item_id = :item_id", [row])
        return True

    def delete_offer(self, item_id: str, market: str, valid_from: int | None = None) -> int:
        with self._database.write() as transaction:
            return delete_offers(transaction, item_id, market, valid_from)

    def frame(self, as_of: int) -> pl.DataFrame:
        with self._database.read() as reading:
            return reading.fetch(_ALL, CATALOGUE_COLUMN, as_of=as_of)

    def repriced(self, since: int, as_of: int) -> pl.DataFrame:
        after, until = sorted((since, as_of))
        if after == until:
            return pl.DataFrame(schema=CATALOGUE_COLUMN)
        with self._database.read() as reading:
            return reading.fetch(_REPRICED, CATALOGUE_COLUMN, after=after, until=until, as_of=as_of)

    def item_ids(self, among: Sequence[str] | None = None) -> pl.DataFrame:
        with self._database.read() as reading:
            if among is not None:
                return reading.fetch_among(f"{_IDS} WHERE", _ID_COLUMN, "item_id", among).sort("item_index")
            return reading.fetch(f"{_IDS} ORDER BY item_index", _ID_COLUMN)

    def changes(self, since: int, as_of: int, limit: int = 10_000) -> Changes:
        with self._database.read() as reading:
            frame = reading.fetch(_CHANGED, CATALOGUE_COLUMN, since=since, as_of=as_of, limit=limit)
        return Changes(frame, since if frame.is_empty() else int(frame["change"][-1]))


def _with_refusals(receipt: Receipt, more: Sequence[Refusal]) -> Receipt:
    """The receipt with further refusals, in the order of the rows."""
    rejected = sorted((*receipt.rejected, *more), key=lambda refusal: refusal.row)
    return replace(receipt, rejected=tuple(rejected))
