"""Columns that no field of ours takes, kept as one JSON object a row."""

from collections.abc import Sequence

import polars as pl

from shopkeeper.data.reader.protocol import FIELD


def json_of_texts(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """(n,) JSON objects of the texts of these columns that are not empty; null where none is left."""
    return _object(rows, [_text(rows, name) for name in columns])


def json_of_values(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """(n,) JSON objects of typed values, nulls left out; null where none is left."""
    return _object(rows, [_member(rows[name], name, pl.col(name).is_not_null()) for name in columns])


def _object(rows: pl.DataFrame, members: list[pl.Expr]) -> pl.Series:
    if not members:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    return rows.select(pl.when(joined != "").then("{" + joined + "}")).to_series()


def _text(rows: pl.DataFrame, name: str) -> pl.Expr:
    column = FIELD + name
    return _member(rows[column], name, pl.col(column).str.strip_chars() != "")


def _member(column: pl.Series, name: str, present: pl.Expr) -> pl.Expr:
    """`"name":value` where present, else null: a struct of one field as JSON, without its braces."""
    encoded = pl.struct(pl.col(column.name).alias(name)).struct.json_encode()
    inner = encoded.str.strip_prefix("{").str.strip_suffix("}")
    return pl.when(present).then(inner)
