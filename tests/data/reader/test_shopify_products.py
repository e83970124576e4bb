"""The reader `shopify_products`: variants, images, stock, and headers of several years."""

import json
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import Entity, RowKind
from shopkeeper.data.reader.line_source import BLOCK
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"


def fixture(read: Read, name: str, **option: Any) -> Any:
    return read(name, (FIXTURE / name).read_bytes(), **option)


def test_variants_are_items_of_a_group_with_what_the_first_row_says(read: Read) -> None:
    reading = fixture(read, "shopify_products.csv")
    items = reading.frame(Entity.ITEM)
    assert items.select("item_id", "title", "group_id", "enabled").rows() == [
        ("LS-S-W", "Linen shirt - S / White", "linen-shirt", True),
        ("LS-M-W", "Linen shirt - M / White", "linen-shirt", True),
        ("LS-M-B", "Linen shirt - M / Blue", "linen-shirt", True),
        ("00123", "Gift card", "gift-card", True),
        ("creme-brulee-candle", "Crème brûlée candle", "creme-brulee-candle", True),
        ("WS-1", "Wool scarf", "wool-scarf", False),
        ("OH-1", "Old hat", "old-hat", False),
    ]
    assert items["description"][2] == "Cool & light. 100% linen Made in Porto"
    assert items["category"].to_list()[2:5] == ["Apparel & Accessories > Clothing > Shirts", "Gift cards", "Candles"]
    assert items["brand"][1] == "Atelier Mar"
    assert items["url"][1] == "/products/linen-shirt"
    assert items["image_url"].to_list()[:4] == [
        "https://cdn.example/linen-1.jpg",
        "https://cdn.example/linen-1.jpg",
        "https://cdn.example/linen-blue.jpg",
        None,
    ]
    assert json.loads(items["attributes"][0]) == {
        "Variant Compare At Price": "75.00",
        "SEO Title": "Linen shirts",
        "tags": "summer, linen",
        "type": "Shirts",
        "Size": "S",
        "Colour": "White",
    }
    assert reading.lines(Entity.ITEM) == [2, 4, 5, 7, 8, 9, 10]


def test_stock_is_what_can_be_sold(read: Read) -> None:
    offers = fixture(read, "shopify_products.csv", currency="EUR").frame(Entity.OFFER)
    assert offers.select("item_id", "price", "currency", "stock").rows() == [
        ("LS-S-W", 5900, "EUR", 4),
        ("LS-M-W", 5900, "EUR", 0),
        ("LS-M-B", 6200, "EUR", None),  # is sold below zero, too
        ("00123", 2500, "EUR", None),  # nobody counts it
        ("creme-brulee-candle", 1850, "EUR", 12),
        ("WS-1", 4500, "EUR", 3),
        ("OH-1", 2000, "EUR", 0),
    ]


def test_what_is_changed_or_refused_is_said(read: Read) -> None:
    reading = fixture(read, "shopify_products.csv")
    assert reading.rejects == [
        (11, "Title", "no row with this handle and a title stands right before it"),
        (12, "Variant Price", "twelve is no number"),
    ]
    assert reading.repairs == {
        "an apostrophe before the SKU removed": 1,
        "no SKU: the handle and the options are the id": 1,
        "an inventory below zero read as none": 2,
    }
    assert "what an item costs the shop is left out" in reading.notes
    assert "prices without a currency are read as USD" in reading.notes
    assert "21.00" not in str(reading.frame(Entity.ITEM)["attributes"].to_list())


def test_headers_of_later_years_mean_the_same(read: Read) -> None:
    reading = fixture(read, "shopify_products_new.csv")
    assert reading.frame(Entity.ITEM).select("item_id", "title", "group_id", "image_url", "enabled").rows() == [
        ("LS-S-W", "Linen shirt - S / White", "linen-shirt", "https://cdn.example/linen-1.jpg", True),
        ("LS-M-B", "Linen shirt - M / Blue", "linen-shirt", "https://cdn.example/linen-blue.jpg", True),
        ("gift-card", "Gift card", "gift-card", None, False),
    ]
    assert reading.frame(Entity.OFFER)["stock"].to_list() == [4, None, None]


@pytest.mark.parametrize("body", ["plain", '"said, with quotes"'])
def test_a_product_goes_on_across_the_blocks_of_a_file(read: Read, body: str) -> None:
    header = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
    row = f"tee,,,,{'x' * 180}{{n:06}},T{{n:06}},9.00\n"
    count = BLOCK // len(row.format(n=0)) + 1000
    text = header + f"tee,Tee,{body},Size,0,T,9.00\n" + "".join(row.format(n=n) for n in range(count))
    reading = read("products.csv", text, format="shopify_products")
    items = reading.frame(Entity.ITEM)
    assert len([chunk for chunk in reading.chunks if chunk.entity is Entity.ITEM]) > 1
    assert items.height == count + 1
    assert items["title"].str.starts_with("Tee - ").all()
    assert items["description"].unique().to_list() == [body.strip('"')]


def test_options_are_the_id_where_there_is_no_sku(read: Read) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty\n"
        "cafe,Café,Size,250 g,Grind,Fine/Espresso,,3\n"
        "cafe,,,1 kg,,Whole,,\n"
    )
    reading = read("products.csv", text)
    assert reading.frame(Entity.ITEM).select("item_id", "title").rows() == [
        ("cafe-250-g-fine-espresso", "Café - 250 g / Fine/Espresso"),
        ("cafe-1-kg-whole", "Café - 1 kg / Whole"),
    ]
    assert reading.frame(Entity.OFFER).select("item_id", "price", "stock").rows() == [
        ("cafe-250-g-fine-espresso", None, 3)
    ]


def test_the_export_is_of_items_and_names_its_columns(read: Read) -> None:
    for wish in ({"mapping": {"Handle": "item_id"}}, {"kind": RowKind.USERS}):
        with pytest.raises(InputError, match="this export holds items"):
            fixture(read, "shopify_products.csv", **wish)
    with pytest.raises(InputError, match="this export lacks handle"):
        read("products.csv", "Title,Vendor\na,b\n", format="shopify_products")
