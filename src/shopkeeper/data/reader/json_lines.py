"""The reader `jsonl`: one flat JSON object a line, or an array of them, plain or gzip."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan, plan
from shopkeeper.data.reader.json_record import Record, json_of, parsed, text_of
from shopkeeper.data.reader.json_source import json_blocks
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, Chunk, ReadOption
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError

_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz")
_MAX_COLUMNS: Final = 2000  # names in the first block; more is no table


class JsonLinesReader:
    """Fields may appear in any order and be absent; what is no field of ours keeps its JSON type."""

    def recognises(self, sample: Sample) -> bool:
        return sample.name.endswith(_SUFFIXES)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        canonical: Canonical | None = None
        rejects: list[pl.DataFrame] = []
        for block in json_blocks(path):
            found, bad = parsed(path.name, block.lines)
            rejects += [block.rejects, *bad]
            if canonical is None and found:
                chosen = plan(_names([row for _, _, row in found], path.name), option, path.name)
                canonical = Canonical(chosen, option, path.name)
            if canonical is not None:
                yield from canonical.chunks(_framed(found, canonical.plan), pl.concat(rejects))
                rejects = []
        if canonical is None:
            why = next((part["reason"][0] for part in rejects if part.height), "it holds no lines")
            raise InputError(f"{path.name} holds no JSON object: {why}. Is it one object a line?")


def _names(rows: list[dict[str, Any]], file: str) -> list[str]:
    """Every key of the first rows, in order of appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > _MAX_COLUMNS:
        raise InputError(f"{file}: its first rows have {len(names):,} different keys. Is it one object a row?")
    return names


def _framed(found: list[Record], chosen: Plan) -> pl.DataFrame:
    """Text columns of the fields that are read, the rest as JSON in `extra`."""
    taken = set(chosen.column.values())
    columns: dict[str, pl.Series] = {
        FIELD + name: pl.Series([text_of(row.get(name)) for _, _, row in found], dtype=pl.String) for name in taken
    }
    columns["line"] = pl.Series([line for line, _, _ in found], dtype=pl.Int64)
    columns["excerpt"] = pl.Series([text[:EXCERPT] for _, text, _ in found], dtype=pl.String)
    columns["extra"] = pl.Series([json_of(row, taken) for _, _, row in found], dtype=pl.String)
    return pl.DataFrame(columns)
