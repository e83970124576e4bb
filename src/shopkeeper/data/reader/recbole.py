"""The reader `recbole`: RecBole's atomic files .inter, .user and .item, or a folder of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import plan_known
from shopkeeper.data.reader.delimited_table import DelimitedTable, TableForm
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.order_time import forward
from shopkeeper.data.reader.protocol import FIELD, Chunk, Entity, ReadOption, RowKind
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.value import clean
from shopkeeper.error import InputError
from shopkeeper.store.frame import CATEGORY_SEPARATOR

_FORM: Final = TableForm(delimiter="\t", quoted=False)
_HEADER: Final = re.compile(r"[^:\t]+:(?:token|token_seq|float|float_seq)")
_KIND: Final[Mapping[str, RowKind]] = {  # in the order in which a folder is read
    ".item": RowKind.ITEMS,
    ".user": RowKind.USERS,
    ".inter": RowKind.EVENTS,
}
_TITLES: Final = ("movie_title", "artist_name", "business_name")  # in RecBole's own data sets, beside the usual names
_GENRES: Final = ("class", "genre", "genres")  # several at once, none above the other
_PATHS: Final = ("categories", "category", "category_path")  # from broad to narrow
_ORDER, _CATEGORY = "row", "category path"  # columns that we make


class RecBoleReader:
    """What a file holds is told by its name's ending, else by its columns; their types are in the header."""

    def recognises(self, sample: Sample) -> bool:
        if sample.path.is_dir():
            return bool(_files(sample.path))
        return bool(sample.lines) and all(_HEADER.fullmatch(name) for name in sample.lines[0].split("\t"))

    def files(self, path: Path) -> Sequence[Path]:
        if not path.is_dir():
            return [path]
        found = _files(path)
        if not found:
            raise InputError(f"{path} holds no atomic files (.inter, .user, .item). Name the files.")
        return found

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        for file in self.files(path):
            yield from _chunks(file, option)


def _files(folder: Path) -> list[Path]:
    return [file for suffix in _KIND for file in sorted((*folder.glob(f"*{suffix}"), *folder.glob(f"*{suffix}.gz")))]


def _chunks(file: Path, option: ReadOption) -> Iterator[Chunk]:
    table = DelimitedTable(file, _FORM)
    names = _names(table.header, file.name)
    kind = option.kind or _kind(file.name, list(names.values()))
    category = next((name for name in (*_PATHS, *_GENRES) if name in names.values()), None)
    made = [_CATEGORY] if kind is RowKind.ITEMS and category and category not in option.mapping else []
    timeless = kind is RowKind.EVENTS and not _has_time(list(names.values()), option)
    made += [_ORDER] if timeless else []
    known = {_ORDER: "time", _CATEGORY: "category"} | dict.fromkeys(_TITLES, "title")
    chosen = plan_known([*names.values(), *made], known, kind, option, file.name)
    if timeless:
        chosen = replace(chosen, notes=(*chosen.notes, _made_up(file.name)))
    canonical = Canonical(chosen, option, file.name)
    done = 0
    for rows, rejects in table.parts():
        named = rows.rename({FIELD + old: FIELD + new for old, new in names.items()})
        if _CATEGORY in made and category:
            named = named.with_columns(_category(category).alias(FIELD + _CATEGORY))
        if timeless:
            time = forward(pl.int_range(done, done + pl.len(), dtype=pl.Int64))
            named = named.with_columns(time.cast(pl.String).alias(FIELD + _ORDER))
        done += rows.height
        extra = json_of_texts(named, chosen.extra).alias("extra")
        for chunk in canonical.chunks(named.with_columns(extra), rejects):
            yield replace(chunk, new_items=chunk.entity is Entity.EVENT)


def _names(header: list[str], file: str) -> dict[str, str]:
    """{`name:type`: name}. Raises InputError where two columns share a name or none has a type."""
    if not any(_HEADER.fullmatch(column) for column in header):
        raise InputError(
            f"{file}: its header has no `name:type` columns, as RecBole's atomic files do. Try --format csv."
        )
    names = {column: column.rpartition(":")[0] or column for column in header}
    if len(set(names.values())) < len(names):
        raise InputError(f"{file} has two columns of one name. Rename one.")
    return names


def _kind(file: str, names: list[str]) -> RowKind:
    for suffix, kind in _KIND.items():
        if file.lower().removesuffix(".gz").endswith(suffix):
            return kind
    if "user_id" in names:
        return RowKind.EVENTS if "item_id" in names else RowKind.USERS
    return RowKind.ITEMS


def _has_time(names: list[str], option: ReadOption) -> bool:
    return "timestamp" in names or "time" in names or "time" in option.mapping.values()


def _made_up(file: str) -> str:
    return f"{file}: it has no timestamp. Times are made up: a second apart in the file's order, from 2000-01-01 on."


def _category(column: str) -> pl.Expr:
    """The first genre, or the tokens of a path; tokens are parted by commas where there are any, else by blanks."""
    text = clean(pl.col(FIELD + column))
    tokens = pl.when(text.str.contains(",", literal=True)).then(text.str.split(",")).otherwise(text.str.split(" "))
    tokens = tokens.list.eval(pl.element().str.strip_chars(" '\""))
    return tokens.list.first() if column in _GENRES else tokens.list.join(CATEGORY_SEPARATOR)
