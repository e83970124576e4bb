"""The reader `online_retail`: the invoice lines of UCI's Online Retail and Online Retail II, as CSV or Parquet.

A line is a purchase; one of a cancelled invoice (C...) or of a quantity below zero is a return. What the lines say of
an item is gathered on the way: of a stock code's descriptions and prices the most frequent one is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.delimited_table import DelimitedTable, TableForm
from shopkeeper.data.reader.invoice_line import (
    CURRENCY,
    SERVICE_CODES,
    columns_of,
    event_rows,
    lines_of,
    looks_right,
    plan_of,
    require,
)
from shopkeeper.data.reader.parquet import parquet_names, parquet_parts
from shopkeeper.data.reader.protocol import FIELD, Chunk, ReadOption, RowKind, no_rejects
from shopkeeper.data.reader.recognise import take_sample
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.stock_code import StockCodes
from shopkeeper.error import InputError

_PARQUET: Final = b"PAR1"
_SMALL: Final = "StockCode in small letters: read as capitals"
_LATIN1: Final = "not UTF-8: read as Latin-1"


class OnlineRetailReader:
    """Lines without a customer belong to a visitor of their invoice. Lines about no goods are left out, and counted."""

    def recognises(self, sample: Sample) -> bool:
        return looks_right(_header(sample))

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        if option.mapping or option.kind not in (None, RowKind.EVENTS):
            raise InputError(f"{path.name}: online_retail knows its columns. For --map and --kind, add --format csv.")
        codes, tally = StockCodes(path.name, CURRENCY), _Tally()
        canonical: Canonical | None = None
        for rows, rejects, repairs in _parts(path):
            columns = columns_of([name.removeprefix(FIELD) for name in rows.columns if name.startswith(FIELD)])
            if canonical is None:
                require(columns, path.name)
                canonical = Canonical(plan_of(columns, path.name), replace(option, currency=CURRENCY), path.name)
            lines = lines_of(rows, columns)
            tally.add(lines)
            goods = lines.filter("goods")
            codes.add(goods)
            small = {_SMALL: int(goods["small"].sum())} if goods["small"].any() else {}
            for chunk in canonical.chunks(event_rows(goods, columns), rejects):
                yield replace(chunk, repairs={**chunk.repairs, **repairs, **small})
        yield from codes.chunks(tally.notes(path.name))


@dataclass
class _Tally:
    """Counts lines that are no goods, and lines of nobody."""

    service: int = 0
    correction: int = 0
    nobody: int = 0

    def add(self, lines: pl.DataFrame) -> None:
        self.service += int(lines["service"].sum())
        self.correction += int(lines["correction"].sum())
        self.nobody += int((lines["goods"] & lines["customer"].is_null()).sum())

    def notes(self, file: str) -> tuple[str, ...]:
        """Sentences for the summary."""
        told = (
            (self.service, f"lines of services ({', '.join(SERVICE_CODES[:5])} ...) left out: they are no goods."),
            (self.correction, "lines without a price and a customer left out: they correct the stock."),
            (self.nobody, "lines without a customer: each invoice of theirs is a visitor."),
        )
        return tuple(f"{file}: {count:,} {said}" for count, said in told if count)


def _header(sample: Sample) -> Sequence[str]:
    if sample.head.startswith(_PARQUET):
        try:
            return parquet_names(sample.path)
        except InputError:
            return ()
    first = sample.lines[0] if sample.lines else ""
    return [name.strip('" ') for name in first.split(max(",;\t", key=first.count))]


def _parts(path: Path) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]]:
    """(rows, rejects, repairs) of each part of the file."""
    if _is_parquet(path):
        yield from ((rows, no_rejects(), {}) for rows in parquet_parts(path))
        return
    table = DelimitedTable(path, TableForm(latin1=True))
    told = 0
    for rows, rejects in table.parts():
        yield rows, rejects, {_LATIN1: table.latin1 - told} if table.latin1 > told else {}
        told = table.latin1


def _is_parquet(path: Path) -> bool:
    return take_sample(path).head.startswith(_PARQUET)
