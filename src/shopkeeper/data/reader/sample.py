"""How a file begins, read once and unpacked: what readers are shown when they are asked whether a file is theirs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

HEAD: Final = 1 << 18  # bytes of a file, unpacked, by which it is recognised
_LINES: Final = 20
_RECORDS: Final = 5
BOM: Final = b"\xef\xbb\xbf"
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True)
class Sample:
    """`path`, and the first HEAD bytes of its content, unpacked: b"" for a folder or what cannot be read."""

    path: Path
    head: bytes = b""

    @property
    def name(self) -> str:
        """The file's name in lower case."""
        return self.path.name.lower()

    @cached_property
    def text(self) -> str:
        """The head as text, without byte order mark; bytes that are no UTF-8 as "?"-like marks."""
        return self.head.removeprefix(BOM).decode("utf-8", "replace")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The first 20 lines that are not blank; a line that the head cuts off is left out."""
        whole = self.text if len(self.head) < HEAD else self.text.rpartition("\n")[0]
        lines = (line.rstrip("\r") for line in whole.split("\n", _LINES * 2))
        return tuple(line for line in lines if line.strip())[:_LINES]

    @cached_property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The first 5 JSON objects: of lines, of an array, or the one that the file is."""
        return tuple(record for record in _decoded(self.text) if isinstance(record, dict))

    @property
    def is_json(self) -> bool:
        """Whether it begins as a JSON object or an array of objects."""
        begin = self.text.lstrip()
        return begin.startswith("{") or (begin.startswith("[") and begin[1:].lstrip().startswith("{"))

    @property
    def is_json_lines(self) -> bool:
        """Whether each line of the JSON is an object of its own, not a part of a larger text."""
        if not self.text.lstrip().startswith("{") or not self.lines:
            return False  # an array, or a first line that is longer than the head
        first, *more = (line.strip() for line in self.lines)
        if _is_object(first):
            return True
        return not first.endswith(("{", "[")) and all(line.startswith("{") for line in more[:1])


def _is_object(text: str) -> bool:
    try:
        return isinstance(_DECODER.decode(text), dict)
    except (ValueError, RecursionError):
        return False


def _decoded(text: str) -> Iterator[object]:
    """The first JSON values of a text, whatever stands between them."""
    at = 0
    for _ in range(_RECORDS):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("\n", at)  # a broken line
            if at < 0:
                return
        else:
            yield value
