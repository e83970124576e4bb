"""XML files as records, in bounded memory: the children of each `<item>` of a feed, and nothing of the rest.

Entities are where XML is dangerous (a line that unfolds to gigabytes, a file of the server that is read in), and they
are declared in a DOCTYPE only; so a file that has one is refused, before anything in it is looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from xml.parsers import expat

from shopkeeper.data.reader.line_source import opened, pieces
from shopkeeper.error import InputError

RECORD_LIMIT: Final = 1 << 20  # characters of a record; a longer one is rejected
BATCH: Final = 10_000  # records that are handed on together, about
_PIECE: Final = 1 << 18  # bytes that are parsed before limits are looked at
_TOKEN_LIMIT: Final = 1 << 21  # bytes of one tag, comment or section
_NAME_LIMIT: Final = 10_000  # different names of elements and attributes, which the parser keeps
_DEPTH_LIMIT: Final = 50
_ELEMENT: Final = 64  # characters that an element counts for at least, as what it takes in memory
_GOOGLE: Final = "http://base.google.com/ns/1.0"

Value: TypeAlias = "str | dict[str, list[Value]]"


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """The children of one element by name, each with all its values; an element with children is a mapping again.

    Names are in lower case; those of Google's namespace have no prefix, and come before others of the same name.
    `reason` says why a record cannot be read; then there are no fields.
    """

    line: int
    field: Mapping[str, list[Value]]
    reason: str | None = None


@dataclass(slots=True)
class _Open:
    """An element that has not ended."""

    name: str
    link: str | None
    child: dict[str, list[Value]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def value(self) -> Value:
        return self.child or "".join(self.text).strip() or self.link or ""


def records(path: Path, names: frozenset[str]) -> Iterator[list[XmlRecord]]:
    """Batches of the elements called one of `names` (without prefix). Raises InputError where the file is not sound."""
    with opened(path) as stream:
        parser = _Parser(path.name, names)
        for block in pieces(path.name, stream):
            for start in range(0, len(block), _PIECE):
                parser.feed(block[start : start + _PIECE])
                if len(parser.done) >= BATCH:
                    yield parser.taken()
            if parser.done:
                yield parser.taken()
        parser.end()
        if parser.done:
            yield parser.taken()


class _Parser:
    """Expat's events, put together to records."""

    def __init__(self, file: str, names: frozenset[str]) -> None:
        self.done: list[XmlRecord] = []
        self._file = file
        self._names = names
        self._google = {"g"}  # prefixes of Google's namespace; nearly all feeds call it g, some without declaring it
        self._depth = 0
        self._fed = 0
        self._stack: list[_Open] = []  # the record and what is open within it
        self._line = 0
        self._size = 0
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.EntityDeclHandler = self._doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text

    def feed(self, data: bytes) -> None:
        """Parse some bytes. Raises InputError."""
        self._parse(data, final=False)
        self._fed += len(data)
        if self._fed - self._expat.CurrentByteIndex > _TOKEN_LIMIT:
            raise self._refusal(f"a tag or comment is longer than {_TOKEN_LIMIT:,} bytes")
        if len(self._expat.intern) > _NAME_LIMIT:
            raise self._refusal(f"it has more than {_NAME_LIMIT:,} different names of elements")

    def end(self) -> None:
        """The file is over. Raises InputError where its XML is not."""
        self._parse(b"", final=True)

    def taken(self) -> list[XmlRecord]:
        """What was put together since the last call."""
        done, self.done = self.done, []
        return done

    def _parse(self, data: bytes, *, final: bool) -> None:
        try:
            self._expat.Parse(data, final)
        except expat.ExpatError as problem:
            raise InputError(
                f"{self._file} is broken XML at line {problem.lineno}: {expat.ErrorString(problem.code)}. "
                "Nothing of it was taken; write it again."
            ) from None
        except (ValueError, LookupError) as problem:  # an encoding that Python does not know, or of several bytes
            raise self._refusal(f"its encoding cannot be read ({problem}); save it as UTF-8") from None

    def _refusal(self, reason: str) -> InputError:
        return InputError(f"{self._file}, line {self._expat.CurrentLineNumber}: {reason}. Nothing of it was taken.")

    def _doctype(self, *_: object) -> None:
        raise self._refusal("a DOCTYPE is refused, for it can declare entities; a feed needs none, so remove it")

    def _start(self, tag: str, attribute: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise self._refusal(f"elements are nested more than {_DEPTH_LIMIT} deep")
        if attribute:
            told = (name[6:] for name, value in attribute.items() if name[:6] == "xmlns:" and value == _GOOGLE)
            self._google.update(told)
        if self._stack:
            link = _link(attribute) if attribute else None
            self._size += len(tag) + len(link or "") + _ELEMENT
            self._stack.append(_Open(tag.lower(), link if self._size <= RECORD_LIMIT else None))
        elif tag.rpartition(":")[2].lower() in self._names:
            self._line, self._size = self._expat.CurrentLineNumber, 0
            self._stack.append(_Open(tag.lower(), None))

    def _text(self, text: str) -> None:
        if self._stack:
            self._size += len(text)
            if self._size <= RECORD_LIMIT:
                self._stack[-1].text.append(text)

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if not self._stack:
            return
        element = self._stack.pop()
        if self._size > RECORD_LIMIT:
            element.child, element.text = {}, []
        if self._stack:
            if self._size <= RECORD_LIMIT:
                self._stack[-1].child.setdefault(element.name, []).append(element.value())
        elif self._size > RECORD_LIMIT:
            self.done.append(XmlRecord(self._line, {}, f"it is longer than {RECORD_LIMIT:,} characters"))
        else:
            self.done.append(XmlRecord(self._line, self._named(element.child)))

    def _named(self, child: dict[str, list[Value]]) -> dict[str, list[Value]]:
        """Google's names without prefix and first, at every depth."""
        named: dict[str, list[Value]] = {}
        for name, values in sorted(child.items(), key=lambda pair: pair[0].partition(":")[0] not in self._google):
            prefix, colon, local = name.partition(":")
            known = local if colon and prefix in self._google else name
            whole = [value if isinstance(value, str) else dict(self._named(value)) for value in values]
            named.setdefault(known, []).extend(whole)
        return named


def _link(attribute: Mapping[str, str]) -> str | None:
    """Where Atom's `<link href="..."/>` leads; other relations than the page itself are none."""
    return attribute.get("href") if attribute.get("rel", "alternate") == "alternate" else None
