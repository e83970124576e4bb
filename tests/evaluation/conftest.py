"""A hand-made grocery of eight items, and datasets built by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import Dataset, ItemTable, weight_column
from shopkeeper.data.dataset import NO_SESSION
from shopkeeper.record import DAY, DEFAULT_WEIGHT, EVENT_CODE, EventType
from shopkeeper.store.frame import CATALOGUE_COLUMN

# (person, item, type, day, session or None)
Act = tuple[int, int, EventType, float, int | None]
MakeDataset = Callable[[Sequence[Act], float], Dataset]

CAMPAIGN, DISABLED, LATE = 5, 6, 7  # items that no list may hold at the cut, day 10


@pytest.fixture
def items() -> ItemTable:
    """Items 0 to 4 are products; 5 a campaign, 6 disabled, 7 a product that comes on day 12."""
    size = 8
    kind = ["product"] * size
    kind[CAMPAIGN] = "campaign"
    columns: dict[str, list[object]] = {name: [None] * size for name in CATALOGUE_COLUMN}
    columns["item_index"] = columns["group_index"] = list(range(size))
    columns["item_id"] = [f"i{number}" for number in range(size)]
    columns["kind"] = list(kind)
    columns["available_from"][LATE] = 12 * DAY
    columns["enabled"] = [number != DISABLED for number in range(size)]
    columns["deleted"] = [False] * size
    columns["change"] = [1] * size
    return ItemTable(pl.DataFrame(columns, schema=dict(CATALOGUE_COLUMN)))


@pytest.fixture
def make_dataset(items: ItemTable) -> MakeDataset:
    def make(acts: Sequence[Act], as_of: float) -> Dataset:
        known = sorted((act for act in acts if act[3] < as_of), key=lambda act: (act[0], act[3]))
        person, user = np.unique(np.array([act[0] for act in known], np.int32), return_inverse=True)
        return Dataset(
            items=items,
            person=person,
            user=user.astype(np.int32),
            item=np.array([act[1] for act in known], np.int32),
            type=np.array([EVENT_CODE[act[2]] for act in known], np.uint8),
            time=np.array([round(act[3] * DAY) for act in known], np.int64),
            session=np.array([NO_SESSION if act[4] is None else act[4] for act in known], np.int32),
            amount=np.ones(len(known), np.float32),
            weight=weight_column(DEFAULT_WEIGHT),
            as_of=round(as_of * DAY),
            change=1,
        )

    return make
