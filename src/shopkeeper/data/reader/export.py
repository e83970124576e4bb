"""The reader `export`: what `shopkeeper export` writes, a file or the whole folder. Nothing is guessed or repaired."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.data.reader.protocol import COLUMNS, Chunk, Entity, ReadOption
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError

TOLD: Final = b"shopkeeper.export"  # the key of a file's metadata under which it says what its rows are
ROWS_OF: Mapping[str, Entity] = MappingProxyType(
    {
        "items": Entity.ITEM,
        "offers": Entity.OFFER,
        "users": Entity.USER,
        "visitors": Entity.LINK,
        "events": Entity.EVENT,
    }
)
_ROWS: Final = 100_000  # rows of a chunk


class ExportReader:
    """Columns are the canonical ones already: rows go on as they are, and the store checks them as it does all."""

    def recognises(self, sample: Sample) -> bool:
        return any(_told(path) for path in _parts(sample.path))

    def files(self, path: Path) -> Sequence[Path]:
        return _parts(path)

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        for part in _parts(path):
            entity = ROWS_OF.get(_told(part))
            if entity is None:
                raise InputError(f"{part} is no file of an export. Give --format parquet for one of another origin.")
            yield from _chunks(part, entity)


def _parts(path: Path) -> list[Path]:
    """The files of an export, in the order in which a store must receive them."""
    if path.is_dir():
        return [part for name in ROWS_OF if (part := path / f"{name}.parquet").is_file()]
    return [path]


def _told(path: Path) -> str:
    """What an export's file says that its rows are; "" where it is none."""
    if path.suffix != ".parquet":
        return ""
    try:
        return ((pq.read_schema(path).metadata or {}).get(TOLD) or b"").decode()
    except (pa.ArrowException, OSError):
        return ""


def _chunks(path: Path, entity: Entity) -> Iterator[Chunk]:
    start = 1
    try:
        for batch in pq.ParquetFile(path).iter_batches(_ROWS):
            rows = pl.from_arrow(batch)
            assert isinstance(rows, pl.DataFrame)
            line = pl.int_range(start, start + rows.height, dtype=pl.Int64, eager=True)
            yield Chunk(entity, rows.select(*COLUMNS[entity]).cast(pl.Schema(COLUMNS[entity])), line, path.name)
            start += rows.height
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as problem:
        raise InputError(f"{path} is damaged: {problem}. Nothing of it was taken; export again.") from None
