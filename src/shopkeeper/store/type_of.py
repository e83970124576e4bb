"""The column types of a table, as frames hold them."""

from collections.abc import Collection
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

# In this order: a small integer is an integer too.
_HELD: Final[tuple[tuple[type[sa.types.TypeEngine[Any]], pl.DataType], ...]] = (
    (sa.SmallInteger, pl.Int16()),
    (sa.BigInteger, pl.Int64()),
    (sa.Integer, pl.Int32()),
    (sa.Boolean, pl.Boolean()),
    (sa.Double, pl.Float64()),
    (sa.LargeBinary, pl.Binary()),
    (sa.Text, pl.String()),
)


def schema_of(table: sa.Table, names: Collection[str] | None = None) -> dict[str, pl.DataType]:
    """{column: type} of a table, or of some of its columns."""
    return {column.name: _kind(column.type) for column in table.columns if names is None or column.name in names}


def _kind(type: object) -> pl.DataType:
    return next(held for kind, held in _HELD if isinstance(type, kind))
