"""The archive of a backup: one ZIP file of Parquet, with a manifest that has the SHA-256 of every other file in it.

The same for SQLite and PostgreSQL. It is written under a hidden name, flushed to the disk, and renamed when whole.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.error import InputError, NotFound, StoreError
from shopkeeper.store.migration import SCHEMA_VERSION

FORMAT: Final = "shopkeeper-backup"
FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
_ROWS: Final = 50_000  # of a frame that is read
_BLOCK: Final = 1 << 20  # bytes that are copied or hashed at once


@dataclass(frozen=True, slots=True)
class ArchiveManifest:
    """What an archive holds. `rows` by table, `sha256` by the name of the file; `time` is UTC microseconds."""

    schema_version: str
    change: int
    time: int
    code: str
    rows: dict[str, int] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    format: str = FORMAT
    version: int = FORMAT_VERSION


class _Member:
    """A file of an archive that is being written, hashed on its way; as much of a stream as Arrow asks for."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._place = stream, 0
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Append bytes, or anything that lends its memory."""
        self._hash.update(data)
        self._place += len(data)
        return self._stream.write(data)

    def tell(self) -> int:
        """How many bytes there are."""
        return self._place

    def flush(self) -> None:
        """Nothing waits here."""


class ArchiveWriter:
    """Adds files to an archive; see `write_archive`."""

    def __init__(self, archive: ZipFile, manifest: ArchiveManifest) -> None:
        self._archive, self._manifest = archive, manifest

    def add_table(self, table: str, frames: Iterable[pl.DataFrame]) -> int:
        """Write a table's frames, one at least; returns how many rows that were."""
        rows, writer = 0, None
        with self._member(_table_file(table)) as member:
            for frame in frames:
                arrow = frame.to_arrow()
                writer = writer or pq.ParquetWriter(member, arrow.schema, compression="zstd")
                writer.write_table(arrow)
                rows += frame.height
            if writer is not None:
                writer.close()
        self._manifest.rows[table] = rows
        return rows

    def add_file(self, name: str, path: Path) -> None:
        """Copy a file."""
        with path.open("rb") as stream, self._member(name) as member:
            while block := stream.read(_BLOCK):
                member.write(block)

    def finish(self) -> None:
        """Write the manifest; the last thing to be written."""
        self._archive.writestr(MANIFEST, json.dumps(asdict(self._manifest), indent=2))

    @contextmanager
    def _member(self, name: str) -> Iterator[_Member]:
        with self._archive.open(name, "w", force_zip64=True) as stream:
            member = _Member(stream)
            yield member
        self._manifest.sha256[name] = member.sha256


@contextmanager
def write_archive(path: Path, manifest: ArchiveManifest) -> Iterator[ArchiveWriter]:
    """Write an archive that appears under its name when it is whole. Raises InputError where the name is taken."""
    if path.exists():
        raise InputError(f"{path} exists already. Choose another name for the backup, or move that file away.")
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        with part.open("wb") as stream:
            with ZipFile(stream, "w", ZIP_STORED) as archive:  # Parquet is packed already
                writer = ArchiveWriter(archive, manifest)
                yield writer
                writer.finish()
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as problem:
        raise InputError(f"The backup {path} cannot be written: {problem.strerror or problem}.") from None
    finally:
        part.unlink(missing_ok=True)


class Archive:
    """An archive whose files are whole; see `open_archive`."""

    def __init__(self, archive: ZipFile, manifest: ArchiveManifest) -> None:
        self._archive, self.manifest = archive, manifest

    def tables(self) -> Mapping[str, Iterator[pl.DataFrame]]:
        """The frames of every table, read as they are asked for."""
        return {table: self._frames(table) for table in self.manifest.rows}

    def files(self, start: str) -> list[str]:
        """The names of the files that begin so."""
        return [name for name in self.manifest.sha256 if name.startswith(start)]

    def extract(self, name: str, path: Path) -> None:
        """Copy a file out of the archive."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._archive.open(name) as stream, path.open("wb") as target:
            while block := stream.read(_BLOCK):
                target.write(block)

    def _frames(self, table: str) -> Iterator[pl.DataFrame]:
        with self._archive.open(_table_file(table)) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(_ROWS):
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)
                yield frame


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """An archive, every file of which has been compared with its checksum.

    Raises NotFound, InputError where it is no backup or damaged, StoreError where newer code wrote it.
    """
    if not path.is_file():
        raise NotFound(f"There is no backup {path}. Check its spelling.")
    try:
        with ZipFile(path) as archive:
            manifest = _manifest(path, archive)
            _verify(path, archive, manifest)
            yield Archive(archive, manifest)
    except (BadZipFile, pa.ArrowException, EOFError) as problem:
        raise _damaged(path, str(problem)) from None


def _manifest(path: Path, archive: ZipFile) -> ArchiveManifest:
    try:
        told = json.loads(archive.read(MANIFEST))
        if told["format"] != FORMAT:
            raise KeyError(FORMAT)
        newer = told["version"] > FORMAT_VERSION or told["schema_version"] > SCHEMA_VERSION
        if not newer:
            return ArchiveManifest(**told)
    except (KeyError, ValueError, TypeError):
        raise InputError(f"{path} is no backup of Shopkeeper: it has no manifest of one. Check its name.") from None
    raise StoreError(
        f"the backup {path} has schema version {told['schema_version']} and format {told['version']}, newer than "
        f"{SCHEMA_VERSION} and {FORMAT_VERSION} of this code. Upgrade Shopkeeper."
    )


def _verify(path: Path, archive: ZipFile, manifest: ArchiveManifest) -> None:
    """Raises InputError where a file is missing, was added, or is not as it was written."""
    there = set(archive.namelist()) - {MANIFEST}
    odd = there ^ manifest.sha256.keys() or manifest.rows.keys() - {_table_of(name) for name in there}
    if odd:
        raise _damaged(path, f"{', '.join(sorted(odd))} is missing, or is no part of it")
    for name, told in manifest.sha256.items():
        with archive.open(name) as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        if found != told:
            raise _damaged(path, f"{name} has not the checksum that it was written with")


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"The backup {path} is damaged: {why}. Nothing was restored; take another backup.")


def _table_file(table: str) -> str:
    return f"table/{table}.parquet"


def _table_of(name: str) -> str:
    return name.removeprefix("table/").removesuffix(".parquet")
