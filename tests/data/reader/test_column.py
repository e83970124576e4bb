"""What the rows of a table are, and which column is which: by what the caller names, then by common names."""

import pytest

from shopkeeper.data.reader.column import plan
from shopkeeper.data.reader.protocol import ReadOption, RowKind
from shopkeeper.error import InputError

CATALOGUE = [
    *("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Variant SKU", "Variant Price", "Availability", "Created at"),
    "colour",
]


def option(mapping: dict[str, str] | None = None, kind: RowKind | None = None) -> ReadOption:
    return ReadOption(now=0, currency="EUR", mapping=mapping or {}, kind=kind)


def test_a_catalogue_s_own_type_makes_no_events_of_it() -> None:
    made = plan(CATALOGUE, option(), "items.csv")
    assert made.kind is RowKind.ITEMS
    assert dict(made.column) == {
        "item_id": "Variant SKU",
        "title": "Title",
        "description": "Body (HTML)",
        "brand": "Vendor",
        "group_id": "Handle",
        "price": "Variant Price",
        "availability": "Availability",
    }
    assert made.extra == ("Type", "Created at", "colour")


def test_a_column_that_is_mapped_decides_nothing_else() -> None:
    made = plan(CATALOGUE, option({"Type": "category", "Handle": "group_id"}), "items.csv")
    assert (made.kind, made.column["category"]) == (RowKind.ITEMS, "Type")


@pytest.mark.parametrize(
    ("columns", "mapping", "kind"),
    [
        (["sku", "action", "when", "who"], {"who": "user_id", "when": "time"}, RowKind.EVENTS),
        (["sku", "type", "when", "who"], {"who": "group_id", "when": "available_from"}, RowKind.ITEMS),
        (["sku", "date", "customer"], {"customer": "brand"}, RowKind.ITEMS),
        (["sku", "title", "price", "date"], {"date": "time", "title": "user_id"}, RowKind.EVENTS),
        (["customer", "name"], {}, RowKind.USERS),
        (["customer", "sku", "date"], {}, RowKind.EVENTS),
        (["sku", "price"], {}, RowKind.OFFERS),
        (["sku", "cost", "qty", "date"], {"cost": "price", "qty": "stock"}, RowKind.OFFERS),
        (["sku", "title", "qty", "date", "text"], {"text": "description"}, RowKind.ITEMS),
        (["sku", "price"], {"price": "description"}, RowKind.ITEMS),
    ],
)
def test_what_is_named_says_what_rows_are(columns: list[str], mapping: dict[str, str], kind: RowKind) -> None:
    assert plan(columns, option(mapping), "file.csv").kind is kind


def test_a_log_without_users_is_no_catalogue() -> None:
    with pytest.raises(InputError, match=r"events need user_id.*Rows were taken for events.*--kind items"):
        plan(["event_type", "time", "sku", "title"], option(), "log.csv")


def test_where_the_guess_was_wrong_the_error_says_how_to_name_it() -> None:
    with pytest.raises(InputError, match=r"have no field 'colour'.*Rows were taken for items.*--kind"):
        plan(CATALOGUE, option({"colour": "colour"}), "items.csv")
    with pytest.raises(InputError) as told:
        plan(["sku", "date"], option(kind=RowKind.EVENTS), "log.csv")
    assert "were taken" not in str(told.value)


def test_the_lines_of_an_order_export_are_known_by_their_headings() -> None:
    columns = ["Name", "Customer", "Created at", "Lineitem quantity", "Lineitem price", "Lineitem sku"]
    made = plan(columns, option(), "orders.csv")
    assert made.kind is RowKind.EVENTS
    assert dict(made.column) == {
        "time": "Created at",
        "user_id": "Customer",
        "item_id": "Lineitem sku",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
    }


def test_a_log_whose_users_go_by_an_unknown_name_is_no_catalogue() -> None:
    with pytest.raises(InputError, match="events need user_id"):
        plan(["type", "timestamp", "sku", "title", "uid"], option(), "log.csv")


@pytest.mark.parametrize("more", [[], ["Product Name"], ["Product Name", "Brand", "Category"]])
@pytest.mark.parametrize("sku", ["Lineitem sku", "SKU"])
def test_lines_of_orders_are_never_a_catalogue(sku: str, more: list[str]) -> None:
    """They would empty the titles, or change the prices, of the items that they name."""
    columns = ["Customer Email", sku, "Lineitem quantity", "Price", "Date", "Financial Status", *more]
    with pytest.raises(InputError, match=r"do not tell whether rows are items.*--kind"):
        plan(columns, option(), "orders.csv")
    with pytest.raises(InputError, match="events need user_id"):
        plan(columns, option(kind=RowKind.EVENTS), "orders.csv")
    mapped = plan(columns, option({"Customer Email": "user_id"}), "orders.csv")
    assert (mapped.kind, mapped.column["item_id"]) == (RowKind.EVENTS, sku)
