"""What every Catalogue does with patches: what is not named stays, null empties, attributes are merged."""

from dataclasses import replace

import polars as pl

from shopkeeper.record import Item, ItemPatch, Offer
from shopkeeper.store import Store
from shopkeeper.testing.store_sample import CUP, TEA

NOW = 1_000


def item_of(store: Store, item_id: str) -> Item:
    """The item as the store holds it."""
    stored = store.catalogue.get(item_id)
    assert stored is not None
    return stored.item


def offers_of(store: Store, item_id: str) -> tuple[Offer, ...]:
    """The item's offers."""
    stored = store.catalogue.get(item_id)
    assert stored is not None
    return stored.offers


class PatchContract:
    """Changes of parts of items."""

    def test_a_patch_changes_what_it_names(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        store.catalogue.patch([ItemPatch("tea", {"title": "Green tea, loose", "brand": None})], NOW)
        assert item_of(store, "tea") == replace(TEA, title="Green tea, loose", brand=None)
        assert item_of(store, "cup") == CUP

    def test_what_is_emptied_is_as_in_a_new_item(self, store: Store) -> None:
        store.catalogue.put([replace(TEA, enabled=False, available_from=5)])
        named = ("title", "category", "brand", "attributes", "available_from", "enabled")
        store.catalogue.patch([ItemPatch("tea", dict.fromkeys(named))], NOW)
        assert item_of(store, "tea") == Item("tea")

    def test_attributes_are_merged_member_by_member(self, store: Store) -> None:
        store.catalogue.put([Item("tea", attributes={"organic": True, "size": {"g": 100, "bags": 20}, "old": [1]})])
        patch = {"old": None, "size": {"bags": 50}, "tags": ["a"]}
        store.catalogue.patch([ItemPatch("tea", {"attributes": patch})], NOW)
        merged = {"organic": True, "size": {"g": 100, "bags": 50}, "tags": ["a"]}
        assert item_of(store, "tea").attributes == merged

    def test_an_unknown_or_deleted_item_is_refused_by_row(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP], [Offer("cup", price=5)])
        store.catalogue.delete("cup")
        patches = [
            ItemPatch("pot", {"title": "Pot"}),
            ItemPatch("tea", {"title": "Tea"}),
            ItemPatch("cup", {"brand": "Clay"}),
        ]
        receipt = store.catalogue.patch(patches, NOW)
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (1, [0, 2])
        assert receipt.rejected[0].reason.startswith("no item 'pot' is known")
        assert store.catalogue.get("cup") is None

    def test_what_cannot_be_taken_of_a_patch_is_refused_by_row(self, store: Store) -> None:
        store.catalogue.put([TEA])
        frame = pl.DataFrame(
            {"item_id": ["tea", None, "tea"], "kind": ["gadget", "ad", "ad"], "attributes": ["{}"] * 3}
        )
        receipt = store.catalogue.ingest_items(
            frame.with_columns(attributes=pl.Series(["{}", "{}", "[1]"])), partial=True
        )
        assert [refusal.row for refusal in receipt.rejected] == [0, 1, 2]
        assert receipt.rejected[2].reason == "attributes are no JSON object"
        lone_surrogate = ItemPatch("cup", {"title": "\ud800"})
        no_json = ItemPatch("pot", {"attributes": {"x": {1}}})
        receipt = store.catalogue.patch([lone_surrogate, ItemPatch("tea", {"title": "T"}), no_json], NOW)
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (1, [0, 2])

    def test_a_further_patch_of_an_item_is_refused_by_row(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        patches = [
            ItemPatch("tea", {"title": "First", "attributes": {"a": 1}}),
            ItemPatch("cup", {"brand": "Clay"}),
            ItemPatch("tea", {"title": "Second"}),
            ItemPatch("tea", {"attributes": {"b": 2}}, {"stock": 1}),
        ]
        receipt = store.catalogue.patch(patches, NOW)
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (2, [2, 3])
        assert receipt.rejected[0].reason == "item 'tea' has a patch before it: say all of an item in one"
        assert item_of(store, "tea") == replace(TEA, title="First", attributes={**TEA.attributes, "a": 1})
        assert offers_of(store, "tea") == ()

    def test_a_patch_that_changes_nothing_keeps_the_change_number(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, currency="USD", stock=4)])
        before = store.change_number()
        same = ItemPatch(
            "tea", {"title": TEA.title, "attributes": {"organic": True}}, {"price": 100, "currency": "USD"}
        )
        receipt = store.catalogue.patch([same, ItemPatch("tea")], NOW)
        assert (receipt.rejected, store.change_number()) == ((), before)

    def test_a_patched_group_is_led_by_its_smallest_item(self, store: Store) -> None:
        store.catalogue.put([CUP, Item("s", group_id="shirt"), Item("m", group_id="shirt")])
        store.catalogue.patch([ItemPatch("cup", {"group_id": "shirt"}), ItemPatch("m", {"group_id": None})], NOW)
        assert store.catalogue.frame(0)["group_index"].to_list() == [0, 0, 2]

    def test_columns_that_a_frame_lacks_stay(self, store: Store) -> None:
        store.catalogue.put([TEA, replace(CUP, description="White")])
        frame = pl.DataFrame(
            {"item_id": ["tea", "cup"], "title": ["Sencha", "Mug"], "attributes": ['{"cups":2}', None]}
        )
        assert store.catalogue.ingest_items(frame, partial=True).accepted == 2
        assert item_of(store, "tea") == replace(TEA, title="Sencha", attributes={"organic": True, "cups": 2})
        assert item_of(store, "cup") == Item("cup", title="Mug", description="White")

    def test_a_price_alone_keeps_the_stock_and_a_stock_alone_the_price(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, currency="USD", stock=4)])
        store.catalogue.patch([ItemPatch("tea", offer={"price": 90, "currency": "USD"})], NOW)
        store.catalogue.patch([ItemPatch("tea", offer={"stock": 0})], NOW + 1)
        first, second, third = offers_of(store, "tea")
        assert (first.price, first.stock, first.valid_from) == (100, 4, 0)
        assert (second.price, second.stock, second.valid_from) == (90, 4, NOW)
        assert (third.price, third.currency, third.stock, third.valid_from) == (90, "USD", 0, NOW + 1)

    def test_a_stock_of_a_market_leaves_the_other_markets_alone(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, stock=4)])
        store.catalogue.patch([ItemPatch("tea", offer={"stock": 9}, market="paris")], NOW)
        assert offers_of(store, "tea") == (
            Offer("tea", price=100, stock=4),
            Offer("tea", "paris", stock=9),
        )
