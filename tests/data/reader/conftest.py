"""Small files to read, and a short way to read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.data.reader import READERS, Chunk, Entity, ReadOption, RowKind
from shopkeeper.data.reader.recognise import recognised

NOW = 1_514_764_800_000_000  # 2018-01-01T00:00:00Z
LATER = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
FIXTURE = Path(__file__).parent / "fixture"


@dataclass(frozen=True)
class Reading:
    """All chunks of one file, put together."""

    chunks: list[Chunk]

    def frame(self, entity: Entity) -> pl.DataFrame:
        return pl.concat([chunk.frame for chunk in self.chunks if chunk.entity is entity])

    def lines(self, entity: Entity) -> list[int]:
        return [line for chunk in self.chunks if chunk.entity is entity for line in chunk.line.to_list()]

    @property
    def rejects(self) -> list[tuple[int, str, str]]:
        rows = pl.concat([chunk.rejects for chunk in self.chunks])
        return rows.select("line", "column", "reason").rows()

    @property
    def notes(self) -> str:
        return " ".join(note for chunk in self.chunks for note in chunk.notes)

    @property
    def repairs(self) -> dict[str, int]:
        return {reason: rows for chunk in self.chunks for reason, rows in chunk.repairs.items()}


Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read `content` as a file called `name`."""

    def reading(
        name: str,
        content: bytes | str,
        *,
        format: str | None = None,
        mapping: Mapping[str, str] | None = None,
        kind: RowKind | None = None,
        currency: str = "USD",
        now: int = NOW,
    ) -> Reading:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        option = ReadOption(now, currency, mapping or {}, kind)
        reader = READERS[format] if format else recognised(path, READERS)
        return Reading(list(reader.read(path, option)))

    return reading


@pytest.fixture
def fixture_bytes() -> Callable[[str], bytes]:
    """The content of a file in fixture/."""
    return lambda name: (FIXTURE / name).read_bytes()


@pytest.fixture
def read_fixture() -> Callable[[str], Reading]:
    """Read a file in fixture/ in 2026, by the reader that recognises it."""

    def reading(name: str) -> Reading:
        path = FIXTURE / name
        return Reading(list(recognised(path, READERS).read(path, ReadOption(LATER, "USD"))))

    return reading
