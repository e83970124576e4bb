"""The seam of readers: an outside format goes in, chunks of canonical columns come out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import polars as pl

from shopkeeper.data.reader.sample import Sample
from shopkeeper.record import EventType
from shopkeeper.store.frame import EVENT_COLUMN, ITEM_COLUMN, LINK_COLUMN, OFFER_COLUMN, USER_COLUMN


class Entity(StrEnum):
    """What the rows of a chunk are, in the order in which a store must receive them."""

    ITEM = "item"
    OFFER = "offer"
    USER = "user"
    LINK = "link"  # which visitor is which user
    EVENT = "event"


class RowKind(StrEnum):
    """What the rows of a file are; rows of items may carry offers too."""

    ITEMS = "items"
    USERS = "users"
    EVENTS = "events"
    OFFERS = "offers"


COLUMNS: Mapping[Entity, Mapping[str, pl.DataType]] = MappingProxyType(
    {
        Entity.ITEM: ITEM_COLUMN,
        Entity.OFFER: OFFER_COLUMN,
        Entity.USER: USER_COLUMN,
        Entity.LINK: LINK_COLUMN,
        Entity.EVENT: EVENT_COLUMN,
    }
)

# A row that could not be read: where it stands, the column at fault ("" for the whole row), why, and how it begins.
REJECT_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "file": pl.String(),
        "line": pl.Int64(),
        "column": pl.String(),
        "reason": pl.String(),
        "excerpt": pl.String(),
    }
)
FIELD = "field:"  # before the names of a file's own columns, so that they never meet ours
EXCERPT = 120  # characters of a rejected row that are kept


def no_rejects() -> pl.DataFrame:
    """An empty frame of rejects."""
    return pl.DataFrame(schema=dict(REJECT_COLUMN))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one entity, and what befell the rows around them.

    `frame` has the columns of `COLUMNS[entity]`; `line` (as long as `frame`) is each row's line in `file`, the header
    being line 1 (a row's number from 1 in formats without lines); `rejects` has REJECT_COLUMN; `rejected_items` are the
    ids of those that tell their item, of rows of items only; `repairs` counts by reason rows that were accepted after a
    change; `notes` are plain sentences about what was guessed. `new_items`: the format may have no catalogue, so that
    items of these events that nobody knows are made, with their ids only.
    `named`: the columns that the rows speak of, others staying as they are; None: the rows are whole.
    """

    entity: Entity
    frame: pl.DataFrame
    line: pl.Series
    file: str
    rejects: pl.DataFrame = field(default_factory=no_rejects)
    repairs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    new_items: bool = False
    named: tuple[str, ...] | None = None
    rejected_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOption:
    """What a reader is told: `mapping` is {column of the file: field}, `now` is UTC microseconds.

    `event` is what events are where no column says it; None: what the reader takes them for. `update`: rows of items
    say what changes.
    """

    now: int
    currency: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    kind: RowKind | None = None
    event: EventType | None = None
    update: bool = False


class Reader(Protocol):
    """Reads one outside format."""

    def recognises(self, sample: Sample) -> bool:
        """Whether the file's name or how it begins is of this format. Asked in the order of READERS."""
        ...

    def files(self, path: Path) -> Sequence[Path]:
        """The files that are read for `path`; their content identifies an import. Raises InputError, MissingPart."""
        ...

    def read(self, path: Path, option: ReadOption) -> Iterator[Chunk]:
        """The chunks of `path`, in bounded memory. Raises InputError where the file as a whole cannot be used."""
        ...


def canonical_frame(entity: Entity, rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of `COLUMNS[entity]`, those that `rows` lack being null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in COLUMNS[entity].items()
    )


def reject_frame(
    file: str, line: Sequence[int] | pl.Series, column: str, reason: str, excerpt: Sequence[str]
) -> pl.DataFrame:
    """Rejects that share a column and a reason."""
    rows = pl.DataFrame({"line": pl.Series(line, dtype=pl.Int64), "excerpt": pl.Series(excerpt, dtype=pl.String)})
    return rows.select(
        pl.lit(file).alias("file"),
        "line",
        pl.lit(column).alias("column"),
        pl.lit(reason).alias("reason"),
        pl.col("excerpt").str.slice(0, EXCERPT),
    )
