"""The reader `merchant_feed`: attributes, sales, variants, and XML that means harm."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.reader import READERS, Entity, ReadOption, RowKind
from shopkeeper.data.reader.xml_source import RECORD_LIMIT
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"
OPEN = '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
CLOSE = "</channel></rss>"


def fixture(read: Read, name: str, **option: Any) -> Any:
    return read(name, (FIXTURE / name).read_bytes(), **option)


def item(number: int, more: str = "") -> str:
    return f"<item><g:id>p{number}</g:id><g:title>Tea {number}</g:title><g:price>2.00 USD</g:price>{more}</item>\n"


def test_items_of_xml_are_read_by_googles_names(read: Read) -> None:
    reading = fixture(read, "merchant_feed.xml")
    items = reading.frame(Entity.ITEM)
    assert items["item_id"].to_list() == ["MUG-S-RED", "MUG-L-RED", "POT-1", "SENCHA-100", "OOLONG-50", "OOLONG-100"]
    mug = items.row(0, named=True)
    assert (mug["title"], mug["description"]) == ("Stoneware mug & lid", "Thrown by hand. 0.2 l")
    assert (mug["category"], mug["brand"], mug["group_id"]) == ("Kitchen > Mugs", "Hill", "MUG")
    assert (mug["url"], mug["image_url"]) == (
        "https://hilltea.example/mug?v=s-red",
        "https://hilltea.example/mug-red.jpg",
    )
    assert json.loads(mug["attributes"]) == {
        "additional_image_link": ["https://hilltea.example/1.jpg", "https://hilltea.example/2.jpg"],
        "gtin": "4006381333931",
        "color": "red",
        "shipping": {"country": "US", "price": "4.95 USD"},
    }
    assert items["category"][3] == "Food > Drinks > Tea"  # Google's path, where the shop has none
    assert items["expires_at"][2] == 1_546_300_740_000_000  # 2018-12-31T23:59:00Z
    assert items["available_from"].null_count() == 6  # what can be ordered ahead is shown
    assert reading.lines(Entity.ITEM) == [7, 28, 29, 50, 58, 66]


def test_a_sale_is_a_price_within_its_dates(read: Read) -> None:
    offers = fixture(read, "merchant_feed.xml").frame(Entity.OFFER)
    assert offers.drop("market").rows() == [
        ("MUG-S-RED", 999, "USD", None, None, 1_515_312_000_000_000),  # until 2018-01-07T00:00-0800
        ("MUG-L-RED", 1599, "USD", 0, None, None),
        ("POT-1", 4950, "USD", None, None, None),
        ("SENCHA-100", 700, "EUR", None, None, None),
        ("OOLONG-50", 1100, "USD", None, None, None),  # the sale is over
        ("OOLONG-100", 2000, "USD", None, None, None),
        ("MUG-S-RED", 1299, "USD", None, 1_515_312_000_000_000, None),  # after the sale
        ("POT-1", 3950, "USD", None, 1_517_443_200_000_000, 1_518_048_000_000_000),  # a sale to come
    ]


def test_what_cannot_be_read_of_xml_has_a_line_and_a_reason(read: Read) -> None:
    reading = fixture(read, "merchant_feed.xml")
    assert reading.rejects == [(41, "id", "no item_id"), (45, "price", "about nine is no number")]
    assert reading.repairs == {
        "availability 'somewhere' is not known: taken as in stock": 1,
        "the dates of the sale cannot be read: the price was taken": 1,
    }


def test_a_table_says_the_same_with_blanks_in_its_headers(read: Read) -> None:
    reading = fixture(read, "merchant_feed.tsv")
    items = reading.frame(Entity.ITEM)
    assert items["item_id"].to_list() == [
        "MUG-S-RED",
        "MUG-S-BLUE",
        "POT-1",
        "SENCHA-100",
        "OOLONG-50",
        "STRAINER",
        "WHISK",
    ]
    assert items["group_id"].to_list() == ["MUG", "MUG", None, None, None, None, None]
    assert items["category"].to_list()[:3] == ["Kitchen > Mugs", "Kitchen > Mugs", "Home > Kettles"]
    assert json.loads(items["attributes"][0]) == {
        "gtin": "4006381333931",
        "condition": "new",
        "custom_label_0": "gift",
    }
    assert reading.frame(Entity.OFFER).select("item_id", "price", "currency", "stock").rows() == [
        ("MUG-S-RED", 999, "USD", None),
        ("MUG-S-BLUE", 1299, "USD", 0),
        ("POT-1", 4950, "USD", None),
        ("SENCHA-100", 840, "EUR", None),
        ("OOLONG-50", 1100, "USD", None),
        ("STRAINER", 1250, "JPY", None),
    ]
    assert sorted(reading.rejects) == [
        (7, "price", "about nine is no number"),
        (8, "id", "no item_id"),
        (9, "", "15 fields where the header has 16"),
    ]
    assert reading.repairs == {
        "price: signs and separators around the number removed": 1,
        "sale_price cannot be read: the price was taken": 1,
    }


def test_atom_is_read_too(read: Read) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:goo="http://base.google.com/ns/1.0">
    <title>Hill Tea</title>
    <entry><id>tag:hilltea.example,2017:1</id><goo:id>A1</goo:id><title>Sencha</title><summary>Green</summary>
    <link rel="self" href="https://hilltea.example/feed"/><link href="https://hilltea.example/a1"/>
    <goo:price>3 EUR</goo:price></entry></feed>"""
    items = read("feed.xml", feed).frame(Entity.ITEM)
    assert items.select("item_id", "title", "description", "url").rows() == [
        ("A1", "Sencha", "Green", "https://hilltea.example/a1")
    ]


def test_a_feed_may_be_packed_lack_its_declaration_and_have_no_prefix(read: Read) -> None:
    text = "<rss><channel><item><id>a</id><title>Tea</title></item><item><g:id>b</g:id></item></channel></rss>"
    reading = read("feed.gz", gzip.compress(text.encode()))
    assert reading.frame(Entity.ITEM)["item_id"].to_list() == ["a", "b"]


def test_encodings_that_a_feed_declares_are_read(read: Read) -> None:
    feed = '<?xml version="1.0" encoding="windows-1252"?><rss><item><id>a</id><title>Thé – vert</title></item></rss>'
    assert read("feed.xml", feed.encode("cp1252")).frame(Entity.ITEM)["title"].to_list() == ["Thé – vert"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OPEN + item(1) + "<item><g:id>p2</g:id></rss>", "broken XML at line 4: mismatched tag"),
        (OPEN + item(1), "broken XML at line 4: no element found"),
        (OPEN + "<item><g:title>&nbsp;</g:title></item>" + CLOSE, "undefined entity"),
        (OPEN + CLOSE, "holds no <item>"),
        ('<?xml version="1.0" encoding="gbk"?><rss></rss>', "encoding cannot be read"),
        ('<?xml version="1.0" encoding="klingon"?><rss></rss>', "unknown encoding"),
        (OPEN + "<a>" * 60, "nested more than 50 deep"),
        (OPEN + "".join(f"<a{number}/>" for number in range(20_000)), "different names"),
        (OPEN + "<!--" + "x" * 3_000_000, "longer than 2,097,152 bytes"),
    ],
)
def test_a_file_that_is_not_sound_is_one_error(read: Read, content: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read("feed.xml", content, format="merchant_feed")


def test_what_comes_before_broken_xml_is_read_first(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(OPEN + "".join(item(number) for number in range(12_000)) + "<item>")
    chunks = READERS["merchant_feed"].read(path, ReadOption(0, "USD"))
    assert next(chunks).frame["item_id"][0] == "p0"
    with pytest.raises(InputError, match="broken XML at line 12003"):
        list(chunks)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]><rss><item><id>&l11;</id></item></rss>'
SECRET = '<!DOCTYPE rss [<!ENTITY s SYSTEM "file:///etc/passwd">]><rss><item><id>&s;</id></item></rss>'


@pytest.mark.parametrize("content", [BOMB, SECRET, '<!DOCTYPE rss SYSTEM "http://x.example/a.dtd"><rss><item/></rss>'])
def test_entities_are_refused_before_they_unfold(read: Read, content: str) -> None:
    with pytest.raises(InputError, match="DOCTYPE is refused"):
        read("feed.xml", content, format="merchant_feed")


def test_an_endless_item_is_a_reject_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    long = item(1, "<g:description>" + "tea " * (6 * RECORD_LIMIT) + "</g:description>")
    path.write_text(OPEN + item(0) + long + item(2) + CLOSE)
    tracemalloc.start()
    try:
        chunks = list(READERS["merchant_feed"].read(path, ReadOption(0, "USD")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20  # of a file of 25 MB
    rejects = pl.concat([chunk.rejects for chunk in chunks])
    assert rejects.select("line", "reason").rows() == [(4, "it is longer than 1,048,576 characters")]
    ids = [found for chunk in chunks if chunk.entity is Entity.ITEM for found in chunk.frame["item_id"]]
    assert ids == ["p0", "p2"]


def test_a_feed_is_of_items_and_names_its_attributes(read: Read) -> None:
    for wish in ({"mapping": {"id": "title"}}, {"kind": RowKind.EVENTS}):
        with pytest.raises(InputError, match="a merchant feed holds items"):
            fixture(read, "merchant_feed.tsv", **wish)
    with pytest.raises(InputError, match="has no column id"):
        read("feed.tsv", "title\tlink\nTea\thttps://x.example\n", format="merchant_feed")
    with pytest.raises(InputError, match="names an attribute twice"):
        read("feed.tsv", "id\timage link\timage_link\na\tb\tc\n", format="merchant_feed")


LIKE = "id\ttitle\tprice\tavailability\tgtin\np1\tMug\t109.00 EUR\tout of stock\t4006381333931\n"


@pytest.mark.parametrize(
    "text",
    [
        LIKE,
        LIKE.replace("\t", ","),
        "id\ttitle\tprice\tavailability\np1\tMug\t109.00 EUR\tout of stock\n",
        "id\ttitle\tprice\titem group id\tavailability\np1\tMug\t109 EUR\tM\tout_of_stock\n",
    ],
)
def test_a_feed_without_links_is_one(read: Read, text: str) -> None:
    reading = read("feed.tsv", text)
    assert reading.frame(Entity.OFFER).select("price", "currency", "stock").rows() == [(10900, "EUR", 0)]
    assert reading.notes.count("read as") == 0  # a format of its own guesses no columns


@pytest.mark.parametrize(
    "text",
    [
        "id,title,price,stock,gtin,condition\np1,Mug,2,7,1,new\n",  # stock is no attribute of a feed
        "id,title,price,brand\np1,Mug,2 EUR,Hill\n",
        "id,title,price,gtin\np1,Mug,2,1\n",
        "handle,id,title,price,gtin,mpn\nh,p1,Mug,2,1,2\n",
    ],
)
def test_a_table_that_may_be_anybody_s_is_no_feed(read: Read, text: str) -> None:
    assert "rows are read as items, by their columns" in read("table.csv", text).notes


def test_prices_of_a_feed_say_their_currency_by_signs_and_columns_too(read: Read) -> None:
    head = "id,title,link,image_link,price,sale price,currency\n"
    text = head + "a,A,l,i,€12.50,,\nb,B,l,i,12.50,,EUR\nc,C,l,i,12.50 EUR,9.50,\nd,D,l,i,12 EUR,5 BTC,\n"
    reading = read("feed.csv", text)
    assert reading.frame(Entity.OFFER).select("item_id", "price", "currency").rows() == [
        ("a", 1250, "EUR"),
        ("b", 1250, "EUR"),
        ("c", 950, "EUR"),
    ]
    assert reading.rejects == [(5, "price", "BTC is no currency that is known")]
