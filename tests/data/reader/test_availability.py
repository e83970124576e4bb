"""A column that says whether an item can be had is read as stock by tables of anybody."""

from typing import Any

import pytest

from shopkeeper.data.reader import Entity

Read = Any
TOLD = "tells the stock: 0 where it says that an item is out of stock, else the pieces of stock, or not tracked"


@pytest.mark.parametrize(
    ("word", "stock"),
    [
        ("in stock", None),
        ("preorder", None),
        ("true", None),
        ("1", None),
        ("out of stock", 0),
        ("Out-Of-Stock", 0),
        ("https://schema.org/OutOfStock", 0),
        ("https://schema.org/InStock", None),
        ("sold_out", 0),
        ("false", 0),
        ("no", 0),
        ("Ausverkauft", 0),
        ("auf Lager", None),
        ("Épuisé", 0),
        ("en stock", None),
        ("agotado", 0),
        ("Disponibile", None),
        ("售罄", 0),
        ("0", 0),
        ("", None),
    ],
)
@pytest.mark.parametrize("column", ["availability", "in_stock", "Stock status"])
def test_words_of_availability_are_stock(read: Read, column: str, word: str, stock: int | None) -> None:
    reading = read("items.csv", f"sku,title,price,{column}\np1,Mug,2,{word}\n")
    assert reading.frame(Entity.OFFER).select("price", "stock").rows() == [(200, stock)]
    assert reading.frame(Entity.ITEM)["attributes"].to_list() == ["{}"]
    assert f"{column} {TOLD}" in reading.notes
    assert reading.repairs == {}


def test_pieces_count_where_an_item_can_be_had(read: Read) -> None:
    reading = read("items.csv", "sku,title,stock,availability\np1,A,7,in stock\np2,B,7,out of stock\np3,C,7,\n")
    assert reading.frame(Entity.OFFER)["stock"].to_list() == [7, 0, 7]


def test_an_unknown_word_is_in_stock_and_counted(read: Read) -> None:
    reading = read("items.csv", "sku,title,price,availability\np1,A,2,ask us\n")
    assert reading.frame(Entity.OFFER)["stock"].to_list() == [None]
    assert reading.repairs == {"availability 'ask us' is not known: taken as in stock": 1}


def test_pieces_tell_more_than_an_unknown_word(read: Read) -> None:
    reading = read("items.csv", "sku,title,stock,availability\np1,A,0,ask us\np2,B,3,ask us\n")
    assert reading.frame(Entity.OFFER)["stock"].to_list() == [0, 3]
    assert reading.repairs == {}


def test_of_many_unknown_words_the_most_frequent_are_named(read: Read) -> None:
    words = ["ask us"] * 3 + [f"word {number}" for number in range(9)]
    rows = "".join(f"p{number},A,2,{word}\n" for number, word in enumerate(words))
    reading = read("items.csv", f"sku,title,price,availability\n{rows}")
    assert len(reading.repairs) == 9
    assert reading.repairs["availability 'ask us' is not known: taken as in stock"] == 3
    assert reading.repairs["availability another word is not known: taken as in stock"] == 2


def test_items_without_price_and_stock_keep_both(read: Read) -> None:
    """Else their prices would be emptied by a file that does not speak of prices."""
    reading = read("items.csv", "sku,title,availability\np1,A,out of stock\n")
    assert [chunk.entity for chunk in reading.chunks] == [Entity.ITEM]
    assert reading.frame(Entity.ITEM)["attributes"].to_list() == ['{"availability":"out of stock"}']


def test_a_file_of_availability_alone_is_one_of_offers(read: Read) -> None:
    reading = read("stock.csv", "sku,availability\np1,out of stock\np2,in stock\np3,\n")
    assert reading.frame(Entity.OFFER).select("item_id", "stock").rows() == [("p1", 0), ("p2", None)]
    assert {chunk.named for chunk in reading.chunks} == {("item_id", "market", "stock", "valid_from", "valid_to")}
    assert reading.rejects == [(4, "availability", "neither price nor stock")]
    lines = read(
        "stock.jsonl", '{"sku":"p1","availability":"out of stock"}\n{"sku":"p2","availability":true,"price":2}\n'
    )
    assert lines.frame(Entity.OFFER).select("item_id", "stock").rows() == [("p1", 0), ("p2", None)]
