"""The reader `online_retail`: invoice lines."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.reader import Entity, RowKind
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture" / "online_retail.csv"
DEC_1 = 1_291_161_600_000_000  # 2010-12-01T00:00:00Z
MINUTE = 60_000_000


@pytest.fixture
def retail(read: Read) -> Any:
    return read("online_retail.csv", FIXTURE.read_bytes())


def test_lines_are_purchases_and_returns(retail: Any) -> None:
    events = retail.frame(Entity.EVENT)
    assert events.select("user_id", "visitor_id", "item_id", "type", "quantity", "value").rows() == [
        ("17850", None, "85123A", "purchase", 6.0, 1530),
        ("17850", None, "22752", "purchase", 2.0, 1530),
        ("12583", None, "22727", "purchase", 24.0, 9000),
        ("12583", None, "22727", "return", 2.0, 750),
        (None, "invoice-536544", "85123A", "purchase", 1.0, 591),
        (None, "invoice-536544", "85123A", "purchase", 2.0, 510),
    ]
    assert events["session_id"].to_list() == ["536365", "536365", "536370", "C536383", "536544", "536544"]
    assert events["time"].to_list()[:4] == [DEC_1 + m * MINUTE for m in (506, 506, 525, 589)]
    assert events["currency"].unique().to_list() == ["GBP"]
    assert events["context"][2] == '{"Country":"France"}'


def test_items_are_gathered_from_the_lines(retail: Any) -> None:
    assert retail.frame(Entity.ITEM).select("item_id", "title").rows() == [
        ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER"),
        ("22752", "SET 7 BABUSHKA NESTING BOXES, PINK"),
        ("22727", "ALARM CLOCK BAKELIKE RED"),
        ("22899", "CHILDREN'S APRON"),
    ]
    assert retail.frame(Entity.OFFER).select("item_id", "price", "currency").rows() == [
        ("85123A", 255, "GBP"),
        ("22752", 765, "GBP"),
        ("22727", 375, "GBP"),
        ("22899", 210, "GBP"),
    ]


def test_customers_have_a_country(retail: Any) -> None:
    assert retail.frame(Entity.USER).rows() == [
        ("17850", '{"country":"United Kingdom"}'),
        ("12583", '{"country":"France"}'),
        ("14911", '{"country":"EIRE"}'),
    ]


def test_what_is_left_out_or_changed_is_said(retail: Any) -> None:
    assert "1 lines of services (POST, DOT, C2, C3, M ...) left out" in retail.notes
    assert "2 lines without a price and a customer left out: they correct the stock" in retail.notes
    assert "2 lines without a customer: each invoice of theirs is a visitor" in retail.notes
    assert "12/1/2010 is read as 1 December" in retail.notes
    assert retail.repairs == {"StockCode in small letters: read as capitals": 1}
    assert [(line, column) for line, column, _ in retail.rejects] == [(11, "InvoiceDate"), (12, "Quantity")]


def test_the_second_edition_as_latin_1(read: Read) -> None:
    text = (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489436,48173C,DOOR MAT \xa35 OFF,10,2009-12-01 09:06:00,5.95,13078.0,United Kingdom\n"
    )
    reading = read("ii.csv", text.encode("latin-1"))
    assert reading.frame(Entity.ITEM)["title"].to_list() == ["DOOR MAT £5 OFF"]
    assert reading.frame(Entity.EVENT).select("user_id", "value").rows() == [("13078", 5950)]
    assert reading.repairs == {"not UTF-8: read as Latin-1": 1}


def test_parquet_gives_the_same(read: Read, retail: Any) -> None:
    typed = pl.read_csv(FIXTURE).filter(pl.col("Quantity") != "many", ~pl.col("InvoiceDate").str.starts_with("13/"))
    typed = typed.with_columns(
        pl.col("Quantity").cast(pl.Int64),
        pl.col("InvoiceDate").str.to_datetime("%m/%d/%Y %H:%M"),
        pl.col("CustomerID").cast(pl.Float64),
    )
    buffer = io.BytesIO()
    typed.write_parquet(buffer)
    events = read("online_retail.parquet", buffer.getvalue()).frame(Entity.EVENT)
    assert events.rows() == retail.frame(Entity.EVENT).rows()


def test_other_tables_and_mappings_are_refused_by_name(read: Read) -> None:
    with pytest.raises(InputError, match="lacks columns for invoice, price"):
        read("x.csv", "StockCode,Quantity,InvoiceDate\n1,2,3\n", format="online_retail")
    with pytest.raises(InputError, match="knows its columns"):
        read("y.csv", FIXTURE.read_bytes(), format="online_retail", kind=RowKind.ITEMS)
