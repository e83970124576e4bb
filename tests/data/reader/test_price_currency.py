"""A price that names its currency is in that currency, whichever table it comes from."""

import io
import json
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.reader import Entity

Read = Any


def offers(reading: Any) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = reading.frame(Entity.OFFER).select("item_id", "price", "currency").rows()
    return rows


@pytest.mark.parametrize(
    ("cell", "price", "currency"),
    [
        ("109.00 EUR", 10900, "EUR"),
        ("EUR 109.00", 10900, "EUR"),
        ("109eur", 10900, "EUR"),
        ("1 299,00 €", 129900, "EUR"),
        ("1\u202f299,00\u00a0€", 129900, "EUR"),
        ("€1.299,00", 129900, "EUR"),
        ("€.50", 50, "EUR"),
        ("£12.50", 1250, "GBP"),
        ("1,250 JPY", 1250, "JPY"),
        ("1.234 KWD", 1234, "KWD"),
        ("US$ 3", 300, "USD"),
        ("$3.50 CAD", 350, "CAD"),
        ("kr. 30 SEK", 3000, "SEK"),
        ("30 zł", 3000, "PLN"),
        ("12.50", 1250, "CHF"),
        ("1e2", 10000, "CHF"),
        ("'1'299.00", 129900, "CHF"),
    ],
)
def test_a_price_is_in_the_currency_that_it_names(read: Read, cell: str, price: int, currency: str) -> None:
    reading = read("items.tsv", f"item_id\ttitle\tprice\np1\tMug\t{cell}\n", currency="CHF")
    assert (reading.rejects, offers(reading)) == ([], [("p1", price, currency)])
    assert ("prices without a currency are read as CHF" in reading.notes) is (currency == "CHF")


@pytest.mark.parametrize(
    ("cell", "shop", "currency"),
    [("$5", "CAD", "CAD"), ("$5", "USD", "USD"), ("¥5", "CNY", "CNY"), ("5 kr", "NOK", "NOK"), ("£5", "EGP", "EGP")],
)
def test_a_sign_of_several_currencies_is_the_shop_s_own(read: Read, cell: str, shop: str, currency: str) -> None:
    reading = read("items.csv", f"item_id,title,price\np1,Mug,{cell}\n", currency=shop)
    assert reading.frame(Entity.OFFER)["currency"].to_list() == [currency]
    assert f"{cell.strip(' 5')} in price is read as {currency}." in reading.notes
    assert "signs and separators" not in str(reading.repairs)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("$5", "$ may be ARS, AUD, "),
        ("¥5", "¥ may be CNY or JPY: name the currency in a column of its own, or as in 12.50 USD"),
        ("5 kr", "kr may be DKK, ISK, NOK or SEK"),
        ("5 BTC", "BTC is no currency that is known"),
        ("12.99 TTC", "TTC is no currency that is known"),
        ("€5 USD", "€ and USD are two currencies"),
        ("5 or 6 EUR", "5 or 6 EUR is no number"),
        ("* 5 EUR", "* 5 EUR is no number"),
        ("Rs.500", "Rs.500 is no number"),
        ("NaN", "NaN is no number"),
    ],
)
def test_a_price_of_no_one_currency_is_a_reject(read: Read, cell: str, reason: str) -> None:
    reading = read("items.csv", f"item_id,title,price\np1,Mug,{cell}\np2,Cup,2\n", currency="EUR")
    ((line, column, said),) = reading.rejects
    assert (line, column) == (2, "price")
    assert reason in said
    assert offers(reading) == [("p2", 200, "EUR")]


def test_a_column_of_currencies_wins_and_a_contradiction_is_a_reject(read: Read) -> None:
    text = "item_id,title,price,currency\np1,A,$5,CAD\np2,B,5 eur,EUR\np3,C,5 EUR,USD\np4,D,€5,\np5,E,5,gbp\n"
    reading = read("items.csv", text)
    assert offers(reading) == [("p1", 500, "CAD"), ("p2", 500, "EUR"), ("p4", 500, "EUR"), ("p5", 500, "GBP")]
    assert reading.rejects == [(4, "price", "EUR is not USD, which the row names as its currency")]


def test_what_was_paid_names_its_currency_too(read: Read) -> None:
    text = "user_id,item_id,event,time,value,price\nu,p1,purchase,2017-01-01,,€2\nu,p1,purchase,2017-01-02,£3,€2\n"
    reading = read("log.csv", text)
    assert reading.frame(Entity.EVENT).select("value", "currency").rows() == [(200, "EUR")]
    assert reading.rejects == [(3, "value", "£ and € are two currencies")]


def test_json_lines_and_parquet_are_read_alike(read: Read) -> None:
    rows = [{"item_id": "p1", "title": "Mug", "price": "109.00 EUR"}, {"item_id": "p2", "title": "Cup", "price": "2"}]
    buffer = io.BytesIO()
    pl.DataFrame(rows).write_parquet(buffer)
    for name, content in (("a.jsonl", "\n".join(map(json.dumps, rows)).encode()), ("a.parquet", buffer.getvalue())):
        assert offers(read(name, content)) == [("p1", 10900, "EUR"), ("p2", 200, "USD")]
