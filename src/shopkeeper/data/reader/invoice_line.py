"""Invoice lines of Online Retail: their columns, what each line is, and the event that it becomes."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.event_name import plain
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, RowKind
from shopkeeper.data.reader.value import clean, number
from shopkeeper.error import InputError
from shopkeeper.record import EventType

CURRENCY: Final = "GBP"
# Postage, fees, discounts, samples, corrections and tests: lines about no goods.
SERVICE_CODES: Final = (
    *("POST", "DOT", "C2", "C3", "M", "D", "S", "B", "CRUK", "AMAZONFEE", "BANK CHARGES"),
    *("ADJUST", "ADJUST2", "TEST001", "TEST002", "GIFT"),
)
_COLUMN: Final[Mapping[str, str]] = {  # names in both editions -> ours
    "invoice_no": "invoice",
    "invoice": "invoice",
    "stock_code": "code",
    "description": "said",
    "quantity": "quantity",
    "invoice_date": "time",
    "unit_price": "price",
    "price": "price",
    "customer_id": "customer",
    "country": "country",
}
_NEEDED: Final = {"invoice", "code", "quantity", "time", "price"}
_VISITOR, _TYPE = "visitor of the invoice", "event"  # columns that we make


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """{our name: column of the file}, by the names of either edition."""
    return {_COLUMN[plain(name)]: name for name in names if plain(name) in _COLUMN}


def looks_right(names: Sequence[str]) -> bool:
    """Whether columns of these names are a table of invoice lines."""
    return {*_NEEDED, "said"} <= set(columns_of(names))


def require(columns: Mapping[str, str], file: str) -> None:
    """Raises InputError where a column is missing without which there are no events."""
    missing = sorted(_NEEDED - set(columns))
    if missing:
        raise InputError(
            f"{file} lacks columns for {', '.join(missing)}: it is no Online Retail table. Try --format csv."
        )


def plan_of(columns: Mapping[str, str], file: str) -> Plan:
    """How `event_rows` are read; rejects name the file's own columns."""
    fields = {"item_id": "code", "session_id": "invoice", "time": "time", "quantity": "quantity", "unit_price": "price"}
    chosen = {name: columns[ours] for name, ours in fields.items()}
    chosen |= {"user_id": columns.get("customer", "customer"), "visitor_id": _VISITOR, "type": _TYPE}
    return Plan(RowKind.EVENTS, chosen, (), (f"{file}: amounts are in {CURRENCY}; 12/1/2010 is read as 1 December.",))


def lines_of(rows: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Columns under our names, and what each line is: `service`, `correction` (of the stock), or `goods`.

    `pounds` is the unit price as a number, `back` whether goods came back, `small` whether the code was written in
    small letters.
    """
    said = {ours: clean(pl.col(FIELD + column)) for ours, column in columns.items()}
    said |= {name: pl.lit(None, pl.String) for name in ("customer", "country", "said") if name not in said}
    small = pl.col("code").str.contains(r"^\d{5}\p{L}*[a-z]").fill_null(value=False)
    lines = rows.select("line", "excerpt", **said).with_columns(
        small=small,
        code=pl.when(small).then(pl.col("code").str.to_uppercase()).otherwise("code"),
        customer=pl.col("customer").str.strip_suffix(".0"),
        pounds=number(pl.col("price")),
        back=(pl.col("invoice").str.contains("^[Cc]") | (number(pl.col("quantity")) < 0)).fill_null(value=False),
    )
    service = pl.col("code").str.to_uppercase().is_in(SERVICE_CODES).fill_null(value=False)
    free = (pl.col("pounds") == 0).fill_null(value=False)
    correction = ~service & pl.col("customer").is_null() & free
    return lines.with_columns(service=service, correction=correction, goods=~service & ~correction)


def event_rows(goods: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Raw rows for `plan_of`: quantities above zero, a visitor where there is no customer, the country as context."""
    took, gave = pl.lit(EventType.PURCHASE.value), pl.lit(EventType.RETURN.value)
    visitor = pl.when(pl.col("customer").is_null()).then(pl.concat_str(pl.lit("invoice-"), "invoice"))
    country = columns.get("country", "Country")
    made = {
        columns["code"]: pl.col("code"),
        columns["invoice"]: pl.col("invoice"),
        columns["time"]: _iso(pl.col("time")),
        columns["quantity"]: pl.col("quantity").str.strip_prefix("-"),
        columns["price"]: pl.col("price"),
        columns.get("customer", "customer"): pl.col("customer"),
        country: pl.col("country"),
        _VISITOR: visitor,
        _TYPE: pl.when("back").then(gave).otherwise(took),
    }
    rows = goods.select(
        "line", pl.col("excerpt").str.slice(0, EXCERPT), *(value.alias(FIELD + name) for name, value in made.items())
    )
    return rows.with_columns(json_of_texts(rows, [country]).alias("extra"))


def _iso(time: pl.Expr) -> pl.Expr:
    """ "12/1/2010 8:26" and "12/1/10 8:26" as "2010/12/1 08:26"; all else as it is."""
    dated = time.str.replace(r"^(\d{1,2})/(\d{1,2})/(\d{2}) ", "20${3}/${1}/${2} ")
    dated = dated.str.replace(r"^(\d{1,2})/(\d{1,2})/(\d{4})", "${3}/${1}/${2}")
    return dated.str.replace(r" (\d):", " 0${1}:")
