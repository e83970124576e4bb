"""What every Snapshot does, and a store that is filled from one."""

from collections.abc import Mapping

import polars as pl
import pytest

from shopkeeper.error import InputError
from shopkeeper.record import Offer
from shopkeeper.store import Snapshot, Store
from shopkeeper.testing.exposure_contract import exposure
from shopkeeper.testing.store_sample import CUP, TEA, view


class SnapshotContract:
    """Everything as of one moment."""

    def test_a_snapshot_does_not_see_what_is_written_after_it(self, store: Store) -> None:
        store.catalogue.put([TEA])
        with store.snapshot() as snapshot:
            store.events.append([view("tea", user="ann")])
            store.catalogue.put([CUP])
            tables = whole(snapshot)
        assert (tables["item"]["item_id"].to_list(), tables["event"].height) == (["tea"], 0)
        assert snapshot.change == tables["counter"].filter(name="change")["value"].item()

    def test_some_columns_can_be_asked_for(self, store: Store) -> None:
        store.catalogue.put([TEA])
        with store.snapshot() as snapshot:
            (frame,) = snapshot.frames("item", ["item_index", "item_id"])
        assert frame.rows() == [(0, "tea")]

    def test_a_store_that_is_not_empty_is_not_filled(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=5)])
        store.exposures.append([exposure("a")])
        with store.snapshot() as snapshot:
            tables = {name: [frame] for name, frame in whole(snapshot).items()}
        with pytest.raises(InputError, match="not empty"):
            store.restore(tables)
        store.events.append([view("tea", user="ann")])
        assert store.events.count() == 1


def whole(snapshot: Snapshot) -> Mapping[str, pl.DataFrame]:
    """Every table."""
    return {name: pl.concat(list(snapshot.frames(name))) for name in snapshot.tables}
