"""What every Store does with revisions: what depends on what is held is written before anybody changes that."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from shopkeeper.error import InputError, NotFound
from shopkeeper.record import Item, ItemPatch
from shopkeeper.store import Store
from shopkeeper.testing.patch_contract import NOW, item_of
from shopkeeper.testing.store_sample import TEA
from shopkeeper.testing.store_writer import add_category, add_label

NAMES = [f"n{number:02}" for number in range(24)]
THREADS = 8


class RevisionContract:
    """Changes that are worked out of what is held."""

    def test_of_what_threads_add_to_one_item_nothing_is_lost(self, store: Store) -> None:
        store.catalogue.put([Item("tea", category=("Drinks",))])
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda name: add_category(store, name), NAMES))
        assert sorted(item_of(store, "tea").category) == ["Drinks", *NAMES]

    def test_of_what_threads_add_to_one_user_nothing_is_lost(self, store: Store) -> None:
        store.events.ingest_users(pl.DataFrame({"user_id": ["ann"], "attributes": ['{"age":30}']}))
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda name: add_label(store, name), NAMES))
        ann = store.people.user("ann")
        assert ann is not None
        assert ann.attributes == {"age": 30, **dict.fromkeys(NAMES, True)}

    def test_a_revision_to_nothing_writes_nothing(self, store: Store) -> None:
        store.catalogue.put([TEA])
        before = store.change_number()
        receipt = store.catalogue.revise("tea", lambda _: None, NOW)
        assert (receipt.accepted, receipt.rejected, store.change_number()) == (0, (), before)
        assert item_of(store, "tea") == TEA

    def test_who_is_unknown_or_deleted_is_not_revised(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.catalogue.delete("tea")
        for item_id in ("tea", "pot"):
            with pytest.raises(NotFound, match=f"No item has the id '{item_id}'"):
                store.catalogue.revise(item_id, lambda item: ItemPatch(item.item_id, {"title": "T"}), NOW)
        with pytest.raises(NotFound, match="No user has the id 'ann'"):
            add_label(store, "x")
        assert store.catalogue.get("tea") is None

    def test_what_a_revision_raises_leaves_all_as_it_was_and_holds_nobody_up(self, store: Store) -> None:
        store.catalogue.put([TEA])

        def full(tea: Item) -> ItemPatch:
            raise InputError(f"{tea.item_id} is full")

        with pytest.raises(InputError, match="tea is full"):
            store.catalogue.revise("tea", full, NOW)
        assert item_of(store, "tea") == TEA
        assert store.catalogue.patch([ItemPatch("tea", {"title": "Tea"})], NOW).accepted == 1

    def test_a_revision_that_cannot_be_written_is_refused(self, store: Store) -> None:
        store.catalogue.put([TEA])
        receipt = store.catalogue.revise("tea", lambda tea: ItemPatch(tea.item_id, {"title": "a\0b"}), NOW)
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (0, [0])
        assert item_of(store, "tea") == TEA
