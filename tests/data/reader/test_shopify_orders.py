"""The reader `shopify_orders`: lines, persons, returns, and what is not taken."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import Entity, RowKind
from shopkeeper.data.reader.line_source import BLOCK
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"
ORDERS = "shopify_orders.csv"
HEADER = "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Financial Status\n"


def fixture(read: Read, **option: Any) -> Any:
    return read(ORDERS, (FIXTURE / ORDERS).read_bytes(), **option)


def person(address: str) -> str:
    return sha256(address.encode()).hexdigest()


def test_lines_are_purchases_of_who_ordered_when_they_ordered(read: Read) -> None:
    reading = fixture(read)
    events = reading.frame(Entity.EVENT)
    ana, ben, cleo = (person(f"{name}@example.com") for name in ("ana", "ben", "cleo"))
    bought = events.filter(events["type"] == "purchase")
    assert bought.select("event_id", "user_id", "item_id", "session_id", "quantity", "value").rows() == [
        ("shopify/#1001/1", ana, "LS-S-W", "#1001", 2.0, 11800),
        ("shopify/#1001/2", ana, "creme-brulee-candle", "#1001", 1.0, 1500),  # 18.50 less a discount of 3.50
        ("shopify/#1001/3", ana, "00123", "#1001", 1.0, 2500),
        ("shopify/#1002/1", ben, "WS-1", "#1002", 1.0, 4500),
        ("shopify/#1003/1", cleo, "LS-M-W", "#1003", 1.0, 5900),
        ("shopify/#1003/2", cleo, "WS-1", "#1003", 1.0, 4500),
        ("shopify/#1004/1", None, "creme-brulee-candle", "#1004", 1.0, 1850),
        ("shopify/#1005/1", ben, "LS-M-W", "#1005", 1.0, 5900),
    ]
    assert bought["time"].to_list()[:3] == [1_511_166_600_000_000] * 3  # 2017-11-20 09:30:00 +0100
    assert bought["visitor_id"].to_list() == [None] * 6 + ["order #1004", None]
    assert set(events["currency"]) == {"EUR"}


def test_what_was_cancelled_or_refunded_as_a_whole_comes_back(read: Read) -> None:
    events = fixture(read).frame(Entity.EVENT)
    assert events.filter(events["type"] == "return").select("event_id", "item_id", "time", "value").rows() == [
        ("shopify/#1002/1/return", "WS-1", 1_511_438_400_000_000, 4500),  # when it was cancelled
        ("shopify/#1005/1/return", "LS-M-W", 1_511_769_600_000_000, 5900),  # fulfilled, the last time that is told
    ]
    cancelled = events.filter(events["context"].str.contains('"cancelled":true', literal=True))
    assert cancelled["event_id"].to_list() == ["shopify/#1002/1/return"]


def test_what_is_changed_or_refused_is_said(read: Read) -> None:
    reading = fixture(read)
    assert [(line, column) for line, column, _ in reading.rejects] == [(11, "Created at")]
    assert reading.repairs == {
        "refunded without a time: returned at the last time that the order tells": 1,
        "refunded in part: which lines is not told, so none is read as returned": 2,
        "no e-mail address: the order stands for the person": 1,
        "no SKU: the item's name, written as a handle, is the id": 2,
    }
    assert "SHA-256 of the e-mail address" in reading.notes


def test_what_identifies_a_customer_is_not_kept(read: Read) -> None:
    events = fixture(read).frame(Entity.EVENT)
    for secret in ("example.com", "Ana", "Rua 1", "Ring twice", "351"):
        assert secret not in str(events.drop("time", "user_id").rows())
    assert json.loads(events["context"][0]) == {
        "title": "Linen shirt - S / White",
        "financial_status": "paid",
        "discount_code": "AUTUMN",
        "source": "web",
    }


def test_who_a_person_is_can_be_told(read: Read) -> None:
    plain = fixture(read, mapping={"Email": "user_id"}).frame(Entity.EVENT)
    assert plain["user_id"].to_list()[:4] == ["Ana@Example.com"] * 3 + ["ben@example.com"]
    numbered = "Name,Customer ID,Created at,Lineitem quantity,Lineitem name,Lineitem price,Email\n"
    rows = numbered + "#1,77,2017-11-20,1,Tea,2.00,a@b.example\n#1,,,1,Mug,3.00,\n"
    assert read("orders.csv", rows).frame(Entity.EVENT)["user_id"].to_list() == ["77", "77"]
    for wish in ({"mapping": {"Name": "session_id"}}, {"kind": RowKind.ITEMS}):
        with pytest.raises(InputError, match="Only who a person is can be told"):
            fixture(read, **wish)
    with pytest.raises(InputError, match="has no column 'Mail'"):
        fixture(read, mapping={"Mail": "user_id"})


def test_a_line_keeps_its_number_when_one_before_it_is_mended(read: Read) -> None:
    rows = "#1,a@b.example,2017-11-20,1,Tea,2,T,paid\n{}\n#1,,,1,Tin,4,TI,\n"
    broken = read("one.csv", HEADER + rows.format("#1,,,1,Mug,3,M")).frame(Entity.EVENT)
    mended = read("two.csv", HEADER + rows.format("#1,,,1,Mug,3,M,")).frame(Entity.EVENT)
    assert broken.select("event_id", "item_id").rows() == [("shopify/#1/1", "T"), ("shopify/#1/3", "TI")]
    assert mended["event_id"].to_list() == ["shopify/#1/1", "shopify/#1/2", "shopify/#1/3"]


def test_lines_without_the_first_row_of_their_order_are_refused(read: Read) -> None:
    reading = read("orders.csv", HEADER + "#1,,,1,Tea,2,T,\n#2,a@b.example,2017-11-20,1,Tea,2,T,voided\n")
    assert reading.rejects == [(2, "Created at", "no time")]
    assert reading.frame(Entity.EVENT)["type"].to_list() == ["purchase", "return"]


def test_an_order_goes_on_across_the_blocks_of_a_file(read: Read) -> None:
    row = f"#1,,,1,{'x' * 180}{{n:06}},2.00,S{{n:06}},\n"
    count = BLOCK // len(row.format(n=0)) + 1000
    first = "#1,a@b.example,2017-11-20,1,Tea,2.00,T,refunded\n"
    reading = read("orders.csv", HEADER + first + "".join(row.format(n=n) for n in range(count)))
    events = reading.frame(Entity.EVENT)
    assert len(reading.chunks) > 2
    assert events.height == 2 * (count + 1)
    assert set(events["user_id"]) == {person("a@b.example")}
    assert events["event_id"].n_unique() == events.height
    assert f"shopify/#1/{count + 1}/return" in set(events["event_id"])


def test_lines_of_an_order_that_do_not_stand_together_keep_numbers_of_their_own(read: Read) -> None:
    line = "{0},{0}@b.example,2017-11-20,1,{1},2,{1},paid\n".format
    order = [("#1", "a"), ("#1", "b"), ("#2", "c"), ("#1", "d"), ("#1", "e"), ("#2", "f"), ("#3", "g"), ("#1", "h")]
    scattered = read("orders.csv", HEADER + "".join(line(*each) for each in order)).frame(Entity.EVENT)
    number = {"#1": "abdeh", "#2": "cf", "#3": "g"}
    wanted = [f"shopify/{name}/{number[name].index(item) + 1}" for name, item in order]
    assert scattered["event_id"].to_list() == wanted
    together = read("sorted.csv", HEADER + "".join(line(*each) for each in sorted(order))).frame(Entity.EVENT)
    told = dict(scattered.select("item_id", "event_id").iter_rows())
    assert dict(together.select("item_id", "event_id").iter_rows()) == told


def test_scattered_lines_are_numbered_across_the_blocks_of_a_file(read: Read) -> None:
    row = f"#{{order}},a@b.example,2017-11-20,1,{'x' * 180},2.00,S{{n}},paid\n"
    count = 2 * BLOCK // len(row)
    rows = [row.format(order=n % 7 // 3, n=n) for n in range(count)]  # runs of 3, 3 and 1
    reading = read("orders.csv", HEADER + "".join(rows))
    events = reading.frame(Entity.EVENT)
    assert len(reading.chunks) > 1
    for order in range(3):
        numbers = events.filter(events["session_id"] == f"#{order}")["event_id"].str.split("/").list.last()
        assert numbers.cast(int).to_list() == list(range(1, len(numbers) + 1))
