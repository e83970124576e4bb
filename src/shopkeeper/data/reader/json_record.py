"""JSON objects of texts, one Python call each, and their values as the texts that a CSV file would hold."""

import json
from collections.abc import Collection
from math import isfinite
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader.protocol import reject_frame


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


# Made once: json.loads and json.dumps with options make a new one for each line, which takes as long as the line.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_DEEPEST: Final = 200  # levels of objects and lists; Python's own limit is 1,000 calls
_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))

Record = tuple[int, str, dict[str, Any]]  # the line where it begins, its text, its object


def parsed(file: str, lines: pl.DataFrame) -> tuple[list[Record], list[pl.DataFrame]]:
    """Objects of lines, and rejects. One Python call a line: JSON has no columns before it is read."""
    found: list[Record] = []
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
    if text.count("{") + text.count("[") > _DEEPEST and _too_deep(value):
        return f"it is nested more than {_DEEPEST} levels deep"
    return value if isinstance(value, dict) else "the line is JSON, but no object"


def _too_deep(value: Any) -> bool:
    """Whether it could not be walked through by recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def text_of(value: Any) -> str | None:
    """A value as the text that a CSV file would hold; a list of names is a category path, of several the first."""
    if value is None or isinstance(value, str):
        return _sound(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _sound(" | ".join(value))
    if isinstance(value, list) and all(_is_path(part) for part in value):
        return text_of(value[0])
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=True)
    return str(value)


def _is_path(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _sound(text: str | None) -> str | None:
    """Without lone surrogates and NUL characters, which JSON can escape and UTF-8 or a database cannot hold."""
    if text is None or (text.isascii() and "\x00" not in text):
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def json_of(row: dict[str, Any], taken: Collection[str] = (), *, nulls: bool = False) -> str | None:
    """Those of an object's members that are not taken, and null only with `nulls`, as JSON; None for none."""
    rest = {name: value for name, value in row.items() if name not in taken and (nulls or value is not None)}
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
