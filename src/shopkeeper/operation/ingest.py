"""Ingest: files into the store, whole or not at all, and safe to kill and repeat.

Files are read and checked into a stage first. Only then do its parts go in, batch by batch; the store notes each, so
that the same command after a crash goes on where it stopped, and after success does nothing.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader import READERS, Chunk, Entity, Reader, ReadOption, RowKind
from shopkeeper.data.reader.line_source import first_bytes
from shopkeeper.error import ImportRejected, InputError, NotFound
from shopkeeper.operation.offer_time import dated
from shopkeeper.operation.staging import Part, Stage, Tally, build_stage, load_stage
from shopkeeper.record import Progress, silent
from shopkeeper.store import Receipt, Refusal, Store

_VERSION: Final = 1  # of what staging makes of the same files; a new one makes old imports run again
DEFAULT_MAX_REJECTS: Final = 0.01


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did. Counts are rows by entity (item, offer, user, event).

    `accepted` rows are in the store (with `dry_run`: would be), among them `repaired` ones, which were changed to be
    read; `duplicate` rows were there already, or were given twice; `rejected` rows stand in `rejects_file`.
    """

    fingerprint: str
    accepted: Mapping[str, int]
    repaired: Mapping[str, int]
    rejected: Mapping[str, int]
    duplicate: Mapping[str, int]
    guesses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rejects_file: str | None = None
    skipped: bool = False
    dry_run: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def import_files(
    store: Store,
    paths: Sequence[Path],
    *,
    staging: Path,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    kind: str | None = None,
    max_rejects: float = DEFAULT_MAX_REJECTS,
    now: int,
    currency: str = "USD",
    progress: Progress = silent,
    dry_run: bool = False,
) -> ImportSummary:
    """Import files, or the grocer's year where `format` is "completejourney" and no path is given.

    `staging` is a folder for work in progress and rejects; `mapping` is {column: field}; `kind` is items, users or
    events; `max_rejects` the share of rows that may be unreadable; `now` UTC microseconds.

    Raises InputError, NotFound or MissingPart where a file cannot be read, ImportRejected above `max_rejects`; then
    nothing was committed.
    """
    began = time.monotonic()
    sources = _sources(paths, format)
    option = ReadOption(now, currency, dict(mapping or {}), _row_kind(kind))
    fingerprint = _fingerprint(sources, option, progress)
    told = None if dry_run else store.office.import_done(fingerprint)
    if told is not None:
        return _skipped(told, began)
    staging.mkdir(parents=True, exist_ok=True)
    folder = staging / f"stage-{fingerprint}"
    stage = load_stage(folder) or build_stage(folder, _chunks(sources, option), _known_items(store), progress)
    rejects_file = _keep_rejects(stage, staging / f"rejects-{fingerprint}.csv")
    try:
        _check_share(stage, max_rejects, rejects_file)
    except ImportRejected:
        stage.remove()
        raise
    commit = _Commit() if dry_run else _commit(store, stage, fingerprint, now, progress)
    summary = _summary(fingerprint, stage, commit, rejects_file, dry_run=dry_run, seconds=time.monotonic() - began)
    if not dry_run:
        store.office.record_import(fingerprint, len(stage.parts), json.dumps(summary.as_dict()))
    stage.remove()
    return summary


def _sources(paths: Sequence[Path], name: str | None) -> list[tuple[Reader, Path]]:
    """A reader for each path. Raises InputError, NotFound."""
    if name is not None and name not in READERS:
        raise InputError(f"There is no format {name!r}. There are: {', '.join(READERS)}.")
    if not paths and name != "completejourney":
        raise InputError("No files are named. Example: shopkeeper import myshop products.csv")
    given = [Path(path) for path in paths] or [Path("completejourney")]
    return [(READERS[name] if name else _reader(path), _existing(path)) for path in given]


def _existing(path: Path) -> Path:
    if not path.exists() and path.name != "completejourney":
        raise NotFound(f"{path} does not exist. Check its spelling.")
    return path


def _reader(path: Path) -> Reader:
    """The reader that knows the path's name, or else the look of its content."""
    _existing(path)
    for reader in READERS.values():
        if reader.recognises(path):
            return reader
    if path.is_dir():
        raise InputError(f"{path} is a folder of no known format. Name the files in it.")
    begins = first_bytes(path)
    if begins.startswith(b"PAR1"):
        return READERS["parquet"]
    if begins.lstrip().startswith(b"{"):
        return READERS["jsonl"]
    if any(mark in begins.split(b"\n", 1)[0] for mark in (b",", b"\t", b";", b"|")):
        return READERS["csv"]
    raise InputError(f"{path}: its name and content tell no format. Give --format {', '.join(READERS)}.")


def _row_kind(kind: str | None) -> RowKind | None:
    try:
        return RowKind(kind) if kind is not None else None
    except ValueError:
        raise InputError(f"There is no kind of rows {kind!r}. There are: {', '.join(RowKind)}.") from None


def _fingerprint(sources: Sequence[tuple[Reader, Path]], option: ReadOption, progress: Progress) -> str:
    """A hash of the content of all files and of what the caller chose; file names and time do not count."""
    names = {id(reader): name for name, reader in READERS.items()}
    chosen = [
        _VERSION,
        [names[id(reader)] for reader, _ in sources],
        sorted(option.mapping.items()),
        option.kind,
        option.currency,
    ]
    total = hashlib.blake2b(json.dumps(chosen).encode(), digest_size=12)
    files = [file for reader, path in sources for file in reader.files(path)]
    for done, file in enumerate(files, 1):
        try:
            with file.open("rb") as stream:
                total.update(hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest())
        except OSError as problem:
            raise InputError(f"{file} cannot be read: {problem.strerror or problem}.") from None
        progress("looking for changes", done, len(files))
    return total.hexdigest()


def _chunks(sources: Sequence[tuple[Reader, Path]], option: ReadOption) -> Iterator[Chunk]:
    for reader, path in sources:
        yield from reader.read(path, option)


def _known_items(store: Store) -> pl.Series:
    return store.catalogue.item_ids()["item_id"]


def _keep_rejects(stage: Stage, path: Path) -> Path | None:
    """A copy of the rejects that outlives the stage; None where there are none."""
    if not stage.tally.rejected:
        path.unlink(missing_ok=True)
        return None
    shutil.copyfile(stage.rejects, path)
    return path


def _check_share(stage: Stage, max_rejects: float, rejects_file: Path | None) -> None:
    """Raises ImportRejected where too many rows could not be read."""
    rejected, total = stage.tally.reject_share()
    if total == 0:
        raise InputError("The files hold no rows. Nothing was imported.")
    if rejected / total > max_rejects:
        raise ImportRejected(
            f"{rejected:,} of {total:,} rows could not be read, more than the {max_rejects:.2%} allowed; "
            "nothing was imported. "
            f"First: {'; '.join(stage.tally.reasons)}. All of them, with reasons: {rejects_file}. "
            "Mend the files, or loosen --max-rejects."
        )


@dataclass
class _Commit:
    """What the store said: rows by entity."""

    duplicate: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


def _commit(store: Store, stage: Stage, fingerprint: str, now: int, progress: Progress) -> _Commit:
    """Send the parts that the store does not have yet; what it said of each is noted beside the stage."""
    told = stage.folder / "receipts.jsonl"
    done = store.office.import_progress(fingerprint)
    before = store.catalogue.frame(now)
    for number, part in enumerate(stage.parts):
        if number >= done:
            receipt = _ingest_offers(store, part, before, now) if part.entity is Entity.OFFER else _ingest(store, part)
            _note(told, number, part, receipt)
            store.office.record_import(fingerprint, number + 1, None)
        progress(f"writing {part.entity.value}s", number + 1, len(stage.parts))
    return _commit_of(told)


def _ingest(store: Store, part: Part) -> Receipt:
    ingest = {
        Entity.ITEM: store.catalogue.ingest_items,
        Entity.USER: store.events.ingest_users,
        Entity.EVENT: store.events.ingest,
    }[part.entity]
    return ingest(part.frame())


def _ingest_offers(store: Store, part: Part, before: pl.DataFrame, now: int) -> Receipt:
    """Offers that say what holds already are not sent, and count as duplicates."""
    offers = dated(part.frame(), before, now)
    receipt = store.catalogue.ingest_offers(offers.drop("row"))
    rows = offers["row"]
    refused = tuple(Refusal(int(rows[refusal.row]), refusal.reason) for refusal in receipt.rejected)
    return replace(receipt, duplicate=receipt.duplicate + part.rows - offers.height, rejected=refused)


def _note(told: Path, number: int, part: Part, receipt: Receipt) -> None:
    refused = [(refusal.row, refusal.reason) for refusal in receipt.rejected]
    line = {"part": number, "entity": part.entity.value, "duplicate": receipt.duplicate, "refused": refused}
    with told.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def _commit_of(told: Path) -> _Commit:
    """The sum of all receipts; the first of a part counts, for a repeated one would call its rows duplicates."""
    commit = _Commit()
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    by_part: dict[int, dict[str, Any]] = {}
    for line in lines:
        receipt = json.loads(line)
        by_part.setdefault(receipt["part"], receipt)
    for receipt in by_part.values():
        entity = receipt["entity"]
        commit.duplicate[entity] = commit.duplicate.get(entity, 0) + receipt["duplicate"]
        commit.refused[entity] = commit.refused.get(entity, 0) + len(receipt["refused"])
    return commit


def _summary(
    fingerprint: str, stage: Stage, commit: _Commit, rejects_file: Path | None, *, dry_run: bool, seconds: float
) -> ImportSummary:
    tally = stage.tally
    duplicate = _sum(tally.duplicate, commit.duplicate)
    accepted = {
        entity: rows - commit.duplicate.get(entity, 0) - commit.refused.get(entity, 0)
        for entity, rows in tally.staged.items()
    }
    return ImportSummary(
        fingerprint=fingerprint,
        accepted=accepted,
        repaired={entity: sum(reasons.values()) for entity, reasons in tally.repairs.items() if reasons},
        rejected=_sum(tally.rejected, commit.refused),
        duplicate=duplicate,
        guesses=tuple(tally.notes),
        notes=_notes(tally),
        rejects_file=str(rejects_file) if rejects_file else None,
        dry_run=dry_run,
        seconds=round(seconds, 3),
    )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    total = {entity: one.get(entity, 0) + other.get(entity, 0) for entity in (*one, *other)}
    return {entity: rows for entity, rows in total.items() if rows}


def _notes(tally: Tally) -> tuple[str, ...]:
    """What was repaired, and the first rejects."""
    repaired = [
        f"{rows:,} {entity} rows: {reason}" for entity, found in tally.repairs.items() for reason, rows in found.items()
    ]
    return (*repaired, *(f"rejected, for example {reason}" for reason in tally.reasons))


def _skipped(told: str, began: float) -> ImportSummary:
    """The summary of the import that was done before, marked as skipped."""
    fields: dict[str, Any] = json.loads(told)
    fields |= {"skipped": True, "seconds": round(time.monotonic() - began, 3)}
    fields |= {name: tuple(fields[name]) for name in ("guesses", "notes")}
    return ImportSummary(**fields)
