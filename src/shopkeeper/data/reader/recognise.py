"""Which reader knows a file: the one place where a file's first bytes are looked at."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from shopkeeper.data.reader.line_source import unpacked
from shopkeeper.data.reader.protocol import Reader
from shopkeeper.data.reader.sample import HEAD, Sample
from shopkeeper.error import InputError

_DELIMITER: Final = ("\t", ";", ",", "|")


def take_sample(path: Path) -> Sample:
    """How the file begins."""
    try:
        with unpacked(path) as stream:
            return Sample(path, stream.read(HEAD))
    except (OSError, EOFError, zlib.error):
        return Sample(path)


def recognised(path: Path, readers: Mapping[str, Reader]) -> Reader:
    """The first reader that knows the path's name or the look of its content. Raises InputError where none does."""
    sample = take_sample(path)
    for reader in readers.values():
        if reader.recognises(sample):
            return reader
    if path.is_dir():
        raise InputError(f"{path} is a folder of no known format. Name the files in it.")
    if sample.is_json:
        return readers["jsonl"]
    if sample.lines and any(mark in sample.lines[0] for mark in _DELIMITER):
        return readers["csv"]
    raise InputError(f"{path}: its name and content tell no format. Give --format {', '.join(readers)}.")
