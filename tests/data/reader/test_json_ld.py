"""The reader `json_ld`, on a furniture shop."""

import json
from collections.abc import Callable
from typing import Any

from shopkeeper.data.reader import Entity


def test_products_of_every_form_are_items(read_fixture: Callable[[str], Any]) -> None:
    items = read_fixture("json_ld.jsonl").frame(Entity.ITEM)
    assert items.select("item_id", "title", "category", "brand", "group_id").rows() == [
        ("lamp-1", "Desk lamp", "Home > Lighting", "Lumen", None),
        ("lamp-2", "Floor lamp", "", "Lumen", None),
        ("https://shop.example/#bulb", "Bulb", "", None, None),
        ("shade", "Shade", "", None, "lamp-parts"),
        ("rug-s", "Wool rug", "Home > Rugs", "Weft", "rug"),
        ("rug-l", "Wool rug, large", "Home > Rugs", "Weft", "rug"),
        ("vase", "Vase", "", None, "vases"),
        ("stool", "Stool", "", None, None),
    ]
    assert items["image_url"].to_list()[:4] == [
        "https://shop.example/lamp.jpg",
        None,
        None,
        "https://shop.example/shade.jpg",
    ]
    assert json.loads(items["attributes"][0])["aggregateRating"]["ratingValue"] == 4.4
    assert json.loads(items["attributes"][4]) == {"color": "red"}
    assert json.loads(items["attributes"][6]) == {"height": "30 cm"}


def test_offers_tell_prices_and_what_is_out_of_stock(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("json_ld.jsonl")
    assert reading.frame(Entity.OFFER).select("item_id", "price", "currency", "stock").rows() == [
        ("lamp-1", 3490, "USD", None),
        ("lamp-2", 8900, "USD", None),  # the lowest of a range
        ("https://shop.example/#bulb", 400, "USD", 0),
        ("shade", 1250, "EUR", None),
        ("rug-s", 12000, "USD", None),
        ("rug-l", 26000, "USD", 0),
        ("vase", 1850, "USD", 6),
        ("stool", 4500, "USD", None),
    ]
    assert reading.repairs == {"price: signs and separators around the number removed": 1}
    assert "Of a product's several offers the first with a price was taken." in reading.notes
    assert "Organization 1, ListItem 1." in reading.notes
    assert reading.rejects == [(7, "item_id", "no item_id"), (8, "price", "ask us is no number")]


def test_a_page_s_script_over_several_lines_is_read(read: Any) -> None:
    product = {"@context": "https://schema.org", "@type": "Product", "sku": "p1", "name": "One", "color": ["a", "b"]}
    reading = read("page.json", json.dumps(product, indent=2))
    assert reading.frame(Entity.ITEM).select("item_id", "title").rows() == [("p1", "One")]
    reading = read("pages.json", json.dumps([product, {**product, "sku": "p2"}, {**product, "offers": 3}], indent=2))
    assert reading.frame(Entity.ITEM)["item_id"].to_list() == ["p1", "p2", "p1"]
