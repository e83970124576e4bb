"""Files as blocks of checked lines, plain or gzip, in bounded memory however long a line is."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.protocol import EXCERPT, no_rejects, reject_frame
from shopkeeper.error import InputError

LINE_LIMIT: Final = 1 << 20  # bytes; a longer line is rejected
BLOCK: Final = 1 << 22  # bytes read at a time
_GZIP_MAGIC: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_OTHER_MAGIC: Final = {
    b"PAR1": "a Parquet file: name it .parquet or give --format parquet",
    b"PK\x03\x04": "a ZIP archive (perhaps a spreadsheet): unpack it or save it as CSV",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
    b"SQLite format 3": "a SQLite database: export its tables as CSV",
}


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Lines that are valid UTF-8 without NUL bytes, and rejects for those that are not.

    `lines` has `line` (Int64, the first line of a file being 1) and `text` (without line end).
    """

    lines: pl.DataFrame
    rejects: pl.DataFrame


def blocks(path: Path) -> Iterator[LineBlock]:
    """The file's blocks. Raises InputError where it is empty, damaged, or visibly of another format."""
    try:
        with _open(path) as stream:
            yield from _blocks(path.name, stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise InputError(
            f"{path} is a damaged or truncated gzip file ({problem}). Nothing of it was taken; fetch it again."
        ) from None
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror or problem}.") from None


def is_gzip(path: Path) -> bool:
    """Whether the content is gzip, whatever the name says."""
    with path.open("rb") as stream:
        return stream.read(2) == _GZIP_MAGIC


def first_bytes(path: Path, size: int = 4096) -> bytes:
    """How the file begins, unpacked; b"" where it cannot be read."""
    try:
        with _open(path) as stream:
            return stream.read(size)
    except (OSError, EOFError, zlib.error):
        return b""


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")


def _blocks(file: str, stream: gzip.GzipFile | BufferedReader) -> Iterator[LineBlock]:
    first, rest, empty = 1, b"", True
    skipped: int | None = None  # the number of a line that is too long, while its end has not been seen
    for piece in iter(lambda: stream.read(BLOCK), b""):
        data = piece
        if empty:
            _check_magic(file, data)
            data, empty = data.removeprefix(_BOM), False
        if skipped is not None:
            _, newline, data = data.partition(b"\n")
            if not newline:
                continue
            first, skipped = skipped + 1, None
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            block = _checked(file, whole.split(b"\n"), first)
            first += whole.count(b"\n") + 1
            yield block
        if len(rest) > LINE_LIMIT:
            yield LineBlock(_no_lines(), _too_long(file, first, rest))
            skipped, rest = first, b""
    if rest:
        yield _checked(file, [rest], first)
    if empty:
        raise InputError(f"{file} is empty. Nothing was imported.")


def _check_magic(file: str, data: bytes) -> None:
    for magic, what in _OTHER_MAGIC.items():
        if data.startswith(magic):
            raise InputError(f"{file} is {what}.")


def _checked(file: str, raw: list[bytes], first: int) -> LineBlock:
    """Good lines apart from bad ones."""
    data = pl.Series("raw", raw, pl.Binary)
    line = pl.int_range(first, first + len(raw), eager=True).alias("line")
    rows = pl.DataFrame([line, data, texts_of(data).alias("text")])
    long = pl.col("raw").bin.size() > LINE_LIMIT
    reason = (
        pl.when(long)
        .then(pl.lit(f"the line is longer than {LINE_LIMIT:,} bytes"))
        .when(pl.col("text").is_null())
        .then(pl.lit("the line is not UTF-8"))
        .when(pl.col("raw").bin.contains(b"\x00"))
        .then(pl.lit("the line holds a NUL byte"))
    )
    rows = rows.with_columns(reason.alias("reason"))
    good = rows.filter(pl.col("reason").is_null()).select("line", pl.col("text").str.strip_suffix("\r"))
    bad = rows.filter(pl.col("reason").is_not_null())
    return LineBlock(good, _rejected(file, bad))


def texts_of(raw: pl.Series) -> pl.Series:
    """(n,) String of a Binary column, null where it is not UTF-8."""
    try:
        return raw.cast(pl.String)
    except pl.exceptions.ComputeError:  # one bad value spoils the whole cast
        return pl.Series(raw.name, [_decoded(value) for value in raw], pl.String)


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _rejected(file: str, bad: pl.DataFrame) -> pl.DataFrame:
    """Rejects of lines that are no text; few, for each costs a Python call."""
    if bad.is_empty():
        return no_rejects()
    parts = [
        reject_frame(file, part["line"], "", str(reason), [_excerpt(raw) for raw in part["raw"].bin.head(EXCERPT)])
        for (reason,), part in bad.group_by("reason", maintain_order=True)
    ]
    return pl.concat(parts)


def _excerpt(raw: bytes) -> str:
    return raw[:EXCERPT].decode("utf-8", "replace").replace("\x00", "\\0")


def _too_long(file: str, line: int, data: bytes) -> pl.DataFrame:
    return reject_frame(file, [line], "", f"the line is longer than {LINE_LIMIT:,} bytes", [_excerpt(data)])


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema={"line": pl.Int64, "text": pl.String})
