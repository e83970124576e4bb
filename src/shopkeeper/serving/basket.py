"""The basket: what a shopper put in and has neither taken out nor bought, read from the history that lists use too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.record import DAY, EVENT_CODE, EventType
from shopkeeper.store.history import Packed

KEPT_DAYS: Final = 7  # what lies in a basket for longer is forgotten
_IN: Final = EVENT_CODE[EventType.CART]
_OUT: Final = (EVENT_CODE[EventType.UNCART], EVENT_CODE[EventType.PURCHASE])


@dataclass(frozen=True, slots=True)
class Basket:
    """`quantity[i]` of `item_ids[i]`, in the order in which they were first put in.

    `next_time` (UTC microseconds) is when the shopper's next act is: now, or just after the last one where that is
    later, as in a shop that replays a past log and was started again. So what is bought last is not in the basket.
    """

    item_ids: tuple[str, ...]
    quantity: tuple[int, ...]
    next_time: int

    def __len__(self) -> int:
        """How many things are in it."""
        return sum(self.quantity)


def basket_of(recent: Packed, ids: Sequence[str], now: int) -> Basket:
    """The basket of one person's `recent` acts (dtype RECENT, oldest first); items beyond `ids` are left out."""
    # An act dated later than tomorrow is a sender's mistake, and must not push the next ones there.
    acts = recent[(np.abs(recent["time"] - now) <= KEPT_DAYS * DAY) & (recent["time"] <= now + DAY)]
    next_time = max(now, int(acts["time"].max(initial=now - 1)) + 1)
    acts = acts[np.isin(acts["type"], (_IN, *_OUT)) & (acts["item"] < len(ids))]
    item, first, row = np.unique(acts["item"], return_index=True, return_inverse=True)
    place, put_in = np.arange(len(acts)), acts["type"] == _IN
    emptied = np.full(len(item), -1)
    np.maximum.at(emptied, row[~put_in], place[~put_in])
    quantity = np.bincount(row[put_in & (place > emptied[row])], minlength=len(item))
    order = [each for each in np.argsort(first, kind="stable").tolist() if quantity[each]]
    return Basket(tuple(ids[item[each]] for each in order), tuple(int(quantity[each]) for each in order), next_time)
