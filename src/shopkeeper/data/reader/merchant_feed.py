"""The reader `merchant_feed`: a Google Merchant product feed, as RSS or Atom with the `g:` namespace, or as a table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.delimited_table import DelimitedTable
from shopkeeper.data.reader.event_name import plain
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.json_record import json_of
from shopkeeper.data.reader.merchant_item import READ, goods, merchant_plan
from shopkeeper.data.reader.protocol import (
    EXCERPT,
    FIELD,
    Chunk,
    Entity,
    ReadOption,
    RowKind,
    no_rejects,
    reject_frame,
)
from shopkeeper.data.reader.recognise import take_sample
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.xml_source import Value, XmlRecord, records
from shopkeeper.error import InputError

_ITEM: Final = frozenset({"item", "entry"})  # what RSS and Atom call one
_ROOT: Final = re.compile(r"<(?:rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
_ALSO: Final = {"description": "summary", "image_link": "image_url"}  # what plain RSS and Atom say instead

# Attributes that a feed has and a table of anybody seldom; and columns that no feed has.
_OWN: Final = frozenset(
    "availability availability_date additional_image_link condition google_product_category gtin identifier_exists "
    "image_link item_group_id link mobile_link mpn sale_price_effective_date shipping_weight".split()
)
_FOREIGN: Final = frozenset(
    "stock inventory stock_level market region kind item_kind enabled active is_active published available_from "
    "valid_from valid_to handle user_id customer_id visitor_id type event event_type time timestamp rating".split()
)
_LEAST: Final = 2  # of its own attributes; a price as the feed writes it, "12.99 USD", is as good as one
_PRICE: Final = re.compile(r"\d[\d.,]* [A-Z]{3}")

_Part = tuple[pl.DataFrame, pl.DataFrame]  # rows with FIELD + READ, line, excerpt, extra; and rejects


class MerchantFeedReader:
    """The feed names its attributes itself; those that are no field of ours are kept in `attributes`."""

    def recognises(self, sample: Sample) -> bool:
        if _is_xml(sample):
            return _ROOT.search(sample.text) is not None
        return _is_table_of_a_feed(sample)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        if option.mapping or option.kind not in (None, RowKind.ITEMS):
            raise InputError(
                f"{path.name}: a merchant feed holds items and names its columns; for others: --format csv"
            )
        parts = _of_xml(path) if _is_xml(take_sample(path)) else _of_table(path)
        canonical = Canonical(merchant_plan(), option, path.name)
        for rows, rejects in parts:
            found = goods(rows, option.now, option.currency)
            first, *more = canonical.chunks(found.items, rejects)
            yield replace(first, repairs={**first.repairs, **found.repairs})
            yield from more
            # The same rows again: what is wrong with them has been said.
            later = canonical.chunks(found.later, no_rejects()) if found.later.height else ()
            yield from (replace(chunk, rejects=no_rejects()) for chunk in later if chunk.entity is Entity.OFFER)


def _is_table_of_a_feed(sample: Sample) -> bool:
    """By the attributes that it names and no other tables do."""
    if not sample.lines or sample.is_json:
        return False
    delimiter = max("\t,;|", key=sample.lines[0].count)
    header, *rows = ([cell.strip('" ') for cell in line.split(delimiter)] for line in sample.lines)
    names = [plain(name) for name in header]
    if not {"id", "title"} <= set(names) or not _FOREIGN.isdisjoint(names):
        return False
    prices = [cell for row in rows for name, cell in zip(names, row, strict=False) if name == "price"]
    return len(_OWN & set(names)) + any(_PRICE.fullmatch(price) for price in prices) >= _LEAST


def _is_xml(sample: Sample) -> bool:
    return sample.text.lstrip().startswith("<")


def _of_table(path: Path) -> Iterator[_Part]:
    """Columns under the plain names of the feed: "image link" is image_link."""
    table = DelimitedTable(path)
    names = [plain(name) or name for name in table.header]
    if len(set(names)) < len(names) or "id" not in names:
        wrong = "names an attribute twice" if "id" in names else "has no column id, which a merchant feed needs"
        raise InputError(f"{path.name} {wrong}. Its columns: {', '.join(table.header)[:500]}.")
    field = {FIELD + name: FIELD + plain_name for name, plain_name in zip(table.header, names, strict=True)}
    kept = [name for name in names if name not in READ]
    absent = [pl.lit(None, pl.String).alias(FIELD + name) for name in READ if name not in names]
    for rows, rejects in table.parts():
        named = rows.rename(field).with_columns(absent)
        yield named.with_columns(json_of_texts(named, kept).alias("extra")), rejects


def _of_xml(path: Path) -> Iterator[_Part]:
    """Raises InputError where the file holds no item."""
    count = 0
    for batch in records(path, _ITEM):
        count += len(batch)
        good = [record for record in batch if record.reason is None]
        yield _framed(good), pl.concat([no_rejects(), *(_refused(path.name, each) for each in batch if each.reason)])
    if not count:
        raise InputError(f"{path.name} holds no <item> and no <entry>. Is it a product feed? Nothing was imported.")


def _refused(file: str, record: XmlRecord) -> pl.DataFrame:
    return reject_frame(file, [record.line], "", record.reason or "", [""])


def _framed(good: Sequence[XmlRecord]) -> pl.DataFrame:
    """Text columns of READ, the rest as JSON in `extra`. One Python call a record: XML has no columns."""
    columns: dict[str, pl.Series] = {
        FIELD + name: pl.Series([_text(record, name) for record in good], dtype=pl.String) for name in READ
    }
    said = [f"{_text(record, 'id') or ''}, {_text(record, 'title') or ''}"[:EXCERPT] for record in good]
    columns["line"] = pl.Series([record.line for record in good], dtype=pl.Int64)
    columns["excerpt"] = pl.Series(said, dtype=pl.String)
    columns["extra"] = pl.Series([_extra(record) for record in good], dtype=pl.String)
    return pl.DataFrame(columns)


def _text(record: XmlRecord, name: str) -> str | None:
    """The first text that is given under a name."""
    values = record.field.get(name) or record.field.get(_ALSO.get(name, ""), [])
    return next((value for value in values if isinstance(value, str) and value), None)


def _extra(record: XmlRecord) -> str | None:
    """What is no field of ours."""
    return json_of({name: _plain_value(values) for name, values in record.field.items() if name not in READ})


def _plain_value(values: Sequence[Value]) -> object:
    """One value as it is, several as a list, none as None."""
    said = [
        value if isinstance(value, str) else {name: _plain_value(inner) for name, inner in value.items()}
        for value in values
        if value
    ]
    return said[0] if len(said) == 1 else said or None
