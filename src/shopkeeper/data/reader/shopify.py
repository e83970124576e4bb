"""What both of Shopify's exports share: their columns under one spelling, and ids of goods without a SKU."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from shopkeeper.data.reader.delimited_table import DelimitedTable
from shopkeeper.data.reader.event_name import plain
from shopkeeper.data.reader.protocol import FIELD
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.value import clean
from shopkeeper.error import InputError


def header_names(sample: Sample) -> set[str]:
    """The plain names of a table's first line."""
    return {plain(name.strip().strip('"')) for name in sample.lines[0].split(",")} if sample.lines else set()


class ShopifyTable:
    """An export whose columns are called by our names for them, whatever spelling the file has.

    `spelling` is {our name: the plain names that exports of different years have for it}; `told` is {our name: the
    column as the file writes it}, for those that it has, and `others` are the columns that nothing stands for.
    """

    def __init__(self, path: Path, spelling: Mapping[str, str], needed: Sequence[str]) -> None:
        self._table = DelimitedTable(path)
        by_plain = {plain(name): name for name in reversed(self._table.header)}
        found = {
            name: [by_plain[each] for each in spelled.split() if each in by_plain] for name, spelled in spelling.items()
        }
        self.told = {name: columns[0] for name, columns in found.items() if columns}
        self.others = [name for name in self._table.header if name not in self.told.values()]
        missing = [name for name in needed if name not in self.told]
        if missing:
            columns = ", ".join(self._table.header)[:500]
            raise InputError(f"{path.name}: this export lacks {', '.join(missing)}. Its columns: {columns}.")
        self._spelling = tuple(spelling)

    def columns(self, field: Mapping[str, str]) -> dict[str, str]:
        """{field: our name} with the file's own names in place of ours, where it has them: rejects tell those."""
        return {name: self.told.get(ours, ours) for name, ours in field.items()}

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """(rows, rejects): our names, trimmed and null where empty or absent, beside FIELD + the file's columns."""
        named = [
            (clean(pl.col(FIELD + self.told[name])) if name in self.told else pl.lit(None, pl.String)).alias(name)
            for name in self._spelling
        ]
        for rows, rejects in self._table.parts():
            yield rows.with_columns(named), rejects


def sku(text: pl.Expr) -> pl.Expr:
    """Without the apostrophe by which spreadsheets keep a number a text."""
    return clean(text.str.strip_prefix("'"))


def handle(text: pl.Expr) -> pl.Expr:
    """ "Crème brûlée - L / Red" as "creme-brulee-l-red", as Shopify makes a handle of a title."""
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return clean(bare.str.replace_all(r"[^\p{L}\p{N}]+", "-").str.strip_chars("-"))
