"""The reader `jsonl`: one JSON object a line, plain or gzip."""

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import Plan, plan
from shopkeeper.data.reader.line_source import blocks
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, Chunk, ReadOption, reject_frame
from shopkeeper.error import InputError

_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_MAX_COLUMNS: Final = 2000  # names in the first block; more is no table


class JsonLinesReader:
    """Fields may appear in any order and be absent; what is no field of ours keeps its JSON type."""

    def recognises(self, path: Path) -> bool:
        return path.name.lower().endswith(_SUFFIXES)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        canonical: Canonical | None = None
        rejects: list[pl.DataFrame] = []
        for block in blocks(path):
            found, bad = _parsed(path.name, block.lines)
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


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


# Made once: json.loads and json.dumps with options make a new one for each line, which takes as long as the line.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))

_Row = tuple[int, str, dict[str, Any]]  # line, text, object


def _parsed(file: str, lines: pl.DataFrame) -> tuple[list[_Row], list[pl.DataFrame]]:
    """Objects of lines, and rejects. One Python call a line: JSON has no columns before it is read."""
    found: list[_Row] = []
    bad: dict[str, list[tuple[int, str]]] = {}
    for line, text in lines.iter_rows():
        if not text or text.isspace():
            continue
        value = _value(text)
        if isinstance(value, dict):
            found.append((line, text, value))
        else:
            bad.setdefault(value, []).append((line, text))
    frames = [
        reject_frame(file, [line for line, _ in rows], "", reason, [text for _, text in rows])
        for reason, rows in bad.items()
    ]
    return found, frames


def _value(text: str) -> dict[str, Any] | str:
    """The object of a line, or the reason why it is none."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as problem:
        return f"broken JSON: {str(problem).split(':')[0]}"
    return value if isinstance(value, dict) else "the line is JSON, but no object"


def _names(rows: list[dict[str, Any]], file: str) -> list[str]:
    """Every key of the first rows, in order of appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > _MAX_COLUMNS:
        raise InputError(f"{file}: its first rows have {len(names):,} different keys. Is it one object a row?")
    return names


def _framed(found: list[_Row], chosen: Plan) -> pl.DataFrame:
    """Text columns of the fields that are read, the rest as JSON in `extra`."""
    taken = set(chosen.column.values())
    columns: dict[str, pl.Series] = {
        FIELD + name: pl.Series([_text(row.get(name)) for _, _, row in found], dtype=pl.String) for name in taken
    }
    columns["line"] = pl.Series([line for line, _, _ in found], dtype=pl.Int64)
    columns["excerpt"] = pl.Series([text[:EXCERPT] for _, text, _ in found], dtype=pl.String)
    columns["extra"] = pl.Series([_extra(row, taken) for _, _, row in found], dtype=pl.String)
    return pl.DataFrame(columns)


def _text(value: Any) -> str | None:
    """A value as the text that a CSV file would hold; a list of names is a category path."""
    if value is None or isinstance(value, str):
        return _sound(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _sound(" | ".join(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=True)
    return str(value)


def _sound(text: str | None) -> str | None:
    """Without lone surrogates and NUL characters, which JSON can escape and UTF-8 or a database cannot hold."""
    if text is None or (text.isascii() and "\x00" not in text):
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _extra(row: dict[str, Any], taken: set[str]) -> str | None:
    rest = {name: value for name, value in row.items() if name not in taken and value is not None}
    if not rest:
        return None
    encoded = _ENCODER.encode(rest)
    return _ENCODER.encode(_without_nul(rest)) if "\\u0000" in encoded else encoded


def _without_nul(value: Any) -> Any:
    """A JSON value whose texts and names hold no NUL character."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(part) for part in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(part) for name, part in value.items()}
    return value
