"""Writing offers: what is refused, and what has really changed."""

from typing import Final

import polars as pl

from shopkeeper.store.item_write import bump
from shopkeeper.store.row import ROW
from shopkeeper.store.schema import OFFER
from shopkeeper.store.sieve import Sieve, shown, too_long
from shopkeeper.store.transaction import Transaction

_KEY: Final = ("item_index", "market", "valid_from")
_COLUMN: Final = {
    "item_index": pl.Int32(),
    "market": pl.String(),
    "valid_from": pl.Int64(),
    "price": pl.Int64(),
    "currency": pl.String(),
    "stock": pl.Int64(),
    "valid_to": pl.Int64(),
}
_KNOWN: Final = f"SELECT {', '.join(_COLUMN)} FROM offer WHERE"
_ITEM: Final = {"item_id": pl.String(), "item_index": pl.Int32()}


def offer_sieve(frame: pl.DataFrame) -> Sieve:
    """The offers of a frame (OFFER_COLUMN and ROW) that can be written if their items are known."""
    sieve = Sieve(frame.with_columns(pl.col("market").fill_null(""), pl.col("valid_from").fill_null(0)))
    sieve.refuse(
        (pl.col("item_id").fill_null("") == "", "an offer needs an item_id"),
        (pl.col("price") < 0, "a price cannot be negative"),
        (pl.col("valid_to") <= pl.col("valid_from"), "the offer ends before it begins"),
        *too_long("item_id", "market"),
    )
    sieve.refuse_nul()
    return sieve


def write_offers(transaction: Transaction, sieve: Sieve) -> int:
    """Add or replace offers; their items get new change numbers unless all is as it was.

    Returns how many rows of the batch were replaced by later ones of it. Offers of unknown items are refused.
    """
    if sieve.frame.is_empty():
        return 0
    ids = sieve.frame["item_id"].unique().to_list()
    items = transaction.fetch_among("SELECT item_id, item_index FROM item WHERE", _ITEM, "item_id", ids)
    sieve.frame = sieve.frame.join(items, on="item_id", how="left", maintain_order="left")
    unknown = pl.concat_str(pl.lit("no item "), shown("item_id"), pl.lit(" is known: put the item first"))
    sieve.refuse((pl.col("item_index").is_null(), unknown))
    offers = sieve.frame.unique(list(_KEY), keep="last", maintain_order=True)
    duplicate = sieve.frame.height - offers.height
    sieve.frame = offers
    _write(transaction, offers.drop(ROW).select(list(_COLUMN)))
    return duplicate


def _write(transaction: Transaction, offers: pl.DataFrame) -> None:
    known = transaction.fetch_among(_KNOWN, _COLUMN, "item_index", offers["item_index"].unique().to_list())
    changed = offers.join(known, on=list(_COLUMN), how="anti", nulls_equal=True).sort(_KEY)
    bumped = bump(transaction, changed["item_index"].unique().sort())
    transaction.upsert(OFFER, changed.join(bumped, on="item_index", how="left"))
