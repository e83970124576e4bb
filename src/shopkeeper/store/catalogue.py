"""Catalogue: items, their groups and their offers, and how they are read back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from shopkeeper.error import NotFound
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
from shopkeeper.store.transaction import Reading, Transaction

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
        sieves, unwritable = _patch_sieves(patches, now)
        return _with_refusals(self._write(*sieves), unwritable)

    def revise(self, item_id: str, revision: Callable[[Item], ItemPatch | None], now: int) -> Receipt:
        with self._database.write() as transaction:
            row = _row(transaction, item_id)
            if row is None:
                raise NotFound(f"No item has the id {item_id!r}. Put it first.")
            patch = revision(item_of(row))
            sieves, unwritable = _patch_sieves([] if patch is None else [patch], now)
            return _with_refusals(_write(transaction, sieves), unwritable)

    def ingest_items(self, frame: pl.DataFrame, *, partial: bool = False, new_only: bool = False) -> Receipt:
        rows = conform(frame, ITEM_COLUMN, "items", partial=partial)
        return self._write(PatchSieve(rows) if partial else ItemSieve(rows, new_only=new_only))

    def ingest_offers(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> Receipt:
        return self._write(OfferSieve(frame, now, partial=partial))

    def _write(self, *sieves: ItemSieve | PatchSieve | OfferSieve) -> Receipt:
        with self._database.write() as transaction:
            return _write(transaction, sieves)

    def get(self, item_id: str) -> StoredItem | None:
        with self._database.read() as reading:
            row = _row(reading, item_id)
            if row is None:
                return None
            offers = reading.fetch(
                "SELECT i.item_id, o.market, o.price, o.currency, o.stock, o.valid_from, o.valid_to "
                "FROM offer o JOIN item i ON i.item_index = o.item_index "
                "WHERE i.item_id = :item_id ORDER BY o.market, o.valid_from",
                OFFER_COLUMN,
                item_id=item_id,
            ).rows(named=True)
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


def _row(reading: Reading, item_id: str) -> Mapping[str, Any] | None:
    """_STORED_COLUMN of an item that is known and not deleted."""
    statement = f"SELECT i.item_index, i.change, {_OWN} FROM item i WHERE i.item_id = :item_id AND NOT i.deleted"
    found = reading.fetch(statement, _STORED_COLUMN, item_id=item_id).rows(named=True)
    return found[0] if found else None


def _patch_sieves(patches: Sequence[ItemPatch], now: int) -> tuple[list[PatchSieve | OfferSieve], list[Refusal]]:
    """What patches write, and those that cannot be written down at all."""
    items, offers, unwritable = patch_frames(patches)
    item_rows = [PatchSieve(conform(frame, ITEM_COLUMN, "items", partial=True)) for frame in items]
    offer_rows = [OfferSieve(frame, now, partial=True) for frame in offers]
    return [*item_rows, *offer_rows], unwritable


def _write(transaction: Transaction, sieves: Sequence[ItemSieve | PatchSieve | OfferSieve]) -> Receipt:
    """A row that a later row of the batch replaces counts as duplicate."""
    for sieve in sieves:
        sieve.write(transaction)
    accepted, duplicate = sum(sieve.frame.height for sieve in sieves), sum(sieve.duplicate for sieve in sieves)
    refusals = [refusal for sieve in sieves for refusal in sieve.refusals]
    return _with_refusals(Receipt(accepted, duplicate, (), transaction.change), refusals)


def _with_refusals(receipt: Receipt, more: Sequence[Refusal]) -> Receipt:
    """The receipt with further refusals, in the order of the rows."""
    rejected = sorted((*receipt.rejected, *more), key=lambda refusal: refusal.row)
    return replace(receipt, rejected=tuple(rejected))
