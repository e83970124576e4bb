"""A person's history as two packed arrays: what the store keeps for each person, and a Dataset rebuilds.

`summarise` is the only place that makes one, so that training, evaluation and serving see the same history.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.record import EVENT_CODE, EventType

RECENT_LIMIT: Final = 200  # events kept in a person's recent history
RATING_NEUTRAL: Final = 3.0  # a rating above it speaks for the item, below it against

TOTAL: Final = np.dtype([("item", "<i4"), ("type", "u1"), ("amount", "<f4"), ("first", "<i8"), ("last", "<i8")])
RECENT: Final = np.dtype([("item", "<i4"), ("type", "u1"), ("amount", "<f4"), ("time", "<i8")])

_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]  # shown is not done
_RATED: Final = (EVENT_CODE[EventType.RATE], EVENT_CODE[EventType.REVIEW])

Packed = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Histories:
    """Jagged histories of P persons: row i owns `total[total_offset[i]:total_offset[i + 1]]`, recent alike.

    `total` (dtype TOTAL) is sorted by item and type; `recent` (dtype RECENT) by time, oldest first.
    """

    total: Packed
    total_offset: npt.NDArray[np.int64]
    recent: Packed
    recent_offset: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.total_offset) - 1

    def of(self, row: int) -> tuple[Packed, Packed]:
        """(total, recent) of one person."""
        return (
            self.total[self.total_offset[row] : self.total_offset[row + 1]],
            self.recent[self.recent_offset[row] : self.recent_offset[row + 1]],
        )


def amounts(type_code: npt.NDArray[np.uint8], rating: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float32]:
    """How much each event counts before its type's weight: 1, or -1 to 1 by its rating where it has one."""
    amount = np.ones(len(type_code), np.float32)
    if rating is None:
        return amount
    rated = np.isin(type_code, _RATED) & np.isfinite(rating)
    amount[rated] = np.clip((rating[rated] - RATING_NEUTRAL) / 2, -1, 1)
    return amount


def acts(
    item: npt.NDArray[np.int32],
    type_code: npt.NDArray[np.uint8],
    time: npt.NDArray[np.int64],
    amount: npt.NDArray[np.float32],
) -> Packed:
    """Events as an array of RECENT, impressions left out; the raw material of `summarise`."""
    packed = np.empty(len(item), RECENT)
    packed["item"], packed["type"], packed["amount"], packed["time"] = item, type_code, amount, time
    kept: Packed = packed[type_code != _UNSEEN]
    return kept


def summarise(person: npt.NDArray[np.int64], act: Packed, persons: int) -> Histories:
    """Histories of persons 0 .. persons - 1 from their acts (dtype RECENT), `person[i]` having done `act[i]`."""
    order = np.lexsort((act["type"], act["item"], person))
    key, sorted_act = person[order], act[order]
    starts = _run_starts(key, sorted_act["item"], sorted_act["type"])
    total = np.empty(len(starts), TOTAL)
    if len(starts):
        total["item"], total["type"] = sorted_act["item"][starts], sorted_act["type"][starts]
        total["amount"] = np.add.reduceat(sorted_act["amount"], starts)
        total["first"] = np.minimum.reduceat(sorted_act["time"], starts)
        total["last"] = np.maximum.reduceat(sorted_act["time"], starts)
    total_offset = np.searchsorted(key[starts], np.arange(persons + 1)).astype(np.int64)
    recent, recent_offset = _recent(person, act, persons)
    return Histories(total, total_offset, recent, recent_offset)


def merge(total: Packed, recent: Packed, act: Packed) -> tuple[Packed, Packed]:
    """One person's (total, recent) after more acts: what `summarise` would give over all of them."""
    added = summarise(np.zeros(len(act), np.int64), act, 1)
    both = np.concatenate([total, added.total])
    both = both[np.lexsort((both["type"], both["item"]))]
    starts = _run_starts(both["item"], both["type"])
    merged = both[starts]
    if len(starts):
        merged["amount"] = np.add.reduceat(both["amount"], starts)
        merged["first"] = np.minimum.reduceat(both["first"], starts)
        merged["last"] = np.maximum.reduceat(both["last"], starts)
    acts_now = np.concatenate([recent, added.recent])
    return merged, _recent(np.zeros(len(acts_now), np.int64), acts_now, 1)[0]


def _recent(person: npt.NDArray[np.int64], act: Packed, persons: int) -> tuple[Packed, npt.NDArray[np.int64]]:
    """The last RECENT_LIMIT acts of each person, oldest first.

    Acts of one instant (a basket) have no order of their own. They are put in a scattered one, for neither the
    order of a file nor the position in the catalogue may become a feature.
    """
    scatter = act["item"].astype(np.uint32) * np.uint32(2654435761)
    order = np.lexsort((act["type"], scatter, act["time"], person))
    key = person[order]
    offset = np.searchsorted(key, np.arange(persons + 1))
    from_end = offset[key + 1] - np.arange(len(key))
    kept = from_end <= RECENT_LIMIT
    counts = np.minimum(np.diff(offset), RECENT_LIMIT)
    return act[order[kept]], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _run_starts(*keys: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Where each run of equal keys starts, for keys that are sorted together."""
    if len(keys[0]) == 0:
        return np.empty(0, np.int64)
    new = np.concatenate([[True], np.zeros(len(keys[0]) - 1, bool)])
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new).astype(np.int64)
