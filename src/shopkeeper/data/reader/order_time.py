"""Times for formats that tell only an order: made up, far from any real one, and the same at every reading."""

from typing import Final

import polars as pl

from shopkeeper.record import DAY

_SECOND: Final = 1_000_000
ORDER_DAY: Final = 946_684_800 * _SECOND  # 2000-01-01T00:00:00Z
_DAYS: Final = 10_000  # 27 years: what lies further back goes by seconds, so that no time is before 1970


def backward(to_go: pl.Expr) -> pl.Expr:
    """UTC microseconds of an event that `to_go` others of its sequence follow.

    The last ones fall on 2000-01-01 and each earlier one a day before, so that a cut in time is a cut in place: the
    last day holds the last event of every sequence, as leave-one-out has it.
    """
    days, seconds = to_go.clip(0, _DAYS), (to_go - _DAYS).clip(0)
    return ORDER_DAY - days * DAY - seconds * _SECOND


def forward(row: pl.Expr) -> pl.Expr:
    """UTC microseconds of row 0, 1, ... of a file: a second apart, from 2000-01-01 on."""
    return ORDER_DAY + row * _SECOND
