"""Ingest: files into the store, whole or not at all, and safe to kill and repeat.

Files are read and checked into a stage first. Only then do its parts go in, batch by batch; each is noted, so that
the same command after a crash goes on where it stopped, and after success does nothing unless it is told to.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.mark_rule import NO_RULE, MarkRule
from shopkeeper.data.reader import READERS, Chunk, Entity, Reader, ReadOption, RowKind
from shopkeeper.data.reader.ahead import ahead
from shopkeeper.data.reader.format_name import FORMAT_NAME
from shopkeeper.data.reader.protocol import no_rejects
from shopkeeper.data.reader.recognise import recognised
from shopkeeper.error import ImportRejected, InputError, NotFound
from shopkeeper.operation.commit import Commit, commit_stage, rehearse
from shopkeeper.operation.import_limit import MAX_DISABLED, MAX_REJECTS
from shopkeeper.operation.preview import first_records
from shopkeeper.operation.staging import Stage, Tally, build_stage, load_stage
from shopkeeper.operation.sync import sync_words, synced
from shopkeeper.record import EventType, Progress, silent
from shopkeeper.store import Store

EXAMPLE: Final = "rejected, for example"  # how a note of a reject begins
_VERSION: Final = 4  # of what staging makes of the same files; a new one makes old imports run again


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did. Counts are rows by entity (item, offer, user, link, event).

    `accepted` rows are in the store, among them `repaired` ones, which were changed to be read; `duplicate` rows were
    there already, or were given twice; `rejected` rows stand in `rejects_file`; `marked` accepted events are of bots
    and staff. A dry run counts as an import into an empty store would.
    `records` are the first of each entity, and `refusal` why nothing would be committed: of a dry run only.
    `time` is when (UTC microseconds); a `skipped` import tells all this of the one that was done before.
    """

    fingerprint: str
    accepted: Mapping[str, int]
    repaired: Mapping[str, int]
    rejected: Mapping[str, int]
    duplicate: Mapping[str, int]
    marked: int = 0
    guesses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rejects_file: str | None = None
    skipped: bool = False
    dry_run: bool = False
    time: int | None = None
    finished: str = ""  # ISO 8601 by the real clock, also where the shop replays a past log
    seconds: float = 0.0
    records: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    refusal: str | None = None

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
    event: str | None = None,
    max_rejects: float = MAX_REJECTS,
    now: int,
    currency: str = "USD",
    mark: MarkRule = NO_RULE,
    progress: Progress = silent,
    dry_run: bool = False,
    again: bool = False,
    update: bool = False,
    sync: bool = False,
    max_disabled: float = MAX_DISABLED,
) -> ImportSummary:
    """Import files, or the grocer's year where `format` is "completejourney" and no path is given.

    `staging` is a folder for work in progress and rejects; `mapping` is {column: field}; `kind` is items, users or
    events; `event` is what events are where no column says it; `max_rejects` the share of rows that may be unreadable;
    `now` UTC microseconds. `mark` says whose events are not learned from. These very files are imported anew only with
    `again`. With `update`, items must be known and keep what the files have no column for. With `sync`, items of the
    files' kinds that the files do not name are disabled, at most the share `max_disabled` of those that are enabled.

    Raises InputError, NotFound or MissingPart where a file cannot be read, ImportRejected above `max_rejects` or
    `max_disabled`; then nothing was committed. A dry run tells the latter as `refusal`, beside all that it found.
    """
    began = time.monotonic()
    if update and sync:
        raise InputError("--sync takes whole catalogues, and --update parts of items. Give one of them.")
    sources = _sources(paths, format)
    option = ReadOption(now, currency, dict(mapping or {}), _row_kind(kind), _event_type(event), update)
    fingerprint = _fingerprint(sources, option, progress, sync=sync)
    told = None if dry_run else store.office.import_done(fingerprint)
    if told is not None and not again:
        return _skipped(told, began)
    staging.mkdir(parents=True, exist_ok=True)
    folder = staging / f"stage-{fingerprint}"
    left = load_stage(folder) if told is None else None  # a finished import has nothing to go on with
    stage = left or build_stage(folder, _chunks(sources, option, mark), _known_items(store), progress, update=update)
    rejects_file = staging / f"rejects-{fingerprint}.csv"
    try:
        _keep_rejects(stage, no_rejects(), rejects_file)
        limit = _Limit(max_rejects, max_disabled if sync else None)
        stage, refusal = _admitted(stage, store, limit, rejects_file, dry_run=dry_run)
        commit = rehearse(stage) if dry_run else commit_stage(store, stage, fingerprint, now, progress)
        _keep_rejects(stage, commit.rejects, rejects_file)
    except InputError:
        _remove(stage, left, dry_run=dry_run)
        raise
    summary = _timed(_summary(fingerprint, stage, commit, rejects_file, now, dry_run=dry_run), began, refusal)
    if not dry_run:
        store.office.record_import(fingerprint, len(stage.parts), json.dumps(summary.as_dict()))
    _remove(stage, left, dry_run=dry_run)
    return summary


def _remove(stage: Stage, left: Stage | None, *, dry_run: bool) -> None:
    """Delete the stage, unless a killed import left it and this is a dry run, which changes nothing."""
    if not (dry_run and left):
        stage.remove()


def _timed(summary: ImportSummary, began: float, refusal: str | None) -> ImportSummary:
    """The summary with how long it took, and when it was done by the machine's own clock."""
    done_at = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(summary, seconds=round(time.monotonic() - began, 3), finished=done_at, refusal=refusal)


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
    return recognised(path, READERS)


def _row_kind(kind: str | None) -> RowKind | None:
    try:
        return RowKind(kind) if kind is not None else None
    except ValueError:
        raise InputError(f"There is no kind of rows {kind!r}. There are: {', '.join(RowKind)}.") from None


def _event_type(event: str | None) -> EventType | None:
    try:
        return EventType(event) if event is not None else None
    except ValueError:
        raise InputError(f"There is no type of event {event!r}. There are: {', '.join(EventType)}.") from None


def _fingerprint(sources: Sequence[tuple[Reader, Path]], option: ReadOption, progress: Progress, *, sync: bool) -> str:
    """A hash of the content of all files and of what the caller chose; file names and time do not count."""
    chosen = [
        _VERSION,
        [_format_of(reader) for reader, _ in sources],
        sorted(option.mapping.items()),
        option.kind,
        option.currency,
        *([option.event] if option.event else []),
    ]
    chosen += [name for name, wanted in (("update", option.update), ("sync", sync)) if wanted]
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


def _chunks(sources: Sequence[tuple[Reader, Path]], option: ReadOption, mark: MarkRule) -> Iterator[Chunk]:
    for reader, path in sources:
        notes: tuple[str, ...] = (f"{path.name or path}: read as {FORMAT_NAME[_format_of(reader)]}.",)
        for chunk in ahead(reader.read(path, option)):
            is_event = chunk.entity is Entity.EVENT
            marked = mark.marked(chunk.frame) if is_event else chunk.frame
            yield replace(chunk, frame=marked, notes=(*notes, *chunk.notes))
            notes = ()


def _format_of(reader: Reader) -> str:
    """The name under which a reader is known."""
    return next(name for name, known in READERS.items() if known is reader)


def _known_items(store: Store) -> pl.Series:
    return store.catalogue.item_ids()["item_id"]


def _keep_rejects(stage: Stage, refused: pl.DataFrame, path: Path) -> None:
    """All rejects, of the stage and of the store, in a file that outlives the stage; no file where there are none."""
    if not stage.tally.rejected and refused.is_empty():
        path.unlink(missing_ok=True)
        return
    shutil.copyfile(stage.rejects, path)
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(refused.write_csv(include_header=False))


@dataclass(frozen=True, slots=True)
class _Limit:
    """What an import may be at most: the share of rows rejected, and of items that a sync disables (None: no sync)."""

    rejects: float
    disabled: float | None


def _admitted(
    stage: Stage, store: Store, limit: _Limit, rejects_file: Path, *, dry_run: bool
) -> tuple[Stage, str | None]:
    """The stage as it may be committed. Raises ImportRejected; a dry run gets the reason beside the stage instead."""
    try:
        _check_share(stage, limit.rejects, rejects_file)
        return (stage if limit.disabled is None else synced(stage, store, limit.disabled)), None
    except ImportRejected as problem:
        if not dry_run:
            raise
        return stage, str(problem)


def _check_share(stage: Stage, max_rejects: float, rejects_file: Path) -> None:
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


def _summary(
    fingerprint: str, stage: Stage, commit: Commit, rejects_file: Path, now: int, *, dry_run: bool
) -> ImportSummary:
    tally = stage.tally
    accepted = {
        entity: rows - commit.duplicate.get(entity, 0) - commit.refused.get(entity, 0)
        for entity, rows in tally.staged.items()
    }
    rejected = _sum(tally.rejected, commit.refused)
    return ImportSummary(
        fingerprint=fingerprint,
        accepted=accepted,
        repaired={entity: sum(reasons.values()) for entity, reasons in tally.repairs.items() if reasons},
        rejected=rejected,
        duplicate=_sum(tally.duplicate, commit.duplicate),
        marked=commit.marked,
        guesses=tuple(tally.notes),
        notes=_notes(tally, commit),
        rejects_file=str(rejects_file) if rejected else None,
        dry_run=dry_run,
        time=now,
        records=first_records(stage) if dry_run else {},
    )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    total = {entity: one.get(entity, 0) + other.get(entity, 0) for entity in (*one, *other)}
    return {entity: rows for entity, rows in total.items() if rows}


def _notes(tally: Tally, commit: Commit) -> tuple[str, ...]:
    """What was repaired, and the first rejects."""
    repaired = [
        f"{rows:,} {entity} rows: {reason}" for entity, found in tally.repairs.items() for reason, rows in found.items()
    ]
    told = [sync_words(tally.sync)] if tally.sync else []
    return (*told, *repaired, *(f"{EXAMPLE} {reason}" for reason in (*tally.reasons, *commit.reasons())))


def _skipped(told: str, began: float) -> ImportSummary:
    """The summary of the import that was done before, marked as skipped."""
    fields: dict[str, Any] = json.loads(told)
    fields |= {"skipped": True, "seconds": round(time.monotonic() - began, 3)}
    fields |= {name: tuple(fields[name]) for name in ("guesses", "notes")}
    return ImportSummary(**fields)
