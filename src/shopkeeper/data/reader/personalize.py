"""The reader `personalize`: the CSV data sets of Amazon Personalize: interactions, items and users."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical, event_type
from shopkeeper.data.reader.column import plan_known
from shopkeeper.data.reader.delimited_table import DelimitedTable, TableForm
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.protocol import FIELD, Chunk, Entity, ReadOption, RowKind, canonical_frame
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.value import clean
from shopkeeper.error import InputError
from shopkeeper.record import EventType
from shopkeeper.store.frame import CATEGORY_SEPARATOR

_FORM: Final = TableForm(delimiter=",")
_KNOWN: Final[Mapping[RowKind, Mapping[str, str]]] = {
    RowKind.EVENTS: {
        "USER_ID": "user_id",
        "ITEM_ID": "item_id",
        "TIMESTAMP": "time",
        "EVENT_TYPE": "type",
        "RECOMMENDATION_ID": "recommendation_id",
    },
    RowKind.ITEMS: {
        "ITEM_ID": "item_id",
        "CREATION_TIMESTAMP": "available_from",
        "EXPIRATION_TIMESTAMP": "expires_at",
        "PRICE": "price",
        "PRODUCT_DESCRIPTION": "description",
    },
    RowKind.USERS: {"USER_ID": "user_id"},
}
# A category path comes from the first of these that the file has.
_LEVELS: Final = (r"CATEGORY_L\d", r"GENRE_L\d", r"CATEGORY", r"CATEGORIES", r"GENRES?")
_PATH, _RATING, _SHOWN = (
    "category path",
    "EVENT_VALUE as rating",
    "IMPRESSION",
)  # columns that we make, and one we split
_ROWS: Final = 250_000  # impressions of a chunk
_UNKNOWN_TYPE: Final = "EVENT_TYPE that we do not know: read as a view, its name kept in context"
_RATED: Final = (EventType.RATE.value, EventType.REVIEW.value)


class PersonalizeReader:
    """A data set is told by its columns. Lists in IMPRESSION become events of their own, one for each item shown."""

    def recognises(self, sample: Sample) -> bool:
        names = [name.strip(' "') for name in sample.lines[0].split(",")] if sample.lines else []
        upper = all(re.fullmatch(r"[A-Z][A-Z0-9_]*", name) for name in names)
        return upper and len(names) > 1 and bool({"USER_ID", "ITEM_ID"} & set(names))

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        table = DelimitedTable(path, _FORM)
        kind = option.kind or _kind(table.header, path.name)
        adapt = {RowKind.EVENTS: _event_rows, RowKind.ITEMS: _item_rows}.get(kind, _as_they_are)
        header, _ = adapt(_no_rows(table.header), option)
        made = {_PATH: "category"} if kind is RowKind.ITEMS else {_RATING: "rating"}
        known = {**_KNOWN.get(kind, {}), **made}
        canonical = Canonical(plan_known(header, known, kind, option, path.name), option, path.name)
        for rows, rejects in table.parts():
            _, adapted = adapt(rows, option)
            extra = json_of_texts(adapted, canonical.plan.extra).alias("extra")
            for chunk in canonical.chunks(adapted.with_columns(extra), rejects):
                yield from _with_shown(chunk, rows) if chunk.entity is Entity.EVENT else [chunk]


_Adapted = tuple[list[str], pl.DataFrame]  # the columns that fields are chosen from, and the rows


def _kind(header: list[str], file: str) -> RowKind:
    has = {"USER_ID", "ITEM_ID"} & set(header)
    if not has:
        raise InputError(f"{file} has neither USER_ID nor ITEM_ID: it is no data set of Personalize. Try --format csv.")
    if len(has) == 2:
        return RowKind.EVENTS
    return RowKind.ITEMS if "ITEM_ID" in has else RowKind.USERS


def _no_rows(header: list[str]) -> pl.DataFrame:
    return pl.DataFrame(schema={FIELD + name: pl.String for name in header})


def _header(rows: pl.DataFrame) -> list[str]:
    return [name.removeprefix(FIELD) for name in rows.columns if name.startswith(FIELD)]


def _as_they_are(rows: pl.DataFrame, _option: ReadOption) -> _Adapted:
    return _header(rows), rows


def _event_rows(rows: pl.DataFrame, option: ReadOption) -> _Adapted:
    """Unknown types as views, their names kept; the value of a rating as its rating."""
    header = [name for name in _header(rows) if name != _SHOWN or name in option.mapping]
    if "EVENT_TYPE" not in header or "EVENT_TYPE" in option.mapping:
        return header, rows
    name = clean(pl.col(FIELD + "EVENT_TYPE"))
    unknown = name.is_not_null() & event_type(name).is_null()
    rows = rows.with_columns(
        pl.when(unknown).then(pl.lit(EventType.VIEW.value)).otherwise(name).alias(FIELD + "EVENT_TYPE"),
        pl.when(unknown).then(name).alias(FIELD + "event_name"),
    )
    if "EVENT_VALUE" in header and "EVENT_VALUE" not in option.mapping:
        value, rated = pl.col(FIELD + "EVENT_VALUE"), event_type(name).is_in(_RATED)
        moved = pl.when(rated).then(value).alias(FIELD + _RATING)
        rows = rows.with_columns(moved, pl.when(~rated.fill_null(value=False)).then(value).alias(FIELD + "EVENT_VALUE"))
        header.append(_RATING)
    return [*header, "event_name"], rows


def _item_rows(rows: pl.DataFrame, option: ReadOption) -> _Adapted:
    """One category path: the first value of each level; levels with several values are kept as they are, too."""
    header = _header(rows)
    family = next((found for levels in _LEVELS if (found := _matching(levels, header))), [])
    if not family or {*family} & set(option.mapping):
        return header, rows
    columns = [FIELD + name for name in family]
    first = [clean(pl.col(name).str.split("|").list.first()) for name in columns]
    path = pl.concat_str(first, separator=CATEGORY_SEPARATOR, ignore_nulls=True).alias(FIELD + _PATH)
    several = [pl.when(pl.col(name).str.contains("|", literal=True)).then(name).alias(name) for name in columns]
    return [*header, _PATH], rows.with_columns(path, *several)


def _matching(levels: str, header: list[str]) -> list[str]:
    return sorted(name for name in header if re.fullmatch(levels, name))


def _with_shown(chunk: Chunk, rows: pl.DataFrame) -> Iterator[Chunk]:
    """The events, and those of what was shown beside them."""
    context = chunk.frame["context"].str.contains('"event_name":', literal=True)
    unknown = int(context.sum())
    repairs = {**chunk.repairs, **({_UNKNOWN_TYPE: unknown} if unknown else {})}
    yield replace(chunk, repairs=repairs, new_items=True)
    if FIELD + _SHOWN not in rows.columns:
        return
    lists = rows.select("line", item_id=clean(pl.col(FIELD + _SHOWN)).str.split("|")).drop_nulls()
    acts = chunk.frame.select("user_id", "time", "recommendation_id").with_columns(chunk.line.alias("line"))
    shown = acts.join(lists, on="line", maintain_order="left")
    shown = shown.with_columns(position=pl.int_ranges(pl.col("item_id").list.len()))
    shown = shown.explode("item_id", "position").with_columns(item_id=clean(pl.col("item_id"))).drop_nulls("item_id")
    for part in shown.iter_slices(_ROWS):
        made = part.with_columns(type=pl.lit(EventType.IMPRESSION.value), context=pl.lit("{}"))
        yield Chunk(Entity.EVENT, canonical_frame(Entity.EVENT, made), part["line"], chunk.file, new_items=True)
