"""The reader `parquet`: Apache Parquet, a row group at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.data.reader.ahead import ahead
from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import plan
from shopkeeper.data.reader.extra import json_of_values
from shopkeeper.data.reader.line_source import texts_of
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, Chunk, ReadOption, no_rejects
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError

_ROWS: Final = 100_000  # rows of a chunk
_MAGIC: Final = b"PAR1"


class ParquetReader:
    """Values of any type are read as the text that a CSV file would hold; what is no field of ours keeps its type."""

    def recognises(self, sample: Sample) -> bool:
        return sample.head.startswith(_MAGIC) or sample.name.endswith((".parquet", ".pq"))

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        table = _opened(path)
        names = [str(name) for name in table.schema_arrow.names]
        canonical = Canonical(plan(names, option, path.name), option, path.name)
        for rows in ahead(_parts(path, table, canonical.plan.extra)):
            yield from canonical.chunks(rows, no_rejects())


def parquet_names(path: Path) -> list[str]:
    """The columns of a Parquet file. Raises InputError where it cannot be read."""
    return [str(name) for name in _opened(path).schema_arrow.names]


def parquet_parts(path: Path) -> Iterator[pl.DataFrame]:
    """Parts of a Parquet file as text columns with `line`, `excerpt` and an empty `extra`. Raises InputError."""
    yield from _parts(path, _opened(path), ())


def _parts(path: Path, table: pq.ParquetFile, extra: Sequence[str]) -> Iterator[pl.DataFrame]:
    start = 1
    for rows in _batches(path, table):
        yield _framed(rows, extra, start)
        start += rows.height
    if start == 1:
        raise InputError(f"{path.name} holds no rows. Nothing was imported.")


def _opened(path: Path) -> pq.ParquetFile:
    """The file, once its magic and footer are seen to be sound."""
    try:
        with path.open("rb") as stream:
            begins = stream.read(64)
        if not begins:
            raise InputError(f"{path} is empty. Nothing was imported.")
        if not begins.startswith(_MAGIC):
            raise InputError(
                f"{path} is no Parquet file: it begins with {begins[:20]!r}. "
                "Give --format csv or jsonl, or its right name."
            )
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as problem:
        raise InputError(f"{path} cannot be read as Parquet: {_first_line(problem)}. Write it again.") from None


def _batches(path: Path, table: pq.ParquetFile) -> Iterator[pl.DataFrame]:
    try:
        for batch in table.iter_batches(batch_size=_ROWS):
            frame = pl.from_arrow(batch)
            if isinstance(frame, pl.DataFrame) and frame.height:
                yield frame
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as problem:
        raise InputError(
            f"{path} is damaged: {_first_line(problem)}. Nothing of it was taken; write it again."
        ) from None


def _first_line(problem: BaseException) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]


def _framed(rows: pl.DataFrame, extra: Sequence[str], start: int) -> pl.DataFrame:
    """Text columns; `line` is the row's number, from 1."""
    texts = rows.select(_text(rows[name]).alias(FIELD + name) for name in rows.columns)
    excerpt = pl.concat_str(pl.all().fill_null("").str.slice(0, EXCERPT), separator=", ").str.slice(0, EXCERPT)
    plain = rows.select(_jsonable(rows[name]) for name in extra)
    return texts.with_columns(
        pl.int_range(start, start + rows.height, dtype=pl.Int64).alias("line"),
        excerpt.alias("excerpt"),
        json_of_values(plain if extra else rows, extra).alias("extra"),
    )


def _text(column: pl.Series) -> pl.Expr:
    """A column as text: times in ISO 8601, lists as a path, structs as JSON."""
    value, kind = pl.col(column.name), column.dtype
    if isinstance(kind, pl.Datetime):
        utc = value.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else value
        zone = "Z" if kind.time_zone else ""
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f") + zone
    if isinstance(kind, pl.List) and kind.inner == pl.String:
        return value.list.join(" | ", ignore_nulls=True)
    if kind == pl.Binary:
        return pl.lit(texts_of(column)).alias(column.name)
    if kind.is_nested():
        return pl.struct(value).struct.json_encode()
    return value.cast(pl.String, strict=False)


def _jsonable(column: pl.Series) -> pl.Expr:
    """What JSON can hold as it is, all else as text."""
    kind = column.dtype
    plain = kind.is_integer() or kind.is_float() or kind in (pl.Boolean, pl.String)
    whole = isinstance(kind, pl.List) and kind.inner in (pl.String, pl.Int64, pl.Float64)
    value = pl.col(column.name)
    if kind.is_float():
        return pl.when(value.is_finite()).then(value).alias(column.name)
    return value if plain or whole else _text(column).alias(column.name)
