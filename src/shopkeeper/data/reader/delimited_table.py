"""Delimited text as a table: a header, and parts of rows as text columns, in bounded memory."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.line_source import LineBlock, blocks
from shopkeeper.data.reader.protocol import EXCERPT, FIELD, no_rejects, reject_frame
from shopkeeper.error import InputError

_DELIMITERS: Final = "\t;,|"


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is written.

    `delimiter` may be several characters where nothing is `quoted`; None: guessed from the header. `header` are the
    column names of a file whose first line is a row already. `latin1`: lines that are no UTF-8 are read as Latin-1.
    """

    delimiter: str | None = None
    header: tuple[str, ...] = ()
    quoted: bool = True
    latin1: bool = False


_ANY: Final = TableForm()


class DelimitedTable:
    """A header, and then parts of rows as text columns with `line` and `excerpt`."""

    def __init__(self, path: Path, form: TableForm = _ANY) -> None:
        self._file = path.name
        self._form = form
        self._source = blocks(path, latin1=form.latin1)
        self._lines: deque[tuple[int, str]] = deque()
        self._rejects: list[pl.DataFrame] = []
        self.latin1 = 0  # lines read so far that were no UTF-8 and are read as Latin-1
        first = self._first_block()
        text = first.lines["text"][0]
        self._delimiter = form.delimiter or max(_DELIMITERS, key=text.count)
        self.header = list(form.header) if form.header else self._header(text)
        self._columns = [FIELD + name for name in self.header]
        self._pending: LineBlock | None = replace(first, lines=first.lines.slice(0 if form.header else 1))

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """(rows, rejects) of each block; quoted blocks take the slower way through the csv module."""
        while (block := self._next_block()) is not None:
            self._rejects.append(block.rejects)
            self.latin1 += block.latin1
            quoted = self._form.quoted and block.lines["text"].str.contains('"', literal=True).any()
            rows = self._quoted(block) if quoted else self._plain(block)
            rejects, self._rejects = self._rejects, []
            yield rows, pl.concat([no_rejects(), *rejects])

    def _first_block(self) -> LineBlock:
        for block in self._source:
            lines = block.lines.filter(pl.col("text").str.strip_chars() != "")
            if block.rejects.height and (lines.is_empty() or block.rejects["line"][0] < lines["line"][0]):
                raise InputError(f"{self._file}: its header cannot be read: {block.rejects['reason'][0]}.")
            if lines.height:
                return replace(block, lines=lines)
        raise InputError(f"{self._file} holds no lines. Nothing was imported.")

    def _header(self, text: str) -> list[str]:
        if text.lstrip().startswith(("{", "[{")):
            raise InputError(f"{self._file} looks like JSON. Name it .jsonl, or give --format jsonl.")
        try:
            names = [name.strip() for name in self._fields(text)]
        except csv.Error as problem:
            raise InputError(f"{self._file}: its header cannot be read: {problem}.") from None
        names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise InputError(f"{self._file} names the column {sorted(twice)[0]!r} twice. Rename one.")
        return names

    def _fields(self, text: str) -> list[str]:
        if not self._form.quoted:
            return text.split(self._delimiter)
        return next(csv.reader([text], delimiter=self._delimiter, strict=True))

    def _next_block(self) -> LineBlock | None:
        block, self._pending = self._pending, None
        return block if block is not None else next(self._source, None)

    def _plain(self, block: LineBlock) -> pl.DataFrame:
        """Rows of a block without quotes, split by whole columns."""
        lines = block.lines.filter(pl.col("text") != "")
        width = len(self.header)
        found = (lines["text"].str.count_matches(self._delimiter, literal=True) + 1).alias("found")
        lines = lines.with_columns(found)
        self._refuse(lines.filter(pl.col("found") != width))
        rows = lines.filter(pl.col("found") == width)
        if width == 1:
            fields = rows.select(pl.col("text").alias(self._columns[0]))
        else:
            split = rows["text"].str.split_exact(self._delimiter, width - 1)
            fields = split.struct.rename_fields(self._columns).struct.unnest()
        return self._framed(fields, rows["line"], rows["text"])

    def _refuse(self, bad: pl.DataFrame) -> None:
        for (found,), part in bad.group_by("found", maintain_order=True):
            self._rejects.append(
                reject_frame(self._file, part["line"], "", self._miscount(found), part["text"].to_list())
            )

    def _miscount(self, found: object) -> str:
        return f"{found} fields where the header has {len(self.header)}"

    def _quoted(self, block: LineBlock) -> pl.DataFrame:
        """Rows of a block with quotes, one by one; a row that is open at its end goes on into the next block."""
        self._lines.extend(block.lines.iter_rows())
        rows: list[list[str]] = []
        starts: list[int] = []
        used: list[tuple[int, str]] = []
        reader = csv.reader(self._fed(used), delimiter=self._delimiter, strict=True)
        while self._lines:
            used.clear()
            try:
                row = next(reader, None)
            except csv.Error as problem:
                self._refuse_lines(used, f"broken quotes: {problem}")
                continue
            if row is None:
                break
            if len(row) == len(self.header):
                rows.append(row)
                starts.append(used[0][0])
            elif row:
                self._refuse_lines(used, self._miscount(len(row)))
        fields = pl.DataFrame(rows, schema=dict.fromkeys(self._columns, pl.String), orient="row")
        return self._framed(fields, pl.Series(starts, dtype=pl.Int64), None)

    def _fed(self, used: list[tuple[int, str]]) -> Iterator[str]:
        """Lines for the csv module; asked in the middle of a row, it pulls in the next block."""
        while True:
            while not self._lines:
                block = next(self._source, None)
                if block is None:
                    return
                self._rejects.append(block.rejects)
                self.latin1 += block.latin1
                self._lines.extend(block.lines.iter_rows())
            used.append(self._lines.popleft())
            yield used[-1][1] + "\n"

    def _refuse_lines(self, used: list[tuple[int, str]], reason: str) -> None:
        lines, texts = [line for line, _ in used], [text for _, text in used]
        self._rejects.append(reject_frame(self._file, lines, "", reason, texts))

    def _framed(self, fields: pl.DataFrame, line: pl.Series, text: pl.Series | None) -> pl.DataFrame:
        """Fields with `line` and `excerpt`."""
        joined = pl.concat_str(pl.all().fill_null("").str.slice(0, EXCERPT), separator=self._delimiter)
        excerpt = fields.select(joined).to_series() if text is None else text
        return fields.with_columns(line.alias("line"), excerpt.str.slice(0, EXCERPT).alias("excerpt"))
