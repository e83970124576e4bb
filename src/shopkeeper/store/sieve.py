"""Sieve: which rows of a frame may go on, and for what reason each other one is refused."""

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from shopkeeper.error import InputError
from shopkeeper.store.protocol.receipt import Refusal
from shopkeeper.store.row import ROW

LONGEST_ID: Final = 512  # characters: 2,048 bytes at most, and PostgreSQL's indexes take 2,704

Rule = tuple[pl.Expr, str | pl.Expr]  # the rows that cannot be taken, and why


def conform(
    frame: pl.DataFrame, schema: Mapping[str, pl.DataType], what: str, *, partial: bool = False
) -> pl.DataFrame:
    """The columns of `schema` and ROW, absent ones null, or with `partial` left out.

    Raises InputError on unknown or wrongly typed columns.
    """
    unknown = sorted(set(frame.columns) - schema.keys() - {ROW})
    if unknown:
        raise InputError(f"{what} have no column {', '.join(unknown)}; known are {', '.join(schema)}")
    wanted = {name: kind for name, kind in schema.items() if name in frame.columns or not partial}
    columns = [_column(frame, name, kind, what) for name, kind in wanted.items()]
    rows = frame[ROW] if ROW in frame.columns else pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias(ROW)
    return pl.DataFrame([*columns, rows])


class Rules:
    """Rules made ready once: to build their expression takes longer than a single event takes to pass it."""

    def __init__(self, *rules: Rule) -> None:
        self.reasons = [pl.lit(reason) if isinstance(reason, str) else reason for _, reason in rules]
        numbered = (pl.when(where).then(pl.lit(number, pl.UInt8)) for number, (where, _) in enumerate(rules))
        self.broken = pl.coalesce(numbered).alias("rule")


class Sieve:
    """Rows of a frame with ROW, and the refusals so far."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._refused: list[pl.DataFrame] = []

    def refuse(self, *rules: Rule) -> None:
        """Take out rows where a condition holds, each for the first reason; a condition that is null does not hold."""
        self.refuse_by(Rules(*rules))

    def refuse_by(self, rules: Rules) -> None:
        """`refuse`, for rules that are the same for every batch."""
        # One pass for all rules, and words only for the rows that are refused: most batches have none.
        rule = self.frame.select(rules.broken).to_series()
        if rule.null_count() == len(rule):
            return
        for number, words in enumerate(rules.reasons):
            self._refused.append(self.frame.filter(rule == number).select(pl.col(ROW), words.alias("reason")))
        self.frame = self.frame.filter(rule.is_null())

    def refuse_nul(self) -> None:
        """Take out texts with a NUL character, which PostgreSQL cannot hold."""
        texts = [name for name, kind in self.frame.schema.items() if kind == pl.String]
        used = [name for name in texts if self.frame[name].null_count() < self.frame.height]
        if used:
            self.refuse(*with_nul(*used))

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every refusal, in the order of the rows."""
        if not self._refused:
            return ()
        rows = pl.concat(self._refused).sort(ROW).rows()
        return tuple(Refusal(row, reason) for row, reason in rows)


def too_long(*columns: str) -> list[Rule]:
    """Rules against ids that no index takes."""
    reason = f"is longer than {LONGEST_ID} characters"
    return [(pl.col(name).str.len_chars() > LONGEST_ID, f"{name} {reason}") for name in columns]


def with_nul(*columns: str) -> list[Rule]:
    """Rules against texts with a NUL character."""
    return [(pl.col(name).str.contains("\0", literal=True), f"{name} holds a NUL character") for name in columns]


def shown(column: str) -> pl.Expr:
    """A column's value as a refusal quotes it: short."""
    return pl.concat_str(pl.lit("'"), pl.col(column).str.slice(0, 60), pl.lit("'"))


def _column(frame: pl.DataFrame, name: str, kind: pl.DataType, what: str) -> pl.Series:
    if name not in frame.columns:
        return pl.Series(name, [None], kind).new_from_index(0, frame.height)
    try:
        column = frame[name] if frame[name].dtype == kind else frame[name].cast(kind)
    except pl.exceptions.PolarsError as problem:
        raise InputError(f"column {name} of {what} is {frame[name].dtype}, not {kind}: {problem}") from None
    # Of numbers of which one is no number, the sum is none either: asked for a hundredth of what mending takes.
    return column.fill_nan(None) if kind.is_float() and math.isnan(column.sum() or 0.0) else column
