"""The first records of a dry run as tables: times, money and long texts as a person reads them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopkeeper.cli.output import say, say_table
from shopkeeper.record import format_time, to_major

# Columns of their own, by entity; whatever else a record tells stands in the last one.
_COLUMN: Final[Mapping[str, tuple[str, ...]]] = {
    "item": ("item_id", "title", "category", "brand", "group_id"),
    "offer": ("item_id", "market", "price", "currency", "stock"),
    "user": ("user_id",),
    "event": ("type", "time", "user_id", "visitor_id", "item_id", "quantity", "value", "currency"),
}
_TIMES: Final = frozenset({"time", "available_from", "expires_at", "valid_from", "valid_to"})
_MONEY: Final = frozenset({"price", "value"})
_USUAL: Final = {"kind": "product", "enabled": True}  # goes without saying
_WIDTH: Final = 60  # characters of a value


def say_records(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """A table for each entity; columns that no record fills are left out."""
    for entity, rows in records.items():
        files = len({row["file"] for row in rows if "file" in row})
        main = [name for name in _COLUMN[entity] if any(name in row for row in rows)]
        table = [[_origin(row, files), *(_said(name, row) for name in main), _rest(row, main)] for row in rows]
        columns = ["line" if files <= 1 else "file:line", *main, "and"]
        if not any(cells[-1] for cells in table):
            columns, table = columns[:-1], [cells[:-1] for cells in table]
        say(f"\n{entity}: the first {len(rows)}, as they would be stored")
        say_table(columns, table)


def _origin(row: Mapping[str, Any], files: int) -> str:
    if "file" not in row:  # a sync's own: no file has the item, so it is to be disabled
        return "absent"
    return str(row["line"]) if files == 1 else f"{row['file']}:{row['line']}"


def _rest(row: Mapping[str, Any], main: Sequence[str]) -> str:
    names = [name for name in row if name not in {"file", "line", *main}]
    return ", ".join(f"{name} {_said(name, row)}" for name in names if row[name] != _USUAL.get(name))


def _said(name: str, row: Mapping[str, Any]) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if name in _TIMES:
        return format_time(value)
    if name in _MONEY and "currency" in row:
        return str(to_major(value, row["currency"]))
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return said if len(said) <= _WIDTH else said[: _WIDTH - 3] + "..."
