"""The seam for formats whose records are nested: a shape makes flat rows, under our field names, of one JSON object."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any, Final

from shopkeeper.data.reader.protocol import RowKind

Json = Mapping[str, Any]
MAX_ROWS: Final = 10_000  # of one record, or records of one batch: no order has as many lines
MAX_REPEATED: Final = 32_000_000  # characters: what each row of a record repeats of it, all rows together
_LARGEST_EXPONENT: Final = 15  # decimal places before the point; more is no amount of anything in a shop
_NOTHING: Final = ("", "(not set)", "(none)", "(data not available)")  # what systems write for nothing


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` by the names of column.NAMES[kind], values as JSON has them, None where nothing is told.

    `extra` is kept in `attributes` (items, users) or `context` (events). `repairs` says what had to be changed.
    """

    kind: RowKind
    values: Json
    extra: Json = field(default_factory=dict)
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flat:
    """What a record says. One without rows is of no use to us: `left_out` names what it was, for the summary."""

    rows: tuple[Row, ...] = ()
    left_out: str = ""
    notes: tuple[str, ...] = ()  # told once for a file


def _single(record: Json) -> Sequence[object]:
    return (record,)


@dataclass(frozen=True, slots=True)
class Shape:
    """One nested format, as functions of a JSON object.

    `fits`: whether a record looks like one of this format. `flat`: its rows; raises ValueError with the reason where it
    cannot be read. `parts`: the records of the format's own batch, in order; a record alone is its own only part.
    """

    name: str
    fits: Callable[[Json], bool]
    flat: Callable[[Json], Flat]
    parts: Callable[[Json], Sequence[object]] = _single

    def read(self, part: object) -> Flat:
        """The rows of one of `parts`. Raises ValueError with the reason."""
        if not isinstance(part, Mapping):
            raise ValueError("it is no JSON object")
        flat = self.flat(part)
        check_count(flat.rows, "it")
        _check_repeated(flat.rows)
        return flat


def check_count(many: Sequence[object], what: str) -> None:
    """Raises ValueError where there are more than one record may have."""
    if len(many) > MAX_ROWS:
        raise ValueError(f"{what} holds {len(many):,} entries; {MAX_ROWS:,} are the most that one record may have")


def _check_repeated(rows: Sequence[Row]) -> None:
    """Raises ValueError where a small record would become a flood: each of its many rows keeps what all share."""
    if len(rows) > 1:
        shared = min(len(json.dumps(dict(row.extra))) for row in (rows[0], rows[-1]))
        if shared * len(rows) > MAX_REPEATED:
            raise ValueError(f"its {len(rows):,} rows would each repeat {shared:,} of its characters; send fewer")


def text(value: object) -> str | None:
    """A text or a number as text, None for nothing. Raises ValueError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool | Mapping | list):
        raise ValueError(f"{json.dumps(value)[:40]} is no text")
    said = str(value).strip()
    return None if said in _NOTHING else said


def part(record: Json, *path: str) -> Json:
    """The object under a path of names, empty where there is none. Raises ValueError where it is no object."""
    for name in path:
        value = record.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} is no JSON object")
        record = value
    return record


def parts(record: Json, name: str) -> Sequence[Json]:
    """The objects of a list, none where there is no list. Raises ValueError for any other list, or a longer one."""
    value = record.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError(f"{name} is no list of JSON objects")
    check_count(value, name)
    return value


def rest(record: Json, *taken: str) -> dict[str, Any]:
    """What a record tells under other names than these, as it is."""
    return {name: value for name, value in record.items() if name not in taken and value not in (None, "", [], {})}


def line_value(price: object, quantity: object) -> str | None:
    """Price x quantity in decimals, None without a price; no quantity is one. Raises ValueError for no numbers."""
    if text(price) is None:
        return None
    value = _decimal(price, "price") * (Decimal(1) if text(quantity) is None else _decimal(quantity, "quantity"))
    return format(value.normalize(), "f")


def _decimal(value: object, name: str) -> Decimal:
    try:
        number = Decimal(text(value) or "")
    except InvalidOperation:
        raise ValueError(f"{name} {str(value)[:40]} is no number") from None
    if not number.is_finite() or (number and not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT):
        raise ValueError(f"{name} {str(value)[:40]} is no amount")
    return number


def identified(rows: Sequence[Row], record: Json, sent_id: str | None) -> tuple[Row, ...]:
    """Event rows of one record with ids that are the same whenever it is sent again: the sender's id and the line.

    Without an id, the record's whole content stands for it, if it tells its time. One without time is another event
    whenever it is sent: its lines are only numbered apart.
    """
    timed = any(row.values.get("time") is not None for row in rows)
    key = sent_id or (_digest(record) if timed else None)
    return tuple(_numbered(row, key, number) for number, row in enumerate(rows, 1))


def _numbered(row: Row, key: str | None, number: int) -> Row:
    if key is not None:
        return replace(row, values={**row.values, "event_id": f"{key}/{number}"})
    return row if number == 1 else replace(row, extra={**row.extra, "line": number})


def _digest(record: Json) -> str:
    return blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=16).hexdigest()
