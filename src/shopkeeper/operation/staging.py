"""Staging: everything that an import will commit, checked and lying in Parquet files before the store sees a row.

A stage is a folder of its own, built under a temporary name and renamed when it is whole; a killed build leaves nothing
that a later one would mistake for it.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader import Chunk, Entity
from shopkeeper.data.reader.protocol import COLUMNS, REJECT_COLUMN, no_rejects
from shopkeeper.error import InputError
from shopkeeper.operation.bare_item import BareItems
from shopkeeper.operation.regroup import regrouped
from shopkeeper.record import Progress
from shopkeeper.record.progress import UNKNOWN

PART_ROWS: Final = 250_000  # rows of a part, which is committed as one batch
SHOWN: Final = 3  # rejects that are told in messages
_MANIFEST: Final = "manifest.json"
_FILE, _LINE = "_file", "_line"  # where a staged row came from
_Told = tuple[str, str, int, bool, bool]  # of a part: entity, file name, rows, partial, new_only

# Rows with one key are one thing: the last one wins.
_KEY: Final = {
    Entity.ITEM: ("item_id",),
    Entity.OFFER: ("item_id", "market", "valid_from"),
    Entity.USER: ("user_id",),
    Entity.LINK: ("visitor_id",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One staged file: rows of one entity, committed as one batch."""

    entity: Entity
    path: Path
    rows: int
    partial: bool = False  # the columns that are not there stay as the store holds them
    new_only: bool = False  # items that the store knows by then stay as they are

    def frame(self) -> pl.DataFrame:
        """The rows, with the canonical columns only."""
        there = pl.read_parquet_schema(self.path)
        columns = [name for name in COLUMNS[self.entity] if name in there]
        return pl.read_parquet(self.path, columns=columns, memory_map=False)

    def origin(self, rows: Sequence[int]) -> pl.DataFrame:
        """`file` and `line` of some of its rows."""
        found = pl.read_parquet(self.path, columns=[_FILE, _LINE], memory_map=False)[list(rows)]
        return found.rename({_FILE: "file", _LINE: "line"})


@dataclass
class Tally:
    """What staging counted: rows by entity, and sentences."""

    staged: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, dict[str, int]] = field(default_factory=dict)  # entity -> reason -> rows
    duplicate: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)  # of the first rejects, each once
    rejected_items: list[str] = field(default_factory=list)  # ids that rejected rows of items tell
    sync: dict[str, int] | None = None  # of a full sync: see sync.py

    def add(self, counts: dict[str, int], entity: Entity, rows: int) -> None:
        """Count rows of an entity."""
        if rows:
            counts[entity.value] = counts.get(entity.value, 0) + rows

    def reject_share(self) -> tuple[int, int]:
        """(rejected rows, all rows); offers that come with items do not count apart."""
        rejected = sum(self.rejected.values())
        apart = Entity.ITEM.value not in self.staged
        kept = sum(rows for entity, rows in self.staged.items() if apart or entity != Entity.OFFER.value)
        return rejected, rejected + kept


@dataclass(frozen=True)
class Stage:
    """A whole stage."""

    folder: Path
    parts: tuple[Part, ...]
    tally: Tally

    @property
    def rejects(self) -> Path:
        """The rejects, as CSV."""
        return self.folder / "rejects.csv"

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def load_stage(folder: Path) -> Stage | None:
    """The stage that an earlier run completed in `folder`, or None."""
    path = folder / _MANIFEST
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    parts = tuple(Part(Entity(entity), folder / name, *rest) for entity, name, *rest in told["parts"])
    return Stage(folder, parts, Tally(**told["tally"]))


def build_stage(
    folder: Path, chunks: Iterable[Chunk], known_items: pl.Series, progress: Progress, *, update: bool = False
) -> Stage:
    """Stage all chunks in `folder`, which appears only when all is done; `known_items` are the ids in the store.

    With `update`, items are changed in part and must be known. Raises InputError where a format has whole rows only.
    """
    work = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    _sweep(folder)
    work.mkdir(parents=True)
    try:
        builder = _Builder(work, progress, update=update)
        for chunk in chunks:
            builder.add(chunk)
        builder.finish(known_items)
        _write_manifest(work, builder.told(), builder.tally)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    stage = load_stage(folder)
    assert stage is not None
    return stage


def with_part(stage: Stage, entity: Entity, rows: pl.DataFrame, tally: Tally) -> Stage:
    """The stage with one more part, of rows that change others in part, and another tally."""
    path = stage.folder / f"{entity.value}-more-{len(stage.parts):05}.parquet"
    _write_part(rows.with_columns(pl.lit("").alias(_FILE), pl.lit(None, pl.Int64).alias(_LINE)), path)
    parts = (*stage.parts, Part(entity, path, rows.height, partial=True))
    _write_manifest(
        stage.folder,
        [(part.entity.value, part.path.name, part.rows, part.partial, part.new_only) for part in parts],
        tally,
    )
    return Stage(stage.folder, parts, tally)


def _write_manifest(folder: Path, parts: Sequence[_Told], tally: Tally) -> None:
    draft = folder / f"{_MANIFEST}.part"
    draft.write_text(json.dumps({"parts": parts, "tally": vars(tally)}), "utf-8")
    os.replace(draft, folder / _MANIFEST)


def _sweep(folder: Path) -> None:
    """Remove what killed builds of this stage left; those of another process that lives are its own.

    What bears this process's id is of a dead one too: a restarted container gives the same ids again.
    """
    for stale in folder.parent.glob(f"{folder.name}.part-*"):
        if not _lives_elsewhere(stale.name.rpartition("-")[2]):
            shutil.rmtree(stale, ignore_errors=True)


def _lives_elsewhere(process: str) -> bool:
    try:
        number = int(process)
        os.kill(number, 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return number != os.getpid()


class _Builder:
    """Collects chunks into parts, then checks the parts against each other."""

    def __init__(self, folder: Path, progress: Progress, *, update: bool) -> None:
        self.tally = Tally()
        self._update = update
        self._named: dict[Entity, tuple[str, ...] | None] = {}  # what the rows that wait speak of
        self._partial: dict[Path, str] = {}  # of a part whose rows are not whole: what they speak of
        self._folder = folder
        self._progress = progress
        self._waiting: dict[Entity, list[pl.DataFrame]] = {}
        self._parts: dict[Entity, list[Path]] = {}
        self._bare = BareItems()
        self._bare_parts: set[Path] = set()
        self._rejects = _RejectFile(folder / "rejects.csv", self.tally)
        self._rows = 0

    def add(self, chunk: Chunk) -> None:
        """Take one chunk; a part is written whenever enough rows wait."""
        self._rejects.write(chunk.entity, chunk.rejects)
        self.tally.rejected_items += chunk.rejected_items
        self.tally.notes += [note for note in chunk.notes if note not in self.tally.notes]
        reasons = self.tally.repairs.setdefault(chunk.entity.value, {})
        for reason, rows in chunk.repairs.items():
            reasons[reason] = reasons.get(reason, 0) + rows
        if chunk.new_items and not self._update:
            self._bare.note(chunk)
        if self._update and chunk.named is None and chunk.entity in (Entity.ITEM, Entity.OFFER):
            raise InputError(
                f"{chunk.file}: --update reads CSV, JSON lines and Parquet; this format has whole rows only."
            )
        if chunk.frame.height:
            if self._named.get(chunk.entity, chunk.named) != chunk.named:
                self._write(chunk.entity)
            self._named[chunk.entity] = chunk.named
            origin = (pl.lit(chunk.file).alias(_FILE), chunk.line.cast(pl.Int64).alias(_LINE))
            self._waiting.setdefault(chunk.entity, []).append(chunk.frame.with_columns(*origin))
        self._rows += chunk.frame.height
        self._progress("reading rows", self._rows, UNKNOWN)
        if sum(frame.height for frame in self._waiting.get(chunk.entity, ())) >= PART_ROWS:
            self._write(chunk.entity)

    def finish(self, known_items: pl.Series) -> None:
        """Write what waits, then look across parts: keys given twice, items that nobody knows."""
        for entity in Entity:
            self._write(entity)
        for entity, key in _KEY.items():
            self._keep_last(entity, key)
        whole = set(self._parts.get(Entity.ITEM, ()))
        for chunk in self._bare.chunks(self._known(known_items)):
            self.add(chunk)
        self._write(Entity.ITEM)
        self._bare_parts = set(self._parts.get(Entity.ITEM, ())) - whole
        known = (known_items if self._update else self._known(known_items)).implode()
        for entity in (*([Entity.ITEM] if self._update else []), Entity.OFFER, Entity.EVENT):
            self._refuse_unknown(entity, known)
        if events := self._parts.get(Entity.EVENT):
            self._parts[Entity.EVENT] = regrouped(events, PART_ROWS)
        self._rejects.close()
        self._progress("reading rows", self._rows, self._rows)

    def _known(self, known_items: pl.Series) -> pl.Series:
        """Distinct ids of the items in the store and in the parts."""
        items = [pl.read_parquet(path, columns=["item_id"])["item_id"] for path in self._parts.get(Entity.ITEM, ())]
        return pl.concat([known_items.cast(pl.String).alias("item_id"), *items]).unique()

    def told(self) -> list[_Told]:
        """Each part that has rows, in order of commit."""
        rows: list[_Told] = []
        for entity in Entity:
            for path in self._parts.get(entity, ()):
                count = pl.scan_parquet(path).select(pl.len()).collect().item()
                self.tally.add(self.tally.staged, entity, count)
                if count:
                    rows.append((entity.value, path.name, count, path in self._partial, path in self._bare_parts))
        return rows

    def _write(self, entity: Entity) -> None:
        frames = self._waiting.pop(entity, [])
        if not frames:
            return
        rows, named = pl.concat(frames), self._named.get(entity)
        rows = rows if named is None else rows.select(*named, _FILE, _LINE)
        for start in range(0, rows.height, PART_ROWS):
            paths = self._parts.setdefault(entity, [])
            path = self._folder / f"{entity.value}-{len(paths):05}.parquet"
            _write_part(rows.slice(start, PART_ROWS), path)
            paths.append(path)
            if named is not None:
                self._partial[path] = " ".join(named)

    def _keep_last(self, entity: Entity, key: tuple[str, ...]) -> None:
        """Of rows with one key, all but the last are dropped, counted and told."""
        paths = self._parts.get(entity, [])
        if not paths:
            return
        frames = [
            pl.read_parquet(path, columns=list(key))
            .with_columns(pl.lit(number).alias("part"), pl.lit(self._partial.get(path, "")).alias("named"))
            .with_row_index("row")
            for number, path in enumerate(paths)
        ]
        every = pl.concat(frames)
        dropped = every.filter(~pl.struct(*key, "named").is_last_distinct())
        for (number,), rows in dropped.group_by("part"):
            path = paths[int(number)]
            kept = (
                pl.read_parquet(path, memory_map=False)
                .with_row_index("row")
                .join(rows, on="row", how="anti")
                .drop("row")
            )
            _write_part(kept, path)
        self.tally.add(self.tally.duplicate, entity, dropped.height)
        if dropped.height and entity is not Entity.OFFER:
            reasons = self.tally.repairs.setdefault(entity.value, {})
            reasons[f"{key[0]} given more than once: the last row was taken"] = dropped.height

    def _refuse_unknown(self, entity: Entity, known: pl.Series) -> None:
        """Rows of items that neither the store nor this import knows become rejects."""
        paths = self._parts.get(entity, [])
        for done, path in enumerate(paths, 1):
            ids = pl.read_parquet(path, columns=["item_id"])["item_id"]
            unknown = ids.is_not_null() & ~ids.is_in(known)
            if unknown.any():
                rows = pl.read_parquet(path, memory_map=False)
                self._rejects.write(entity, _unknown(rows.filter(unknown), any_known=known.explode().count() > 0))
                _write_part(rows.filter(~unknown), path)
            self._progress(f"checking {entity.value}s", done, len(paths))


def _unknown(rows: pl.DataFrame, *, any_known: bool) -> pl.DataFrame:
    """Rejects of rows whose item nobody knows."""
    reason = (
        pl.format("no item {} is known: import the item first", "item_id")
        if any_known
        else pl.lit("the shop has no items yet: import them first")
    )
    said = [
        pl.col(name).cast(pl.String) for name in ("item_id", "user_id", "session_id", "time") if name in rows.columns
    ]
    return rows.select(
        pl.col(_FILE).alias("file"),
        pl.col(_LINE).alias("line"),
        pl.lit("item_id").alias("column"),
        reason.alias("reason"),
        pl.concat_str(said, separator=", ", ignore_nulls=True).alias("excerpt"),
    )


def _write_part(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="lz4", statistics=False)


class _RejectFile:
    """Rejects as CSV, written as they come."""

    def __init__(self, path: Path, tally: Tally) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._tally = tally
        csv.writer(self._stream).writerow(REJECT_COLUMN)

    def write(self, entity: Entity, rejects: pl.DataFrame) -> None:
        """Append; the first few reasons are kept for messages."""
        if rejects.is_empty():
            return
        self._tally.add(self._tally.rejected, entity, rejects.height)
        self._stream.write(pl.concat([no_rejects(), rejects]).write_csv(include_header=False))
        if len(self._tally.reasons) < SHOWN:
            for file, line, column, reason, _ in rejects.unique("reason", maintain_order=True).head(SHOWN).iter_rows():
                where = f", column {column}" if column else ""
                if not any(told.endswith(f": {reason}") for told in self._tally.reasons):
                    self._tally.reasons.append(f"{file} line {line}{where}: {reason}")
            del self._tally.reasons[SHOWN:]

    def close(self) -> None:
        self._stream.close()
