"""Files as blocks of checked lines, plain or gzip, in bounded memory however long a line is."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.protocol import EXCERPT, no_rejects, reject_frame
from shopkeeper.data.reader.sample import BOM
from shopkeeper.error import InputError

LINE_LIMIT: Final = 1 << 20  # bytes; a longer line is rejected
BLOCK: Final = 1 << 22  # bytes read at a time
NOT_UTF8: Final = "the line is not UTF-8: save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
_GZIP_MAGIC: Final = b"\x1f\x8b"
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

    `lines` has `line` (Int64, the first line of a file being 1) and `text` (without line end); `latin1` of them were
    no UTF-8 and are read as Latin-1.
    """

    lines: pl.DataFrame
    rejects: pl.DataFrame
    latin1: int = 0


def blocks(path: Path, *, latin1: bool = False) -> Iterator[LineBlock]:
    """The file's blocks; `latin1`: lines that are no UTF-8 are read as Latin-1 instead of rejected.

    Raises InputError where the file is empty, damaged, or visibly of another format.
    """
    with opened(path) as stream:
        yield from _blocks(path.name, stream, latin1=latin1)


@contextmanager
def opened(path: Path) -> Iterator[gzip.GzipFile | BufferedReader]:
    """The file's bytes, unpacked. Raises InputError where it cannot be read, is damaged while it is read included."""
    try:
        with unpacked(path) as stream:
            yield stream
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


def unpacked(path: Path) -> gzip.GzipFile | BufferedReader:
    """The file's content, plain or gzip."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")


def _blocks(file: str, stream: gzip.GzipFile | BufferedReader, *, latin1: bool) -> Iterator[LineBlock]:
    first, rest = 1, b""
    skipped: int | None = None  # the number of a line that is too long, while its end has not been seen
    for piece in pieces(file, stream):
        data = piece
        if skipped is not None:
            _, newline, data = data.partition(b"\n")
            if not newline:
                continue
            first, skipped = skipped + 1, None
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            raw = whole.split(b"\n")
            block = checked(file, raw, range(first, first + len(raw)), latin1=latin1)
            first += len(raw)
            yield block
        if len(rest) > LINE_LIMIT:
            yield too_long(file, first, rest, LINE_LIMIT)
            skipped, rest = first, b""
    if rest:
        yield checked(file, [rest], [first], latin1=latin1)


def pieces(file: str, stream: gzip.GzipFile | BufferedReader) -> Iterator[bytes]:
    """BLOCK bytes at a time, without byte order mark. Raises InputError where there are none, or not of text."""
    first = stream.read(BLOCK)
    if not first:
        raise InputError(f"{file} is empty. Nothing was imported.")
    _check_magic(file, first)
    yield first.removeprefix(BOM)
    yield from iter(lambda: stream.read(BLOCK), b"")


def _check_magic(file: str, data: bytes) -> None:
    for magic, what in _OTHER_MAGIC.items():
        if data.startswith(magic):
            raise InputError(f"{file} is {what}.")


def checked(
    file: str, raw: list[bytes], line: Sequence[int], limit: int = LINE_LIMIT, *, latin1: bool = False
) -> LineBlock:
    """Good lines (at most `limit` bytes of UTF-8 without NUL) apart from bad ones."""
    data = pl.Series("raw", raw, pl.Binary)
    text = texts_of(data).alias("text")
    foreign = text.null_count() if latin1 else 0
    text = _with_latin1(data, text) if foreign else text
    rows = pl.DataFrame([pl.Series("line", line, pl.Int64), data, text])
    long = pl.col("raw").bin.size() > limit
    reason = (
        pl.when(long)
        .then(pl.lit(_longer(limit)))
        .when(pl.col("text").is_null())
        .then(pl.lit(NOT_UTF8))
        .when(pl.col("raw").bin.contains(b"\x00"))
        .then(pl.lit("the line holds a NUL byte"))
    )
    rows = rows.with_columns(reason.alias("reason"))
    good = rows.filter(pl.col("reason").is_null()).select("line", pl.col("text").str.strip_suffix("\r"))
    bad = rows.filter(pl.col("reason").is_not_null())
    return LineBlock(good, _rejected(file, bad), foreign)


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


def _with_latin1(raw: pl.Series, text: pl.Series) -> pl.Series:
    """The texts, and Latin-1 where there is none; few, for each costs a Python call."""
    missing = text.is_null()
    decoded = pl.Series([value.decode("latin-1") for value in raw.filter(missing)], dtype=pl.String)
    return text.scatter(missing.arg_true(), decoded)


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


def too_long(file: str, line: int, data: bytes, limit: int) -> LineBlock:
    """No line, and the reject of one that is longer than `limit` bytes; `data` is how it begins."""
    rejects = reject_frame(file, [line], "", _longer(limit), [_excerpt(data)])
    return LineBlock(pl.DataFrame(schema={"line": pl.Int64, "text": pl.String}), rejects)


def _longer(limit: int) -> str:
    return f"the line is longer than {limit:,} bytes"
