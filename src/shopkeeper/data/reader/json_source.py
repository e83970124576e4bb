"""JSON files as blocks of records, each as a text of its own: one object a line, or the parts of a larger text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shopkeeper.data.reader.json_splitter import JsonSplitter
from shopkeeper.data.reader.line_source import LineBlock, blocks, checked, opened, pieces, too_long
from shopkeeper.data.reader.recognise import take_sample
from shopkeeper.error import InputError

RECORD_LIMIT: Final = 8 << 20  # bytes of one record of a JSON text that is not one object a line


def json_blocks(path: Path) -> Iterator[LineBlock]:
    """Blocks whose texts are records, and whose lines are where they begin.

    Raises InputError as `blocks` does, and where a text ends inside a record: what is then missing cannot be told.
    """
    sample = take_sample(path)
    return blocks(path) if sample.is_json_lines or not sample.is_json else _parts(path)


def _parts(path: Path) -> Iterator[LineBlock]:
    """The elements of an array, or objects one after another on any number of lines."""
    splitter = JsonSplitter(RECORD_LIMIT)
    with opened(path) as stream:
        for piece in pieces(path.name, stream):
            yield _block(path.name, splitter.feed(piece))
            if (cut := splitter.cut_off()) is not None:
                yield too_long(path.name, *cut, RECORD_LIMIT)
    if splitter.is_open:
        raise InputError(
            f"{path.name} ends inside the JSON that begins in line {splitter.line:,}. Nothing of it was taken; "
            "fetch it again, or mend its brackets and quotes."
        )
    yield _block(path.name, splitter.rest())


def _block(file: str, found: list[tuple[int, bytes]]) -> LineBlock:
    return checked(file, [text for _, text in found], [line for line, _ in found], RECORD_LIMIT)
