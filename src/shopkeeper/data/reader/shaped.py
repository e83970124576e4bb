"""Reads a file of nested records by its shape: one JSON object a line, an array, or one object, plain or gzip."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import NAMES, Plan
from shopkeeper.data.reader.json_record import Record, json_of, parsed, text_of
from shopkeeper.data.reader.json_source import json_blocks
from shopkeeper.data.reader.protocol import (
    COLUMNS,
    EXCERPT,
    FIELD,
    Chunk,
    Entity,
    ReadOption,
    RowKind,
    no_rejects,
    reject_frame,
)
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.shape import Row, Shape
from shopkeeper.error import InputError

_ENTITY: Final = {
    RowKind.ITEMS: Entity.ITEM,
    RowKind.OFFERS: Entity.OFFER,
    RowKind.USERS: Entity.USER,
    RowKind.EVENTS: Entity.EVENT,
}
_NAMED: Final = 8  # kinds of records left out that are named in the summary


class ShapedReader:
    """The reader of one shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def recognises(self, sample: Sample) -> bool:
        return sample.is_json and any(self._shape.fits(record) for record in sample.records)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        if option.mapping:
            raise InputError(f"{path.name}: --map is for columns; {self._shape.name} names its fields itself.")
        reading = _Reading(self._shape, path.name, option)
        for block in json_blocks(path):
            found, bad = parsed(path.name, block.lines)
            yield from reading.chunks(found, [block.rejects, *bad])
        yield reading.summary()


@dataclass
class _Reading:
    """One file being read, and what is to be said of it at its end."""

    shape: Shape
    file: str
    option: ReadOption
    notes: dict[str, None] = field(default_factory=dict)  # in order, each once
    left_out: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    canonical: dict[RowKind, Canonical] = field(default_factory=dict)
    records: int = 0

    def chunks(self, found: Sequence[Record], rejects: list[pl.DataFrame]) -> Iterator[Chunk]:
        """The chunks of some records."""
        rows: dict[RowKind, list[_Placed]] = {}
        for record in found:
            rejects += self._collect(record, rows)
        self.records += len(found) + sum(part.height for part in rejects)
        refused = pl.concat([no_rejects(), *rejects])
        for kind in RowKind:
            if rows.get(kind):
                yield from self._canonical(kind).chunks(_framed(kind, rows[kind]), refused)
                refused = no_rejects()
        if refused.height:
            yield self._empty(refused)

    def summary(self) -> Chunk:
        """No rows, and what is to be said of the file. Raises InputError where it held no record."""
        if not self.records:
            raise InputError(f"{self.file} holds no records of {self.shape.name}. Nothing was imported.")
        notes = list(self.notes)
        if self.left_out:
            named = ", ".join(f"{name} {count:,}" for name, count in self.left_out.most_common(_NAMED))
            notes.append(f"{self.file}: left out, for they tell nothing that is ours: {named}.")
        return self._empty(no_rejects(), dict(self.repairs), tuple(notes))

    def _collect(self, record: Record, rows: dict[RowKind, list["_Placed"]]) -> list[pl.DataFrame]:
        """Add a record's rows; returns the reject of each part that cannot be read."""
        line, said, value = record
        refused: list[pl.DataFrame] = []
        try:
            parts = self.shape.parts(value)
        except ValueError as problem:
            return [reject_frame(self.file, [line], "", str(problem), [said])]
        for number, part in enumerate(parts):
            try:
                flat = self.shape.read(part)
            except (ValueError, RecursionError) as problem:
                where = f"record {number} of the batch: " if len(parts) > 1 else ""
                refused.append(reject_frame(self.file, [line], "", f"{where}{problem}", [said]))
                continue
            self.notes |= dict.fromkeys(flat.notes)
            if not flat.rows:
                self.left_out[flat.left_out[:40]] += 1
            for row in flat.rows:
                self._place(row, line, said, rows)
        return refused

    def _place(self, row: Row, line: int, said: str, rows: dict[RowKind, list["_Placed"]]) -> None:
        if self.option.kind not in (None, row.kind):
            self.left_out[f"{row.kind.value} (--kind)"] += 1
            return
        self.repairs.update(row.repairs)
        rows.setdefault(row.kind, []).append((row, line, said[:EXCERPT]))

    def _canonical(self, kind: RowKind) -> Canonical:
        if kind not in self.canonical:
            itself = MappingProxyType({name: name for name in NAMES[kind]})
            self.canonical[kind] = Canonical(Plan(kind, itself, (), ()), self.option, self.file)
        return self.canonical[kind]

    def _empty(
        self, rejects: pl.DataFrame, repairs: dict[str, int] | None = None, notes: tuple[str, ...] = ()
    ) -> Chunk:
        kind = next(iter(self.canonical), self.option.kind or RowKind.EVENTS)
        entity = _ENTITY[kind]
        frame = pl.DataFrame(schema=dict(COLUMNS[entity]))
        return Chunk(entity, frame, pl.Series("line", dtype=pl.Int64), self.file, rejects, repairs or {}, notes)


_Placed = tuple[Row, int, str]  # a row, the line where its record begins, how that looks


def _framed(kind: RowKind, rows: Sequence[_Placed]) -> pl.DataFrame:
    """The raw frame that Canonical takes."""
    columns: dict[str, pl.Series] = {
        FIELD + name: pl.Series([text_of(row.values.get(name)) for row, _, _ in rows], dtype=pl.String)
        for name in NAMES[kind]
    }
    columns["line"] = pl.Series([line for _, line, _ in rows], dtype=pl.Int64)
    columns["excerpt"] = pl.Series([said for _, _, said in rows], dtype=pl.String)
    columns["extra"] = pl.Series([json_of(dict(row.extra)) for row, _, _ in rows], dtype=pl.String)
    return pl.DataFrame(columns)
