"""What every EventLog does with frames, which go another way than the few events of a click."""

import math

import polars as pl

from shopkeeper.store import Store
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.store_sample import CUP, TEA, items_of


class FrameContract:
    """Frames of events in which something is missing."""

    def test_what_is_about_no_item_is_logged_and_in_no_history(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        rows = {
            "type": ["view", "search", "cart"],
            "time": [1, 2, 3],
            "user_id": "ann",
            "item_id": ["tea", None, "cup"],
        }
        assert store.events.ingest(pl.DataFrame(rows)).accepted == 3
        assert store.events.changes(0).frame["item_index"].to_list() == [0, None, 1]
        assert items_of(store.events.history("ann", None).recent) == [0, 1]
        assert_aggregates(store)

    def test_a_number_that_is_none_counts_as_not_given(self, store: Store) -> None:
        store.catalogue.put([TEA])
        rows = {
            "type": "purchase",
            "time": [1, 2, 3],
            "user_id": "ann",
            "item_id": "tea",
            "quantity": [2.0, math.nan, None],
            "rating": [math.nan, 3.5, None],
        }
        receipt = store.events.ingest(pl.DataFrame(rows))
        assert (receipt.accepted, receipt.rejected) == (3, ())
        held = store.people.held("ann")
        assert held is not None
        assert held.events["quantity"].to_list() == [2.0, None, None]
        assert held.events["rating"].to_list() == [None, 3.5, None]
        assert_aggregates(store)
