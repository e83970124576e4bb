"""Items as they are sent: price and stock beside the item, category paths, extra fields, duplicates."""

from typing import Any

from shopkeeper.api.item_body import ItemBatch, item_out, sift_items
from shopkeeper.record import Item, ItemKind, Offer
from shopkeeper.store import Receipt, Refusal, StoredItem

NOW = 1_500_000_000_000_000


def sift(*rows: Any) -> tuple[tuple[Item, ...], tuple[Offer, ...], dict[int, str]]:
    sifted, offers = sift_items(ItemBatch.model_validate({"items": list(rows)}).items, "USD")
    return sifted.rows, offers, {refusal.row: refusal.reason for refusal in sifted.refused}


def test_price_and_stock_become_an_offer_from_now_on() -> None:
    items, offers, refused = sift({"item_id": "tea", "title": "Green tea", "price": "4.50", "stock": 3})
    assert items == (Item("tea", ItemKind.PRODUCT, "Green tea"),)
    assert offers == (Offer("tea", "", 450, "USD", 3, valid_from=None),)
    assert refused == {}


def test_an_item_without_price_and_stock_has_no_offer() -> None:
    assert sift({"item_id": "tea"})[1] == ()


def test_a_price_in_a_currency_without_decimals() -> None:
    assert sift({"item_id": "tea", "price": 450, "currency": "JPY"})[1][0].price == 450


def test_categories_are_paths_and_unknown_fields_attributes() -> None:
    items, _, _ = sift(
        {"item_id": "a", "category": "Drinks > Tea", "colour": "green", "attributes": {"organic": True}},
        {"item_id": "b", "category": ["Drinks", "Tea"]},
    )
    assert items[0].category == items[1].category == ("Drinks", "Tea")
    assert items[0].attributes == {"organic": True, "colour": "green"}


def test_bad_rows_and_duplicates_are_refused_by_number() -> None:
    items, _, refused = sift(
        {"item_id": "a"},
        {"title": "no id"},
        {"item_id": "a"},
        {"item_id": "b", "price": -1},
        {"item_id": "c", "price": "x"},
    )
    assert [item.item_id for item in items] == ["a"]
    assert list(refused) == [1, 2, 3, 4]
    assert refused[2] == "item_id 'a' is in row 0 already"


def test_a_stored_item_is_told_in_major_units_and_iso_times() -> None:
    item = Item("tea", category=("Drinks",), available_from=NOW)
    told = item_out(StoredItem(item, 7, (Offer("tea", "", 299, "USD", None, valid_from=0),), change=1))
    assert told["offers"] == [
        {"market": "", "price": 2.99, "currency": "USD", "stock": None, "valid_from": None, "valid_to": None}
    ]
    assert (told["category"], told["available_from"]) == (["Drinks"], "2017-07-14T02:40:00Z")


def test_what_the_store_refuses_of_an_offer_is_said_under_its_item_once() -> None:
    rows = [{"item_id": "a", "price": -1}, {"item_id": "b"}, {"item_id": "c", "price": 1}, {"item_id": "d", "price": 2}]
    sifted, offers = sift_items(ItemBatch.model_validate({"items": rows}).items, "USD")
    assert ([item.item_id for item in sifted.rows], [offer.item_id for offer in offers]) == (
        ["b", "c", "d"],
        ["c", "d"],
    )
    # The store numbers items, then offers: item c is 1 and its offer 3, the offer of d is 4.
    receipt = Receipt(2, rejected=(Refusal(1, "no such c"), Refusal(3, "no item c"), Refusal(4, "no such price")))

    rejected = sifted.rejected(receipt)

    assert [row["row"] for row in rejected] == [0, 2, 3]
    assert [row["reason"] for row in rejected[1:]] == ["no such c", "no such price"]
