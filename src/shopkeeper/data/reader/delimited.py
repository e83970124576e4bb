"""The reader `csv`: delimited text with a header, plain or gzip; the delimiter is guessed from the header."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from shopkeeper.data.reader.ahead import ahead
from shopkeeper.data.reader.canonical import Canonical
from shopkeeper.data.reader.column import plan
from shopkeeper.data.reader.delimited_table import DelimitedTable
from shopkeeper.data.reader.extra import json_of_texts
from shopkeeper.data.reader.protocol import Chunk, ReadOption
from shopkeeper.data.reader.sample import Sample

_SUFFIXES: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


class DelimitedReader:
    """Comma, tab, semicolon or bar between fields; quotes as in RFC 4180, line ends inside quotes allowed."""

    def recognises(self, sample: Sample) -> bool:
        return sample.name.endswith(_SUFFIXES)

    def files(self, path: Path) -> Sequence[Path]:
        return [path]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        table = DelimitedTable(path)
        chosen = plan(table.header, option, path.name)
        canonical = Canonical(chosen, option, path.name)
        for rows, rejects in ahead(table.parts()):
            extra = json_of_texts(rows, chosen.extra).alias("extra")
            yield from canonical.chunks(rows.with_columns(extra), rejects)
