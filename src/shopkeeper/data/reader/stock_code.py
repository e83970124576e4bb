"""What invoice lines say of their items and customers, gathered over a file: as large as the catalogue, no larger."""

from collections.abc import Iterator

import polars as pl

from shopkeeper.data.reader.protocol import Chunk, Entity, canonical_frame
from shopkeeper.data.reader.value import minor_units

_TITLE = {"code": pl.String, "said": pl.String, "sales": pl.Int64, "line": pl.Int64}
_PRICE = {"code": pl.String, "price": pl.Int64, "sales": pl.Int64, "line": pl.Int64}
_CUSTOMER = {"customer": pl.String, "country": pl.String, "line": pl.Int64}


class StockCodes:
    """Counts how often each code went by each description and price; remembers each customer's last country."""

    def __init__(self, file: str, currency: str) -> None:
        self._file, self._currency = file, currency
        self._titles = pl.DataFrame(schema=_TITLE)
        self._prices = pl.DataFrame(schema=_PRICE)
        self._customers = pl.DataFrame(schema=_CUSTOMER)

    def add(self, goods: pl.DataFrame) -> None:
        """Count lines with `code`, `said`, `price` (a text), `pounds`, `back`, `customer`, `country` and `line`."""
        sold = goods.filter(pl.col("code").is_not_null()).with_columns(
            said=pl.col("said").str.replace_all(r"\s+", " "), sales=pl.lit(1, pl.Int64)
        )
        self._titles = _counted(pl.concat([self._titles, sold.select(*_TITLE)]), "said")
        priced = sold.filter((pl.col("pounds") > 0) & ~pl.col("back"))
        prices = priced.with_columns(price=minor_units(pl.col("price"), pl.lit(self._currency)))
        self._prices = _counted(pl.concat([self._prices, prices.select(*_PRICE)]), "price").drop_nulls("price")
        seen = goods.filter(pl.col("customer").is_not_null() & pl.col("country").is_not_null()).select(*_CUSTOMER)
        self._customers = pl.concat([self._customers, seen]).unique("customer", keep="last", maintain_order=True)

    def chunks(self, notes: tuple[str, ...]) -> Iterator[Chunk]:
        """Items, their prices, and customers; `notes` go with the first."""
        said = f"{self._file}: an item's title and price are the most frequent ones of its StockCode."
        yield self._chunk(Entity.ITEM, self._items(), (said, *notes))
        yield self._chunk(Entity.OFFER, self._offers())
        yield self._chunk(Entity.USER, self._users())

    def _items(self) -> pl.DataFrame:
        """The description that is most frequent, then longest; codes without any have an empty title."""
        best = self._titles.with_columns(size=pl.col("said").str.len_chars()).sort(
            "sales", "size", "said", descending=[True, True, False], nulls_last=True
        )
        best = pl.concat([best.drop_nulls("said"), best.filter(pl.col("said").is_null())])
        rows = best.unique("code", keep="first", maintain_order=True).sort("line")
        blank = {name: pl.lit("") for name in ("description", "category")}
        return rows.select(
            "line",
            item_id=pl.col("code"),
            kind=pl.lit("product"),
            title=pl.col("said").fill_null(""),
            attributes=pl.lit("{}"),
            enabled=pl.lit(value=True),
            **blank,
        )

    def _offers(self) -> pl.DataFrame:
        best = self._prices.sort("sales", "price", descending=[True, False]).unique(
            "code", keep="first", maintain_order=True
        )
        currency = pl.lit(self._currency)
        return best.sort("line").select("line", "price", item_id=pl.col("code"), market=pl.lit(""), currency=currency)

    def _users(self) -> pl.DataFrame:
        country = pl.struct(pl.col("country")).struct.json_encode()
        return self._customers.sort("line").select("line", user_id=pl.col("customer"), attributes=country)

    def _chunk(self, entity: Entity, rows: pl.DataFrame, notes: tuple[str, ...] = ()) -> Chunk:
        return Chunk(entity, canonical_frame(entity, rows), rows["line"], self._file, notes=notes)


def _counted(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """One row for each code and value, with its first line."""
    return rows.group_by("code", by, maintain_order=True).agg(pl.col("sales").sum(), pl.col("line").min())
