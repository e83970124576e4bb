"""Cuts a JSON text into its records as it comes, without decoding it: only brackets, commas and quotes count."""

import re
from typing import Final

# A whole string, the quote of one whose end has not come yet, a bracket, or a comma.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["{}\[\],]', re.DOTALL)
_STRING_END: Final = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BLANK: Final = b" \t\r\n"


class JsonSplitter:
    """Records are the elements of an array, or else objects that follow one another.

    Memory is bounded: a record of more than `limit` bytes is cut off, told once by `cut_off`, and left out.
    """

    def __init__(self, limit: int) -> None:
        self._line = 1  # where the last record ended
        self._limit = limit
        self._depth = 0
        self._floor = 0  # the depth at which records stand: 1 within an array
        self._in_string = False
        self._escaped = False
        self._skipping = False
        self._rest = b""
        self._cut: tuple[int, bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a bracket or a string has not ended."""
        return self._in_string or self._depth > 0

    @property
    def line(self) -> int:
        """Where the record begins that has not ended yet."""
        return self._begin(self._rest)

    def feed(self, piece: bytes) -> list[tuple[int, bytes]]:
        """(line, text) of each record that ends in this piece."""
        found: list[tuple[int, bytes]] = []
        data, at, begin = self._rest + piece, len(self._rest), 0
        if self._in_string:
            at = self._after_string(data, at)
        for token in _TOKEN.finditer(data, at):
            mark = token[0]
            if len(mark) > 1:
                continue
            if mark == b'"':
                self._enter_string(data, token.end())
                break
            end = self._boundary(mark, token.start(), data, begin)
            if end is not None:
                self._emit(found, data[begin:end])
                begin = token.end()
        self._keep(data[begin:])
        return found

    def rest(self) -> list[tuple[int, bytes]]:
        """What stands after the last record and is none, at the end of the text."""
        found: list[tuple[int, bytes]] = []
        self._emit(found, self._rest)
        self._rest = b""
        return found

    def cut_off(self) -> tuple[int, bytes] | None:
        """(line, beginning) of a record that has just become too long; None where none has."""
        cut, self._cut = self._cut, None
        return cut

    def _boundary(self, mark: bytes, start: int, data: bytes, begin: int) -> int | None:
        """Where the record that began at `begin` ends, if this bracket or comma ends one."""
        if mark == b",":
            return start if self._depth == self._floor == 1 else None
        if mark in (b"{", b"["):
            self._depth += 1
            if mark == b"[" and self._depth == 1 and not data[begin:start].strip(_BLANK):
                self._floor = 1
                return start
            return None
        self._depth = max(self._depth - 1, 0)
        if self._depth >= 1:
            return None
        within, self._floor = self._floor, 0
        return start if within else start + 1

    def _emit(self, found: list[tuple[int, bytes]], raw: bytes) -> None:
        text = raw.strip(_BLANK)
        if text and not self._skipping:
            found.append((self._begin(raw), text))
        self._line += raw.count(b"\n")
        self._skipping = False

    def _begin(self, raw: bytes) -> int:
        """The line where a text begins that follows the last record, blanks before it left out."""
        return self._line + raw[: len(raw) - len(raw.lstrip(_BLANK))].count(b"\n")

    def _keep(self, rest: bytes) -> None:
        if len(rest) > self._limit and not self._skipping:
            self._cut, self._skipping = (self._begin(rest), rest.lstrip(_BLANK)[:1000]), True
        if self._skipping:
            self._line += rest.count(b"\n")
            rest = b""
        self._rest = rest

    def _enter_string(self, data: bytes, at: int) -> None:
        self._in_string = True
        self._escaped = _ends_escaped(data[at:])

    def _after_string(self, data: bytes, at: int) -> int:
        """Where the string ends that the last piece left open; the data's end where it goes on."""
        if self._escaped and at < len(data):
            at, self._escaped = at + 1, False
        match = _STRING_END.match(data, at)
        if match is None:
            self._escaped = self._escaped or _ends_escaped(data[at:])
            return len(data)
        self._in_string = False
        return match.end()


def _ends_escaped(text: bytes) -> bool:
    """Whether the next byte is escaped: an odd number of backslashes at the end."""
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1
