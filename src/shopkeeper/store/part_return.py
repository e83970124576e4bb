"""What share of a purchase each return takes back: the few returns of a batch, and what their orders had bought."""

from typing import Final

import polars as pl

from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.history import returned_share
from shopkeeper.store.transaction import Transaction

# Of one person, the same item in the same session: readers make an order's number its lines' session.
_LINE: Final = {"person": pl.Int32(), "item_index": pl.Int32(), "session_id": pl.String()}
_BOUGHT: Final = {**_LINE, "quantity": pl.Float64()}
_PURCHASES: Final = f"""
SELECT {", ".join(_BOUGHT)} FROM event
WHERE type = {EVENT_CODE[EventType.PURCHASE]} AND session_id IS NOT NULL AND
"""


def shares(transaction: Transaction, events: pl.DataFrame) -> pl.Series:
    """`share` of each event that is about to be written (EVENT_COLUMN, person, item_index), null but for parts."""
    none = pl.Series("share", [None], pl.Float64).new_from_index(0, events.height)
    if not (events["type"] == EventType.RETURN.value).any():
        return none
    back = events.with_row_index("place").filter(type=EventType.RETURN.value).filter(pl.col("quantity").is_not_null())
    known = back.join(_bought(transaction, events, back), on=list(_LINE), how="left", maintain_order="left")
    found = [returned_share(*row) for row in known.select("quantity", "context", "bought").iter_rows()]
    return none.scatter(known["place"], found)


def _bought(transaction: Transaction, events: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    """`bought`, how many pieces the log and this batch know of, for the lines of orders that came back.

    An order with several lines of an item counts as several purchases, and does not tell which of them a return is of.
    """
    persons = back.filter(pl.col("session_id").is_not_null())["person"].unique().to_list()
    log = transaction.fetch_among(_PURCHASES, _BOUGHT, "person", persons)
    batch = events.filter(type=EventType.PURCHASE.value).select(
        pl.col(name).cast(kind) for name, kind in _BOUGHT.items()
    )
    lines = pl.concat([log, batch]).group_by(*_LINE).agg(pl.col("quantity").first().alias("bought"), pl.len())
    return lines.filter(pl.col("len") == 1).drop("len")
