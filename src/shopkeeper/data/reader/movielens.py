"""The reader `movielens`: ratings, films, tags and users of ml-latest, ml-1m, ml-10m and ml-100k; a folder or files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan, plan_known
from shopkeeper.data.reader.delimited_table import DelimitedTable
from shopkeeper.data.reader.extra import json_of_texts, json_of_values
from shopkeeper.data.reader.movielens_table import FILM_TABLES, FilmTable, film_table
from shopkeeper.data.reader.protocol import FIELD, Chunk, Entity, ReadOption, RowKind
from shopkeeper.data.reader.recognise import take_sample
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError

_UNREAD: Final = ("links.csv", "genome-scores.csv", "genome-tags.csv")
_LATIN1: Final = "not UTF-8: read as Latin-1"


class MovieLensReader:
    """A file is told by its first line. A tag that somebody gave is a review with the tag as its text."""

    def recognises(self, sample: Sample) -> bool:
        if sample.path.is_dir():
            return bool(_files(sample.path))
        return film_table(sample) is not None

    def files(self, path: Path) -> Sequence[Path]:
        if not path.is_dir():
            return [path]
        found = _files(path)
        if not found:
            names = ", ".join(table.name for table in FILM_TABLES)
            raise InputError(f"{path} holds none of MovieLens's files: {names}.")
        return found

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        unread = [name for name in _UNREAD if path.is_dir() and (path / name).is_file()]
        notes = (f"{path.name}: not read: {', '.join(unread)}.",) if unread else ()
        for file in self.files(path):
            for chunk in _chunks(file, option):
                yield replace(chunk, notes=(*notes, *chunk.notes), new_items=chunk.entity is Entity.EVENT)
                notes = ()


def _files(folder: Path) -> list[Path]:
    """The folder's tables, films first; a file with the name of a table and another content is passed over."""
    named = [(folder / f"{table.name}{end}", table) for table in FILM_TABLES for end in ("", ".gz")]
    return [path for path, table in named if path.is_file() and film_table(take_sample(path)) is table]


def _chunks(path: Path, option: ReadOption) -> Iterator[Chunk]:
    table = film_table(take_sample(path))
    if table is None:
        raise InputError(f"{path.name} begins like none of MovieLens's files. Try --format csv.")
    source = DelimitedTable(path, table.form)
    canonical = Canonical(_plan(table, source.header, option, path.name), option, path.name)
    foreign = 0
    for rows, rejects in source.parts():
        made = table.prepare(rows)
        extra = _extra(made, table, canonical.plan.extra)
        repairs = {_LATIN1: source.latin1 - foreign} if source.latin1 > foreign else {}
        foreign = source.latin1
        for chunk in canonical.chunks(made.with_columns(extra), rejects):
            yield replace(chunk, repairs={**chunk.repairs, **repairs})
            repairs = {}


def _plan(table: FilmTable, header: Sequence[str], option: ReadOption, file: str) -> Plan:
    columns = [name for name in header if name not in table.dropped]
    return plan_known([*columns, *table.made], table.known, option.kind or table.kind, option, file)


def _extra(rows: pl.DataFrame, table: FilmTable, extra: Sequence[str]) -> pl.Series:
    """What no field takes: texts as they are, or, of films, the genres as a list and the year as a number."""
    if table.kind is not RowKind.ITEMS:
        return json_of_texts(rows, extra).alias("extra")
    texts = rows.select(pl.col(FIELD + name).str.strip_chars().replace("", None).alias(name) for name in extra)
    typed = rows.select(table.typed)
    return json_of_values(pl.concat([texts, typed], how="horizontal"), [*extra, *table.typed]).alias("extra")
