"""Writing a few events of which nothing is unusual, in plain Python: for one alone, frames take ten times as long.

The rules are event_write.py's. Nothing is decided here: an event that might be refused, and one that changes who
somebody is, goes the way of frames. A test has both ways write the same events, and compares every table.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from shopkeeper.record import EVENT_CODE, LEAST_RATING, MARK_CODE, MOST_RATING, Event, EventType
from shopkeeper.store.aggregate import ACT_COLUMN, add_acts
from shopkeeper.store.erasure import anybody_erased
from shopkeeper.store.event_key import event_key, written_alike
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.history import returned_share
from shopkeeper.store.person_few import persons_of_few
from shopkeeper.store.row import ROW, UNWRITABLE, event_row
from shopkeeper.store.schema import EVENT
from shopkeeper.store.sieve import LONGEST_ID
from shopkeeper.store.transaction import Transaction

FEW: Final = 100  # above it, frames are quicker

Row = dict[str, Any]  # EVENT_COLUMN and event_key, or the columns of the log

_LARGEST: Final = 2**63
_IDS: Final = ("event_id", "user_id", "visitor_id", "item_id")
_TEXTS: Final = tuple(name for name, kind in EVENT_COLUMN.items() if kind == pl.String and name not in ("type", "mark"))
_INTEGERS: Final = tuple(name for name, kind in EVENT_COLUMN.items() if kind == pl.Int64)
_FLOATS: Final = tuple(name for name, kind in EVENT_COLUMN.items() if kind == pl.Float64)
_COLUMN: Final = tuple(column.name for column in EVENT.columns)
_INSERT: Final = f"INSERT INTO event ({', '.join(_COLUMN)}) VALUES ({', '.join(f':{name}' for name in _COLUMN)})"


def usual_rows(events: Sequence[Event]) -> list[Row] | None:
    """The events as rows, with their keys; None where one of them is not as plain as can be, or they are not few."""
    if len(events) > FEW:
        return None
    rows = []
    for event in events:
        try:
            row = dict(zip(EVENT_COLUMN, event_row(event), strict=True))
            if not _is_usual(row):
                return None
            row["event_key"] = event_key(row)
        except UNWRITABLE:
            return None
        rows.append(row)
    return rows


def few_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """EVENT_COLUMN, ROW and event_key of rows, for the way of frames: there is no rule that they have not passed."""
    columns = [pl.Series(name, [row[name] for row in rows], kind) for name, kind in EVENT_COLUMN.items()]
    keys = pl.Series("event_key", [row["event_key"] for row in rows], pl.Binary)
    return pl.DataFrame([*columns, pl.int_range(len(rows), dtype=pl.UInt32, eager=True).alias(ROW), keys])


def write_few(transaction: Transaction, rows: Sequence[Row]) -> list[bool] | None:
    """Write the rows that are new, and tell which those were; None, with nothing written, where frames must decide."""
    if not rows:
        return []
    item = _items(transaction, rows)
    if item is None or anybody_erased(transaction, rows):
        return None
    fresh = _fresh(transaction, rows)
    new = [row for row, is_fresh in zip(rows, fresh, strict=True) if is_fresh]
    persons = persons_of_few(transaction, new)
    if persons is None:
        return None
    _count(transaction, _insert(transaction, new, item, persons))
    return fresh


def _is_usual(row: Row) -> bool:
    """Whether no rule could have anything against a row; ids that are empty are then none, and floats are floats.

    Raises UnicodeEncodeError or TypeError where a text is none.
    """
    texts = "".join([row[name] for name in _TEXTS if row[name] is not None])
    texts.encode()
    for name in _IDS:
        row[name] = row[name] or None
    return (
        "\0" not in texts
        and row["type"] in EVENT_CODE
        and (row["mark"] is None or row["mark"] in MARK_CODE)
        and (row["user_id"] is not None or row["visitor_id"] is not None)
        and (row["item_id"] is not None or row["type"] == EventType.SEARCH)
        and all(len(row[name] or "") <= LONGEST_ID for name in ("user_id", "visitor_id"))
        and (row["context"] is None or row["context"].startswith("{"))
        and row["time"] is not None
        and all(_is_usual_integer(row[name]) for name in _INTEGERS)
        and all(_made_float(row, name) for name in _FLOATS)
        and (row["quantity"] is None or row["quantity"] > 0)
        and (row["rating"] is None or LEAST_RATING <= row["rating"] <= MOST_RATING)
        and not _is_of_order(row)
    )


def _is_of_order(row: Row) -> bool:
    """Whether it is a return of which the log may tell how much was bought."""
    return row["type"] == EventType.RETURN and row["session_id"] is not None and row["quantity"] is not None


def _is_usual_integer(value: object) -> bool:
    return value is None or (type(value) is int and -_LARGEST <= value < _LARGEST)


def _made_float(row: Row, name: str) -> bool:
    """Make a number a float; False where it is none, or one that its key might not be the same for."""
    value = row[name]
    if value is None:
        return True
    if type(value) not in (int, float) or not math.isfinite(value) or not written_alike(value):
        return False
    row[name] = float(value)
    return True


def _items(transaction: Transaction, rows: Sequence[Row]) -> dict[str, int] | None:
    """The item_index of each item, None where one is unknown."""
    ids = list(dict.fromkeys(row["item_id"] for row in rows if row["item_id"] is not None))
    found = dict(transaction.rows_among("SELECT item_id, item_index FROM item WHERE", "item_id", ids))
    return found if len(found) == len(ids) else None


def _fresh(transaction: Transaction, rows: Sequence[Row]) -> list[bool]:
    """Which rows the log does not have; of those that are equal, the first."""
    keys = [row["event_key"] for row in rows]
    known = set(transaction.dialect.known_keys(transaction.connection, keys))
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    return [key not in known and first[key] == place for place, key in enumerate(keys)]


def _insert(
    transaction: Transaction, rows: Sequence[Row], item: Mapping[str, int], persons: Sequence[int]
) -> list[Row]:
    """Write the rows; returns them as the log has them. The given ones stay, for they may have to be written again."""
    change = transaction.take("change", len(rows))
    logged = []
    for number, (row, person) in enumerate(zip(rows, persons, strict=True), change):
        kept = {name: row.get(name) for name in _COLUMN}
        coded: Row = {"type": EVENT_CODE[row["type"]], "mark": MARK_CODE[row["mark"]] if row["mark"] else 0}
        if row["type"] == EventType.RETURN:
            coded["share"] = returned_share(row["quantity"], row["context"])
        logged.append({**kept, "change": number, "person": person, "item_index": item.get(row["item_id"]), **coded})
    transaction.execute(_INSERT, logged)
    return logged


def _count(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Count shoppers' acts on items into the aggregates of their persons."""
    counted = [row for row in rows if row["item_index"] is not None and row["mark"] == 0]
    if not counted:
        return
    add_acts(transaction, *([math.nan if row[name] is None else row[name] for row in counted] for name in ACT_COLUMN))
