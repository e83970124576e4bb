"""The reader `s3rec`: lines `user item item item ...`, the items of each person in order and without times."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.data.reader.json_lines import JsonLinesReader
from shopkeeper.data.reader.line_source import blocks
from shopkeeper.data.reader.order_time import backward
from shopkeeper.data.reader.protocol import Chunk, Entity, ReadOption, RowKind, canonical_frame, reject_frame
from shopkeeper.data.reader.recognise import take_sample
from shopkeeper.data.reader.sample import Sample
from shopkeeper.error import InputError
from shopkeeper.record import EventType

_LINE: Final = re.compile(r"\d+(?: \d+)+ ?")
_SUFFIXES: Final = (".txt", ".txt.gz")
_NEGATIVES: Final = "_sample."  # in the name of a file of sampled negatives, whose lines look alike
_CATALOGUES: Final = ("items.jsonl", "items.jsonl.gz")
_ROWS: Final = 250_000  # events of a chunk


class S3RecReader:
    """A file of lines, or a folder that holds one and perhaps the items' texts in items.jsonl."""

    def recognises(self, sample: Sample) -> bool:
        if sample.path.is_dir():
            return bool(_sequences(sample.path))
        return sample.name.endswith(_SUFFIXES) and _is_sequences(sample)

    def files(self, path: Path) -> Sequence[Path]:
        if not path.is_dir():
            return [path]
        found = _sequences(path)
        if len(found) != 1:
            names = ", ".join(file.name for file in found) or "none"
            raise InputError(
                f"{path} should hold one file of lines `user item item ...`; found: {names}. Name the file."
            )
        return [*(path / name for name in _CATALOGUES if (path / name).is_file()), *found]

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        *catalogues, sequences = self.files(path)
        for catalogue in catalogues:
            yield from JsonLinesReader().read(catalogue, replace(option, kind=RowKind.ITEMS))
        yield from _events(sequences, option)


def _sequences(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.name.lower().endswith(_SUFFIXES))
    return [file for file in files if _NEGATIVES not in file.name and _is_sequences(take_sample(file))]


def _is_sequences(sample: Sample) -> bool:
    return bool(sample.lines) and all(_LINE.fullmatch(line) for line in sample.lines)


def _events(path: Path, option: ReadOption) -> Iterator[Chunk]:
    """The last item of a line has the latest time; lines of a block are exploded together, framed in parts."""
    event = option.event or EventType.PURCHASE
    notes: tuple[str, ...] = (
        f"{path.name}: it tells an order and no times. Those given are made up: a day apart, the last of each on "
        "2000-01-01.",
        f"{path.name}: it does not tell what the events are; all are read as {event}. --event TYPE says otherwise.",
    )
    for block in blocks(path):
        words = block.lines.filter(pl.col("text").str.contains(r"\S"))
        words = words.with_columns(word=pl.col("text").str.extract_all(r"\S+"))
        alone = words.filter(pl.col("word").list.len() < 2)
        short = reject_frame(path.name, alone["line"], "", "no items after the user", alone["text"].to_list())
        rows = _exploded(words.filter(pl.col("word").list.len() >= 2), event)
        rejects = pl.concat([block.rejects, short])
        for part in (rows[start : start + _ROWS] for start in range(0, max(rows.height, 1), _ROWS)):
            frame = canonical_frame(Entity.EVENT, part)
            yield Chunk(Entity.EVENT, frame, part["line"], path.name, rejects, notes=notes, new_items=True)
            rejects, notes = rejects.clear(), ()


def _exploded(words: pl.DataFrame, event: EventType) -> pl.DataFrame:
    """A row for each item of each line; `to_go` counts those that follow it."""
    items = pl.col("word").list.slice(1)
    rows = words.select(
        "line",
        user_id=pl.col("word").list.first(),
        item_id=items,
        to_go=pl.int_ranges(items.list.len().cast(pl.Int64) - 1, -1, -1),
    ).explode("item_id", "to_go")
    return rows.with_columns(time=backward(pl.col("to_go")), type=pl.lit(event.value), context=pl.lit("{}"))
