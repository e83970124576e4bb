"""The reader `jsonl`: one flat JSON object a line, or an array of them, plain or gzip."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan, plan
from shopkeeper.data.reader.json_record import Record, json_of, parsed, text_of
from shopkeeper.data.reader.json_source import json_blocks
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, Chunk, ReadOption, RowKind, no_rejects
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError

_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz")
_MAX_COLUMNS: Final = 2000  # names in the first block; more is no table
_KEY: Final = ("item_id", "user_id", "market", "valid_from")  # what rows are about
_NEEDED: Final = ("item_id", "user_id")  # of every row, or it is refused

Named = tuple[frozenset[str], bool] | None  # the columns of ours that a row names, and whether others; None: all


class JsonLinesReader:
    """Fields may appear in any order and be absent; what is no field of ours keeps its JSON type."""

    def recognises(self, sample: Sample) -> bool:
        return sample.name.endswith(_SUFFIXES)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        chosen: Plan | None = None
        canonical: dict[Named, Canonical] = {}
        rejects: list[pl.DataFrame] = []
        for block in json_blocks(path):
            found, bad = parsed(path.name, block.lines)
            rejects += [block.rejects, *bad]
            if chosen is None and found:
                chosen = plan(_names([row for _, _, row in found], path.name), option, path.name)
                taken = set(chosen.column.values())
            if chosen is not None:
                partial = option.update or chosen.kind is RowKind.OFFERS
                for named, rows in _alike(found, chosen) if partial else [(None, found)]:
                    if named not in canonical:
                        canonical[named] = Canonical(_part(chosen, named), option, path.name)
                    raw = _framed(rows, canonical[named].plan, taken, nulls=option.update)
                    yield from canonical[named].chunks(raw, pl.concat(rejects))
                    rejects = [no_rejects()]
        if chosen is None:
            why = next((part["reason"][0] for part in rejects if part.height), "it holds no lines")
            raise InputError(f"{path.name} holds no JSON object: {why}. Is it one object a line?")


def _names(rows: list[dict[str, Any]], file: str) -> list[str]:
    """Every key of the first rows, in order of appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > _MAX_COLUMNS:
        raise InputError(f"{file}: its first rows have {len(names):,} different keys. Is it one object a row?")
    return names


def _alike(found: list[Record], chosen: Plan) -> list[tuple[Named, list[Record]]]:
    """Rows by what they name, for what one does not name stays as it is; those of one thing in their order."""
    taken, key = set(chosen.column.values()), [chosen.column[name] for name in _KEY if name in chosen.column]
    last: dict[tuple[str, ...], tuple[int, Named]] = {}
    groups: dict[tuple[int, Named], list[Record]] = {}
    for record in found:
        row = record[2]
        fields = frozenset(taken & row.keys())
        named = (fields, len(row) > len(fields))
        thing = tuple(str(row.get(column)) for column in key)
        turn, before = last.get(thing, (0, named))
        last[thing] = (turn + (named != before), named)
        groups.setdefault(last[thing], []).append(record)
    return [(named, rows) for (_, named), rows in sorted(groups.items(), key=lambda group: group[0][0])]


def _part(chosen: Plan, named: Named) -> Plan:
    """The plan for rows that name these columns; an offer that says nothing keeps all, and is refused for it."""
    if named is None:
        return chosen
    there, further = named
    said = [chosen.column[name] for name in ("price", "stock", "availability") if name in chosen.column]
    if chosen.kind is RowKind.OFFERS and there.isdisjoint(said):
        there |= frozenset(said)
    column = {name: column for name, column in chosen.column.items() if column in there or name in _NEEDED}
    return replace(chosen, column=MappingProxyType(column), extra=chosen.extra or ("further",) if further else ())


def _framed(found: list[Record], chosen: Plan, known: Collection[str], *, nulls: bool = False) -> pl.DataFrame:
    """Text columns of the fields that are read, what is not `known` as JSON in `extra`."""
    taken = set(chosen.column.values())
    columns: dict[str, pl.Series] = {
        FIELD + name: pl.Series([text_of(row.get(name)) for _, _, row in found], dtype=pl.String) for name in taken
    }
    columns["line"] = pl.Series([line for line, _, _ in found], dtype=pl.Int64)
    columns["excerpt"] = pl.Series([text[:EXCERPT] for _, text, _ in found], dtype=pl.String)
    columns["extra"] = pl.Series([json_of(row, known, nulls=nulls) for _, _, row in found], dtype=pl.String)
    return pl.DataFrame(columns)
