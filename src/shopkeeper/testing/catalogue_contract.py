"""What every Catalogue does: items and offers."""

import polars as pl
import pytest

from shopkeeper.error import InputError
from shopkeeper.record import Item, ItemKind, Offer
from shopkeeper.store import Store
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.testing.store_sample import CUP, TEA


class CatalogueContract:
    """Items and offers."""

    def test_an_item_comes_back_as_it_was_put(self, store: Store) -> None:
        offer = Offer("tea", price=299, currency="USD", stock=3)
        receipt = store.catalogue.put([TEA], [offer])
        stored = store.catalogue.get("tea")
        assert (receipt.accepted, receipt.rejected) == (2, ())
        assert stored is not None
        assert (stored.item, stored.item_index, stored.offers) == (TEA, 0, (offer,))
        assert stored.change == store.change_number() == receipt.change

    def test_an_unknown_item_is_none_and_deletes_nothing(self, store: Store) -> None:
        assert store.catalogue.get("tea") is None
        assert store.catalogue.delete("tea") is False

    def test_putting_again_replaces_the_whole_item_and_keeps_its_number(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        store.catalogue.put([Item("tea", title="Black tea")])
        stored = store.catalogue.get("tea")
        assert stored is not None
        assert (stored.item, stored.item_index) == (Item("tea", title="Black tea"), 0)

    def test_a_deleted_item_is_gone_marked_and_comes_back_with_its_number(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        assert store.catalogue.delete("tea") is True
        assert store.catalogue.delete("tea") is False
        assert store.catalogue.get("tea") is None
        assert store.catalogue.frame(0)["deleted"].to_list() == [True, False]
        store.catalogue.put([Item("pot"), TEA])
        assert dict(store.catalogue.item_ids().rows()) == {"tea": 0, "cup": 1, "pot": 2}
        assert store.catalogue.frame(0)["deleted"].to_list() == [False, False, False]

    def test_empty_frames_have_the_right_types(self, store: Store) -> None:
        assert store.catalogue.frame(0).schema == CATALOGUE_COLUMN
        assert store.catalogue.changes(0, 0).frame.schema == CATALOGUE_COLUMN
        assert store.catalogue.item_ids().schema == {"item_id": pl.String, "item_index": pl.Int32}
        assert store.catalogue.put([]).accepted == 0

    def test_columns_without_values_have_the_right_types(self, store: Store) -> None:
        store.catalogue.put([CUP])
        frame = store.catalogue.frame(0)
        assert frame.schema == CATALOGUE_COLUMN
        assert frame.row(0, named=True) == {
            "item_index": 0, "group_index": 0, "item_id": "cup", "kind": "product", "title": "Cup", "description": "",
            "category": "", "brand": None, "group_id": None, "url": None, "image_url": None, "attributes": "{}",
            "available_from": None, "expires_at": None, "enabled": True, "deleted": False, "price": None,
            "currency": None, "stock": None, "change": 1,
        }  # fmt: skip

    def test_a_price_is_the_latest_of_the_default_market_that_is_valid(self, store: Store) -> None:
        offers = [
            Offer("tea", price=100, valid_from=10),
            Offer("tea", price=80, valid_from=20, valid_to=30),
            Offer("tea", price=7, market="paris", valid_from=25),
        ]
        store.catalogue.put([TEA], offers)
        prices = {time: store.catalogue.frame(time)["price"][0] for time in (9, 10, 19, 20, 29, 30)}
        assert prices == {9: None, 10: 100, 19: 100, 20: 80, 29: 80, 30: 100}

    def test_an_offer_is_replaced_by_item_market_and_start(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, stock=1)])
        store.catalogue.put([], [Offer("tea", price=90)])
        stored = store.catalogue.get("tea")
        assert stored is not None
        assert stored.offers == (Offer("tea", price=90),)

    def test_offers_that_cannot_be_taken_are_refused_by_row(self, store: Store) -> None:
        wrong = [Offer("gone", price=1), Offer("tea", price=-1), Offer("tea", valid_from=2, valid_to=2), Offer("tea")]
        receipt = store.catalogue.put([TEA], wrong)
        assert receipt.accepted == 2
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "no item 'gone' is known: put the item first"),
            (2, "a price cannot be negative"),
            (3, "the offer ends before it begins"),
        ]

    def test_items_are_put_as_new_ones_only(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        store.catalogue.delete("cup")
        receipt = store.catalogue.put([Item("tea"), Item("pot"), Item("cup")], new_only=True)
        assert (receipt.accepted, receipt.duplicate) == (1, 2)
        tea = store.catalogue.get("tea")
        assert tea is not None
        assert tea.item == TEA
        assert store.catalogue.get("cup") is None
        assert store.catalogue.ingest_items(pl.DataFrame({"item_id": ["pot"]}), new_only=True).duplicate == 1
        ids = store.catalogue.item_ids(["pot", "cup", "who"])
        assert ids.rows() == [("cup", 1), ("pot", 2)]

    def test_items_that_cannot_be_taken_are_refused_by_row(self, store: Store) -> None:
        frame = pl.DataFrame(
            {
                "item_id": ["a", None, "b", "c", "d\0"],
                "kind": ["product", "product", "gadget", "store", "product"],
                "attributes": ["{}", "{}", "{}", "[1]", "{}"],
            }
        )
        receipt = store.catalogue.ingest_items(frame)
        assert receipt.accepted == 1
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "an item needs an item_id"),
            (2, "'gadget' is no kind of item; there are product, content, campaign, ad, store"),
            (3, "attributes are no JSON object"),
            (4, "item_id holds a NUL character"),
        ]

    def test_ids_that_are_too_long_for_an_index_are_refused_by_row(self, store: Store) -> None:
        long = "字" * 513
        items = [TEA, Item(long), Item("cup", group_id=long), Item("字" * 512)]
        receipt = store.catalogue.put(items, [Offer("tea", long, price=1)])
        assert receipt.accepted == 2
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "item_id is longer than 512 characters"),
            (2, "group_id is longer than 512 characters"),
            (4, "market is longer than 512 characters"),
        ]

    def test_an_item_that_no_database_can_hold_is_refused_alone(self, store: Store) -> None:
        lone_surrogate = Item("bad", title="\ud800")
        receipt = store.catalogue.put([TEA, lone_surrogate, Item("set", attributes={"x": {1}})])
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (1, [1, 2])

    def test_a_wrong_or_unknown_column_is_named(self, store: Store) -> None:
        with pytest.raises(InputError, match="no column colour"):
            store.catalogue.ingest_items(pl.DataFrame({"item_id": ["a"], "colour": ["red"]}))
        with pytest.raises(InputError, match="column available_from of items is String"):
            store.catalogue.ingest_items(pl.DataFrame({"item_id": ["a"], "available_from": ["soon"]}))

    def test_the_last_row_of_an_id_wins(self, store: Store) -> None:
        receipt = store.catalogue.put([Item("a", title="old"), Item("b"), Item("a", title="new")])
        stored = store.catalogue.get("a")
        assert stored is not None
        assert (receipt.accepted, receipt.duplicate, stored.item.title) == (2, 1, "new")

    def test_an_ingest_changes_only_what_is_different(self, store: Store) -> None:
        frame = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["A", "B", "C"]})
        offers = pl.DataFrame({"item_id": ["a", "b"], "price": [1, 2]})
        store.catalogue.ingest_items(frame)
        store.catalogue.ingest_offers(offers)
        before = store.change_number()
        assert store.catalogue.ingest_items(frame).accepted == 3
        assert store.catalogue.ingest_offers(offers).accepted == 2
        assert store.change_number() == before
        store.catalogue.ingest_items(frame.with_columns(title=pl.Series(["A", "Bee", "C"])))
        store.catalogue.ingest_offers(offers.with_columns(price=pl.Series([1, 3])))
        assert store.catalogue.changes(before, 0).frame["item_id"].to_list() == ["b"]

    def test_a_group_is_its_smallest_item(self, store: Store) -> None:
        store.catalogue.put([CUP, Item("s", group_id="shirt"), Item("m", group_id="shirt"), TEA])
        assert store.catalogue.frame(0)["group_index"].to_list() == [0, 1, 1, 3]

    def test_when_the_smallest_item_leaves_or_joins_a_group_the_others_have_changed(self, store: Store) -> None:
        store.catalogue.put([CUP, Item("s", group_id="shirt"), Item("m", group_id="shirt"), TEA])
        seen = store.change_number()
        store.catalogue.put([Item("s")])
        left = store.catalogue.changes(seen, 0)
        assert left.frame.select("item_id", "group_index").rows() == [("s", 1), ("m", 2)]
        store.catalogue.put([Item("cup", group_id="shirt")])
        joined = store.catalogue.changes(left.last, 0)
        assert joined.frame.select("item_id", "group_index").rows() == [("cup", 0), ("m", 0)]

    def test_changes_come_oldest_first_in_bounded_parts(self, store: Store) -> None:
        store.catalogue.put([Item(name) for name in "abcde"])
        store.catalogue.put([], [Offer("b", price=5)])
        store.catalogue.delete("a")
        seen, since = [], 0
        while not (part := store.catalogue.changes(since, 0, limit=2)).frame.is_empty():
            assert part.frame.height <= 2
            seen.extend(part.frame.select("item_id", "deleted", "price").rows())
            since = part.last
        rest = [(name, False, None) for name in "cde"]
        assert seen == [*rest, ("b", False, 5), ("a", True, None)]
        assert since == store.change_number()

    def test_texts_of_every_kind_survive(self, store: Store) -> None:
        odd = Item("'; DROP TABLE item; --", title='茶 "tea", ü\n\\N', brand="%s :x ?", kind=ItemKind.CONTENT)
        store.catalogue.put([odd, *(Item(f"{number}", title='\\.\n,"') for number in range(300))])
        stored, other = store.catalogue.get(odd.item_id), store.catalogue.get("299")
        assert stored is not None
        assert other is not None
        assert (stored.item, other.item.title) == (odd, '\\.\n,"')
