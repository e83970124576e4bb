"""Dataset: an immutable columnar snapshot of a shop as of a time, which is all that a model ever learns from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.data.item_table import ItemTable
from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store import Store
from shopkeeper.store.history import Histories, acts, amounts, summarise

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]

NO_SESSION = -1


@dataclass(frozen=True)
class Dataset:
    """E events of U users on n items, all before `as_of` (UTC microseconds), sorted by user and time.

    `user` is a row of `person` (the store's permanent number of that user); `item` stands for the item's group;
    `weight` (by type code) is what each type of event counts; `change` is the store's change number.
    """

    items: ItemTable
    person: Int32
    user: Int32
    item: Int32
    type: npt.NDArray[np.uint8]
    time: Int64
    session: Int32
    amount: Float32
    weight: Float32
    as_of: int
    change: int

    @property
    def users(self) -> int:
        """U, how many users have an event."""
        return len(self.person)

    def __len__(self) -> int:
        return len(self.user)

    @cached_property
    def value(self) -> Float32:
        """(E,) what each event counts: its type's weight times its amount."""
        value: Float32 = self.weight[self.type] * self.amount
        return value

    def of_type(self, *types: EventType) -> npt.NDArray[np.bool_]:
        """(E,) which events are of these types."""
        return np.isin(self.type, [EVENT_CODE[kind] for kind in types])

    def before(self, as_of: int, items: ItemTable) -> "Dataset":
        """The snapshot as of an earlier time, with `items` as of then."""
        kept = self.time < as_of
        person, user = np.unique(self.person[self.user[kept]], return_inverse=True)
        return replace(
            self,
            items=items,
            person=person,
            user=user.astype(np.int32),
            item=self.item[kept],
            type=self.type[kept],
            time=self.time[kept],
            session=self.session[kept],
            amount=self.amount[kept],
            as_of=as_of,
        )

    def histories(self) -> Histories:
        """Every user's history as of `as_of`, exactly as the store would tell it then; worked out once."""
        return self._histories

    @cached_property
    def _histories(self) -> Histories:
        counted = self.type != EVENT_CODE[EventType.IMPRESSION]
        act = acts(self.item[counted], self.type[counted], self.time[counted], self.amount[counted])
        told = summarise(self.user[counted].astype(np.int64), act, self.users)
        for part in (told.total, told.total_offset, told.recent, told.recent_offset):
            part.flags.writeable = False  # everybody who asks is given the same
        return told


def load_dataset(store: Store, weights: Mapping[EventType, float], as_of: int) -> Dataset:
    """The snapshot of everything before `as_of`; prices and stock as of then too."""
    change = store.change_number()
    items = ItemTable(store.catalogue.frame(as_of))
    # The shop stays open meanwhile: events of items that came after the catalogue was read wait for the next snapshot.
    log = store.events.learned(as_of).filter(pl.col("item_index") < len(items))
    person, type_code, told = (log[name].to_numpy() for name in ("person", "type", "told"))
    first = np.append(True, person[1:] != person[:-1])[: len(person)]
    return Dataset(
        items=items,
        person=person[first],
        user=np.cumsum(first, dtype=np.int32) - np.int32(1),
        item=items.group[log["item_index"].to_numpy()],
        type=type_code,
        time=log["time"].to_numpy(),
        session=_codes(log["session"].to_numpy()),
        amount=amounts(type_code, told, told),
        weight=weight_column(weights),
        as_of=as_of,
        change=change,
    )


def _codes(session: npt.NDArray[np.uint64]) -> Int32:
    """(E,) a number for each distinct hash, NO_SESSION for 0."""
    # Most sessions are neighbours in the order of person and time: one event of a run speaks for all.
    starts = np.append(True, session[1:] != session[:-1])[: len(session)]
    run = pl.DataFrame({"name": session[starts], "number": np.arange(starts.sum(), dtype=np.int32)})
    code = run.select(pl.when(pl.col("name") == 0).then(NO_SESSION).otherwise(pl.col("number").first().over("name")))
    return np.repeat(code.to_series().to_numpy().astype(np.int32), np.diff(np.flatnonzero(starts), append=len(session)))


def weight_column(weights: Mapping[EventType, float]) -> Float32:
    """Weights by type code, the largest scaled to 1: values then count in the strongest act, usually a purchase.

    A type without a weight counts nothing.
    """
    column = np.zeros(len(EVENT_CODE), np.float32)
    for kind, weight in weights.items():
        column[EVENT_CODE[kind]] = weight
    strongest = float(column.max())
    return column / strongest if strongest > 0 else column
