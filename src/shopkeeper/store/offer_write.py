"""Writing offers: what is refused, and what has really changed."""

from typing import Final

import polars as pl

from shopkeeper.store.frame import OFFER_COLUMN
from shopkeeper.store.item_write import bump
from shopkeeper.store.offer_state import prolonged, stated
from shopkeeper.store.schema import OFFER
from shopkeeper.store.sieve import Sieve, conform, shown, too_long
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
_LIVING: Final = "SELECT item_id, item_index FROM item WHERE NOT deleted AND"
_ITEM: Final = {"item_id": pl.String(), "item_index": pl.Int32()}
_TIMED: Final = {"valid_from": pl.Int64(), "valid_to": pl.Int64()}
_UNKNOWN: Final = pl.concat_str(pl.lit("no item "), shown("item_id"), pl.lit(" is known: put the item first"))


class OfferSieve(Sieve):
    """The offers of a frame (OFFER_COLUMN, or with `partial` some of it, and ROW) that can be written if their items
    are known.

    `now` is when an offer without `valid_from` begins to hold (UTC microseconds); None: it held from the beginning.
    `duplicate`, known once they are written, counts rows that later ones replace and those that hold already.
    """

    def __init__(self, frame: pl.DataFrame, now: int | None = None, *, partial: bool = False) -> None:
        rows = conform(frame, OFFER_COLUMN, "offers", partial=partial)
        absent = [pl.lit(None, kind).alias(name) for name, kind in _TIMED.items() if name not in rows.columns]
        market = pl.col("market").fill_null("") if "market" in rows.columns else pl.lit("").alias("market")
        super().__init__(rows.with_columns(market, *absent))
        self._now, self.duplicate = now, 0
        price = [(pl.col("price") < 0, "a price cannot be negative")] if "price" in rows.columns else []
        self.refuse(
            (pl.col("item_id").fill_null("") == "", "an offer needs an item_id"),
            *price,
            (pl.col("valid_to") <= pl.col("valid_from").fill_null(now or 0), "the offer ends before it begins"),
            *too_long("item_id", "market"),
        )
        self.refuse_nul()

    def write(self, transaction: Transaction) -> None:
        """Add or replace offers; their items get new change numbers unless all is as it was.

        Offers of unknown or deleted items are refused; `frame` keeps the rows that were written.
        """
        if self.frame.is_empty():
            return
        ids = self.frame["item_id"].unique().to_list()
        items = transaction.fetch_among(_LIVING, _ITEM, "item_id", ids)
        self.frame = self.frame.join(items, on="item_id", how="left", maintain_order="left")
        self.refuse((pl.col("item_index").is_null(), _UNKNOWN))
        last = self.frame.unique(list(_KEY), keep="last", maintain_order=True)
        known = transaction.fetch_among(_KNOWN, _COLUMN, "item_index", last["item_index"].unique().to_list())
        offers = self._dated(last, known).unique(list(_KEY), keep="last", maintain_order=True)
        self.duplicate, self.frame = self.frame.height - offers.height, offers
        _write(transaction, pl.concat([offers, self._besides(offers, known)]).select(list(_COLUMN)), known)

    def _dated(self, offers: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """Offers with all columns and their times."""
        if self._now is None:
            return offers.with_columns(pl.col("valid_from").fill_null(0))
        return stated(offers, known, self._now)

    def _besides(self, offers: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """What no row says, but follows of them."""
        return offers.clear() if self._now is None else prolonged(offers, known, self._now)


def delete_offers(transaction: Transaction, item_id: str, market: str, valid_from: int | None) -> int:
    """Take back offers of one item and market, all or the one that began at a time; returns how many."""
    found = transaction.fetch(
        "SELECT o.item_index, o.valid_from FROM offer o JOIN item i ON i.item_index = o.item_index "
        "WHERE i.item_id = :item_id AND o.market = :market",
        {"item_index": pl.Int32(), "valid_from": pl.Int64()},
        item_id=item_id,
        market=market,
    )
    gone = found if valid_from is None else found.filter(pl.col("valid_from") == valid_from)
    transaction.execute(
        "DELETE FROM offer WHERE item_index = :item_index AND market = :market AND valid_from = :valid_from",
        [{**row, "market": market} for row in gone.rows(named=True)],
    )
    bump(transaction, gone["item_index"].unique())
    return gone.height


def _write(transaction: Transaction, offers: pl.DataFrame, known: pl.DataFrame) -> None:
    changed = offers.join(known, on=list(_COLUMN), how="anti", nulls_equal=True).sort(_KEY)
    bumped = bump(transaction, changed["item_index"].unique().sort())
    transaction.upsert(OFFER, changed.join(bumped, on="item_index", how="left"))
