"""The reader `csv`: what it guesses, what it repairs, and how it says no."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import Entity, RowKind
from shopkeeper.data.reader.line_source import LINE_LIMIT, NOT_UTF8
from shopkeeper.error import InputError
from shopkeeper.record import RATING_SCALE

Read = Any

EVENTS = """userId,productId,event,timestamp,qty,price,channel
u1,p1,Product Viewed,2017-11-20T08:30:00Z,,,web
u2,p2,add-to-cart,1511166600,2,2.50,
u1,p2,purchase,2017-11-21,1,"1,299.00",app
"""


def test_events_are_read_by_their_column_names(read: Read) -> None:
    reading = read("log.csv", EVENTS)
    events = reading.frame(Entity.EVENT)
    assert events["type"].to_list() == ["view", "cart", "purchase"]
    assert events["user_id"].to_list() == ["u1", "u2", "u1"]
    assert events["item_id"].to_list() == ["p1", "p2", "p2"]
    assert events["time"].to_list() == [1511166600000000, 1511166600000000, 1511222400000000]
    assert events["value"].to_list() == [None, 500, 129900]
    assert events["currency"].to_list() == [None, "USD", "USD"]
    assert [json.loads(text) for text in events["context"]] == [{"channel": "web"}, {}, {"channel": "app"}]
    assert reading.rejects == []
    assert reading.lines(Entity.EVENT) == [2, 3, 4]


def test_guesses_are_told(read: Read) -> None:
    notes = read("log.csv", EVENTS).notes
    assert "rows are read as events" in notes
    assert "productId as item_id" in notes
    assert "timestamp are read as UTC" in notes
    assert "kept in context: channel" in notes


def test_items_carry_offers(read: Read) -> None:
    text = (
        "sku\tname\tcategory\tprice\tstock\tcolour\n"
        "A1\tRed mug\tHome|Kitchen\t$4.99\t3\tred\n"
        "A2\tBlue mug\tHome > Kitchen\t\t\t\n"
    )
    reading = read("products.tsv", text)
    items = reading.frame(Entity.ITEM)
    assert items["title"].to_list() == ["Red mug", "Blue mug"]
    assert items["category"].to_list() == ["Home > Kitchen", "Home > Kitchen"]
    assert items["attributes"].to_list() == ['{"colour":"red"}', "{}"]
    assert items["kind"].to_list() == ["product", "product"]
    assert items["enabled"].to_list() == [True, True]
    offers = reading.frame(Entity.OFFER)
    assert offers.select("item_id", "price", "currency", "stock").rows() == [("A1", 499, "USD", 3)]
    assert reading.repairs == {}
    assert "products.tsv: $ in price is read as USD." in reading.notes


def test_users_keep_their_columns_as_attributes(read: Read) -> None:
    reading = read("people.csv", "customer_id,age\nc1,40\nc2,\n")
    assert reading.frame(Entity.USER).rows() == [("c1", '{"age":"40"}'), ("c2", "{}")]


def test_a_mapping_goes_before_guesses(read: Read) -> None:
    reading = read(
        "x.csv", "who,id,when\nu1,p1,2017-01-01\n", mapping={"who": "user_id", "id": "item_id", "when": "time"}
    )
    assert reading.frame(Entity.EVENT).select("user_id", "item_id", "type").rows() == [("u1", "p1", "view")]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [({"nobody": "item_id"}, "has no column 'nobody'"), ({"who": "colour"}, "have no field 'colour'")],
)
def test_a_wrong_mapping_is_an_error(read: Read, mapping: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read("x.csv", "who,item_id,time\nu1,p1,2017-01-01\n", mapping=mapping, kind=RowKind.EVENTS)


def test_columns_that_tell_nothing_are_an_error(read: Read) -> None:
    with pytest.raises(InputError, match="--kind"):
        read("x.csv", "a,b\n1,2\n")


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("u1,p1,view,2017-01-01,1", "", "5 fields where the header has 6"),
        ('u1,"p1",view,2017-01-01,1', "", "5 fields where the header has 6"),
        ("u1,,view,2017-01-01,1,2", "item_id", "no item_id"),
        (",p1,view,2017-01-01,1,2", "user_id", "neither user_id nor visitor_id"),
        ("u1,p1,view,2017-01-01,two,2", "quantity", "two is no number"),
        ("u1,p1,view,2017-01-01,inf,2", "quantity", "inf is no number"),
        ("u1,p1,view,2017-01-01,0,2", "quantity", "quantity must be above 0; a return is an event of type return"),
        ("u1,p1,return,2017-01-01,-1,2", "quantity", "quantity must be above 0"),
        ("u1,p1,view,2018-01-03,1,2", "time", "2018-01-03 is in the future"),
        ("u1,p1,view,yesterday,1,2", "time", "yesterday is no time"),
        ("u1,p1,view,2017-02-30,1,2", "time", "2017-02-30 is no time"),
        ("u1,p1,view,,1,2", "time", "no time"),
        ("u1,p1,teleport,2017-01-01,1,2", "type", "teleport is no event type"),
        ("u1,p1,view,2017-01-01,1,cheap", "unit_price", "cheap is no number"),
        ('u1,"p1"x,view,2017-01-01,1,2', "", "broken quotes"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line(read: Read, row: str, column: str, reason: str) -> None:
    head = "user_id,item_id,type,time,quantity,unit_price\nu0,p0,view,2017-01-01,1,2\n"
    reading = read("log.csv", f"{head}{row}\nu9,p9,view,2017-01-01,1,2\n")
    assert reading.frame(Entity.EVENT)["user_id"].to_list() == ["u0", "u9"]
    ((line, found, said),) = reading.rejects
    assert (line, found) == (3, column)
    assert reason in said


def test_a_future_time_within_a_day_is_taken(read: Read) -> None:
    assert read("log.csv", "user_id,item_id,time\nu1,p1,2018-01-01T23:00:00\n").rejects == []


def test_quoted_fields_may_hold_line_ends(read: Read) -> None:
    text = 'item_id,title,brand\np1,"A ""big""\nmug, red",Acme\np2,Plain,Acme\n"p3\n'
    reading = read("items.csv", text)
    assert reading.frame(Entity.ITEM)["title"].to_list() == ['A "big"\nmug, red', "Plain"]
    assert reading.lines(Entity.ITEM) == [2, 4]
    assert reading.rejects == [(5, "", "broken quotes: unexpected end of data")]


def test_a_hundred_megabyte_line_is_rejected_and_reading_goes_on(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b"item_id,title\np1,first\np2,")
        for _ in range(100):
            stream.write(b"x" * 1_000_000)
        stream.write(b"\np3,last\n")
    reading = read("huge.csv.gz", path.read_bytes())
    assert reading.frame(Entity.ITEM)["item_id"].to_list() == ["p1", "p3"]
    assert reading.rejects == [(3, "", f"the line is longer than {LINE_LIMIT:,} bytes")]
    assert reading.lines(Entity.ITEM) == [2, 4]


def test_lines_that_are_no_text_are_rejected(read: Read) -> None:
    reading = read("items.csv", b"item_id,title\np1,caf\xe9\np2,nul\x00\np3,caf\xc3\xa9\r\n")
    assert reading.rejects == [(2, "", NOT_UTF8), (3, "", "the line holds a NUL byte")]
    assert "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)" in NOT_UTF8
    assert reading.frame(Entity.ITEM).select("item_id", "title").rows() == [("p3", "café")]


def test_a_byte_order_mark_is_no_part_of_the_first_column(read: Read) -> None:
    assert read("items.csv", b"\xef\xbb\xbfitem_id,title\np1,Mug\n").frame(Entity.ITEM)["item_id"].to_list() == ["p1"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n", "holds no lines"),
        (
            "cut.csv.gz",
            gzip.compress(b"item_id,title\n" + b"p1,Mug\n" * 1000, mtime=0)[:-10],
            "cut.csv.gz is a damaged or truncated gzip",
        ),
        ("fake.csv.gz", b"\x1f\x8b\x08\x00rubbish that is no gzip", "damaged or truncated gzip"),
        ("really.csv", b"PAR1....", "a Parquet file"),
        ("json.csv", b'{"item_id": "p1"}\n', "--format jsonl"),
        ("twice.csv", b"item_id,title,title\np1,a,b\n", "names the column 'title' twice"),
        ("wide.csv", "item_id,title\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(read: Read, name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(name, content)


def test_columns_named_like_ours_inside_do_not_meet(read: Read) -> None:
    reading = read("items.csv", "item_id,line,extra,excerpt,time_read\np1,7,a,b,c\n", kind=RowKind.ITEMS)
    (attributes,) = reading.frame(Entity.ITEM)["attributes"]
    assert json.loads(attributes) == {"line": "7", "extra": "a", "excerpt": "b", "time_read": "c"}


def test_money_has_the_decimals_of_its_currency(read: Read) -> None:
    text = "item_id,title,price,currency\np1,a,1200,JPY\np2,b,1.234,KWD\np3,c,2.5,\n"
    offers = read("items.csv", text, currency="EUR").frame(Entity.OFFER)
    assert offers.select("price", "currency").rows() == [(1200, "JPY"), (1234, "KWD"), (250, "EUR")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("item_id,price\np1,2\n", True),
        ("item_id,price,currency\np1,2,USD\np2,3,\n", True),
        ("item_id,price,currency\np1,2,USD\np2,,\n", False),
    ],
)
def test_the_currency_of_the_shop_is_told_where_it_was_needed(read: Read, *, text: str, told: bool) -> None:
    assert ("prices without a currency are read as EUR" in read("items.csv", text, currency="EUR").notes) is told


def test_a_price_may_have_its_dates(read: Read) -> None:
    text = "item_id,price,valid_from,valid_to\np1,2,2018-02-01,2018-02-08\np2,3,,2018-02-08\n"
    assert read("items.csv", text).frame(Entity.OFFER).select("item_id", "valid_from", "valid_to").rows() == [
        ("p1", 1_517_443_200_000_000, 1_518_048_000_000_000),
        ("p2", None, 1_518_048_000_000_000),
    ]


def test_a_rating_of_another_scale_is_rejected(read: Read) -> None:
    rows = [
        f"u{number},p1,{rating},2017-01-01\n" for number, rating in enumerate(["1", "5", "0", "0.5", "9", "-3", "5.1"])
    ]
    reading = read("log.csv", "user_id,item_id,stars,time\n" + "".join(rows))
    assert reading.frame(Entity.EVENT)["rating"].to_list() == [1, 5, 0, 0.5]
    assert reading.rejects == [(line, "stars", RATING_SCALE) for line in (6, 7, 8)]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("Financial Status", "refunded", True),
        ("order_status", "Cancelled", True),
        ("status", "wc-refunded", True),
        ("status", "partially_refunded", True),
        ("status", "paid", False),
        ("gift note", "was refunded", False),
    ],
)
def test_orders_that_were_undone_are_told_of(read: Read, column: str, value: str, told: bool) -> None:
    rows = f"user_id,sku,date,quantity,{column}\nu1,p1,2017-11-20,1,{value}\nu1,p2,2017-11-20,1,paid\n"
    reading = read("orders.csv", rows)
    assert reading.frame(Entity.EVENT)["type"].to_list() == ["purchase", "purchase"]
    assert ("refunded, cancelled or voided are read like the others" in reading.notes) is told


def test_of_returns_nothing_is_left_to_tell(read: Read) -> None:
    reading = read("orders.csv", "user,sku,date,event,status\nu1,p1,2017-11-20,return,refunded\n")
    assert reading.frame(Entity.EVENT)["type"].to_list() == ["return"]
    assert "read like the others" not in reading.notes
