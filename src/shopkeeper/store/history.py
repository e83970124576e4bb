"""A person's history as two packed arrays: what the store keeps for each person, and a Dataset rebuilds.

`summarise` is the only place that makes one, so that training, evaluation and serving see the same history.
"""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.record import DAY, EVENT_CODE, EventType

RECENT_LIMIT: Final = 200  # events kept in a person's recent history
SHARES: Final = 4096  # a power of two, see returned_share
RATING_NEUTRAL: Final = 3.0  # a rating above it speaks for the item, below it against

DECAY: Final = 120 * DAY  # time constant of the decayed amount

# `amount` sums the acts' amounts; `decayed` sums amount x exp(-(last - time) / DECAY). Both can be merged exactly.
TOTAL: Final = np.dtype(
    [("item", "<i4"), ("type", "u1"), ("amount", "<f4"), ("decayed", "<f8"), ("first", "<i8"), ("last", "<i8")]
)
RECENT: Final = np.dtype([("item", "<i4"), ("type", "u1"), ("amount", "<f4"), ("time", "<i8")])

_PERSONS_IN_KEY: Final = 2**23  # 63 bits hold this many persons, each item (31) and each type (8)
_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]  # shown is not done
_RETURN: Final = EVENT_CODE[EventType.RETURN]
_PURCHASED: Final = '"purchased"'
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

    def packed(self) -> tuple[list[bytes], list[bytes]]:
        """(total, recent) of each person, as a store keeps them."""
        return _cut(self.total, self.total_offset), _cut(self.recent, self.recent_offset)

    def rows(self, rows: npt.NDArray[np.int64]) -> "Histories":
        """The histories of some of the persons, in that order."""
        total, total_offset = runs(self.total_offset, rows)
        recent, recent_offset = runs(self.recent_offset, rows)
        return Histories(self.total[total], total_offset, self.recent[recent], recent_offset)


def _cut(values: Packed, offset: npt.NDArray[np.int64]) -> list[bytes]:
    data, ends = values.tobytes(), (offset * values.itemsize).tolist()
    return [data[start:end] for start, end in pairwise(ends)]


def runs(
    offset: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of the values of some rows of a jagged column, and the offsets of what they make.

    A negative row stands for an empty one.
    """
    known = np.maximum(rows, 0)
    count = np.where(rows >= 0, offset[known + 1] - offset[known], 0)
    made = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return np.repeat(offset[known] - made[:-1], count) + np.arange(made[-1]), made


def amounts(
    type_code: npt.NDArray[np.uint8],
    rating: npt.NDArray[np.float64] | None = None,
    share: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float32]:
    """(n,) how much each event counts before its type's weight; ratings and shares are NaN where there is none.

    It is 1, however many pieces: who buys five jars wants jars no more surely than who buys one. Where it has a rating
    of 1 to 5, it is -1 to 1 (below 1 counts as 1); of a return of some pieces only, the share of the purchase that
    these are (`returned_share`).
    """
    amount = np.ones(len(type_code), np.float32)
    if rating is not None:
        rated = np.isin(type_code, _RATED) & np.isfinite(rating)
        amount[rated] = np.clip((rating[rated] - RATING_NEUTRAL) / 2, -1, 1)
    if share is not None:
        partly = (type_code == _RETURN) & np.isfinite(share)
        amount[partly] = share[partly]
    return amount


def returned_share(quantity: float | None, context: str | None, of_order: float | None = None) -> float | None:
    """The share of a purchase that a return of `quantity` pieces takes back, None for all of it.

    How many were bought is what the return itself tells, `context.purchased`, so that events may come in any order;
    else `of_order`, what its order had of the item, where the log knows that by then. It is rounded up to a multiple of
    1 / SHARES: sums of such numbers are exact in any order, and parts that make the whole take back no less.
    """
    told = _purchased(context)
    bought = of_order if told is None else told
    if quantity is None or not bought:
        return None
    share = quantity / bought
    return math.ceil(share * SHARES) / SHARES if 0 < share < 1 else None


def _purchased(context: str | None) -> float | None:
    """`context.purchased`, None where it is no number."""
    if context is None or _PURCHASED not in context:
        return None
    try:
        told = json.loads(context)["purchased"]
        return float(told) if isinstance(told, int | float | str) else None
    except (ValueError, KeyError, OverflowError, RecursionError):
        return None


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
    total = np.empty(len(act), TOTAL)
    total["item"], total["type"] = act["item"], act["type"]
    total["amount"] = total["decayed"] = act["amount"]
    total["first"] = total["last"] = act["time"]
    return combine(person, total, person, act, persons)


def combine(
    total_person: npt.NDArray[np.int64],
    total: Packed,
    recent_person: npt.NDArray[np.int64],
    recent: Packed,
    persons: int,
) -> Histories:
    """Histories of persons 0 .. persons - 1 from parts of them in any order: rows of TOTAL and of RECENT, each with
    its person. Rows of one person, item and type become one."""
    order = _by_item(total_person, total, persons)
    key, rows = total_person[order], np.take(total, order)  # of such rows, indexing takes ten times as long
    starts = _run_starts(key, rows["item"], rows["type"])
    merged = np.take(rows, starts)
    if len(starts):
        merged["amount"] = np.add.reduceat(rows["amount"], starts)
        merged["first"] = np.minimum.reduceat(rows["first"], starts)
        merged["last"] = np.maximum.reduceat(rows["last"], starts)
        latest = np.repeat(merged["last"], np.diff(np.append(starts, len(rows))))
        merged["decayed"] = np.add.reduceat(rows["decayed"] * np.exp((rows["last"] - latest) / DECAY), starts)
    total_offset = np.searchsorted(key[starts], np.arange(persons + 1)).astype(np.int64)
    return Histories(merged, total_offset, *_recent(recent_person, recent, persons))


def grouped(histories: Histories, group: npt.NDArray[np.int32]) -> Histories:
    """The histories with `group[item]` in place of each item; items beyond `group` are left out."""
    known, recent_known = histories.total["item"] < len(group), histories.recent["item"] < len(group)
    if known.all() and np.array_equal(group[histories.total["item"]], histories.total["item"]):
        return histories
    person = np.repeat(np.arange(len(histories)), np.diff(histories.total_offset))[known]
    recent_person = np.repeat(np.arange(len(histories)), np.diff(histories.recent_offset))[recent_known]
    total, recent = histories.total[known], histories.recent[recent_known]
    total["item"], recent["item"] = group[total["item"]], group[recent["item"]]
    return combine(person, total, recent_person, recent, len(histories))


def _recent(person: npt.NDArray[np.int64], act: Packed, persons: int) -> tuple[Packed, npt.NDArray[np.int64]]:
    """The last RECENT_LIMIT acts of each person, oldest first.

    Acts of one instant (a basket) have no order of their own. They are put in a scattered one, for neither the
    order of a file nor the position in the catalogue may become a feature.
    """
    order = np.argsort(person, kind="stable")
    key, rows = person[order], np.take(act, order)
    late = np.flatnonzero(_out_of_order(key, rows, persons)[key])
    rows[late] = rows[late][np.lexsort((*_recent_order(rows[late])[::-1], key[late]))]
    offset = np.searchsorted(key, np.arange(persons + 1))
    from_end = offset[key + 1] - np.arange(len(key))
    counts = np.minimum(np.diff(offset), RECENT_LIMIT)
    latest = np.take(rows, np.flatnonzero(from_end <= RECENT_LIMIT))
    return latest, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _recent_order(act: Packed) -> tuple[npt.NDArray[Any], ...]:
    """What the acts of a person are ordered by, the first most."""
    scatter = act["item"].astype(np.uint32) * np.uint32(2654435761)
    return act["time"], scatter, act["type"], act["amount"]


def _out_of_order(person: npt.NDArray[np.int64], act: Packed, persons: int) -> npt.NDArray[np.bool_]:
    """(persons,) whose acts do not follow one another. New acts mostly follow the known ones: to see that takes a tenth
    of the time that sorting takes."""
    same = person[1:] == person[:-1]
    later = np.zeros(len(same), bool)
    for column in _recent_order(act):
        later |= same & (column[1:] < column[:-1])
        same &= column[1:] == column[:-1]
    found = np.zeros(persons, bool)
    found[person[1:][later]] = True
    return found


def _by_item(person: npt.NDArray[np.int64], total: Packed, persons: int) -> npt.NDArray[np.int64]:
    """(n,) the order by person, item and type; rows that are equal in these stay as they are."""
    if persons > _PERSONS_IN_KEY:
        return np.lexsort((total["type"], total["item"], person))
    # As one number: sorted parts, one after the other, are then merged rather than sorted.
    return np.argsort(person << 40 | total["item"].astype(np.int64) << 8 | total["type"], kind="stable")


def _run_starts(*keys: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Where each run of equal keys starts, for keys that are sorted together."""
    if len(keys[0]) == 0:
        return np.empty(0, np.int64)
    new = np.concatenate([[True], np.zeros(len(keys[0]) - 1, bool)])
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new).astype(np.int64)
