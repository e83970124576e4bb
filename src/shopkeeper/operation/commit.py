"""Commit: a stage's parts into the store, batch by batch; killed and repeated, it goes on where it stopped."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.data.reader import Entity
from shopkeeper.data.reader.protocol import REJECT_COLUMN, no_rejects
from shopkeeper.operation.staging import SHOWN, Part, Stage
from shopkeeper.record import Progress
from shopkeeper.store import Receipt, Store
from shopkeeper.store.event_write import event_sieve
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.sieve import conform

_RECEIPTS: Final = "receipts.jsonl"


@dataclass
class Commit:
    """What the store said: rows by entity, and the refused ones as REJECT_COLUMN."""

    duplicate: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    marked: int = 0  # of the accepted: events of bots and staff
    rejects: pl.DataFrame = field(default_factory=no_rejects)

    def reasons(self) -> list[str]:
        """The first few refusals, each reason once."""
        first = self.rejects.unique("reason", maintain_order=True).head(SHOWN)
        return [f"{file} line {line}: {reason}" for file, line, _, reason, _ in first.iter_rows()]


def commit_stage(store: Store, stage: Stage, fingerprint: str, now: int, progress: Progress) -> Commit:
    """Send the parts that the store does not have yet; what it said of each is noted in the stage.

    A part counts as sent where both the store and the stage say so: a stage that was made anew is sent from its
    beginning, which is safe, for the store takes nothing twice.
    """
    told = stage.folder / _RECEIPTS
    _mend(told)
    done = min(store.office.import_progress(fingerprint), len(_receipts(told)))
    for number, part in enumerate(stage.parts):
        if number >= done:
            receipt = _ingest(store, part, now)
            _note(told, number, receipt)
            store.office.record_import(fingerprint, number + 1, None)
        progress(f"writing {part.entity.value}s", number + 1, len(stage.parts))
    return _commit_of(stage.parts, _receipts(told))


def rehearse(stage: Stage) -> Commit:
    """What an empty store would say of the stage's events: which it refuses, and which say what one before them did."""
    receipts: dict[int, dict[str, Any]] = {}
    seen = pl.DataFrame(schema={"event_key": pl.Binary})
    for number, part in enumerate(stage.parts):
        if part.entity is Entity.EVENT:
            sieve = event_sieve(conform(part.frame(), EVENT_COLUMN, "events"))
            told = sieve.frame.select("event_key", "mark")
            new = told.unique("event_key", keep="first", maintain_order=True).join(seen, on="event_key", how="anti")
            seen = pl.concat([seen, new.select("event_key")])
            receipts[number] = {
                "duplicate": told.height - new.height,
                "marked": new["mark"].count(),
                "refused": [(refusal.row, refusal.reason) for refusal in sieve.refusals],
            }
    return _commit_of(stage.parts, receipts)


def _ingest(store: Store, part: Part, now: int) -> Receipt:
    rows = part.frame()
    match part.entity:
        case Entity.ITEM:
            return store.catalogue.ingest_items(rows, partial=part.partial, new_only=part.new_only)
        case Entity.OFFER:
            return store.catalogue.ingest_offers(rows, now, partial=part.partial)
        case Entity.USER:
            return store.events.ingest_users(rows)
        case Entity.LINK:
            return store.people.link(rows)
        case Entity.EVENT:
            return store.events.ingest(rows)


def _note(told: Path, number: int, receipt: Receipt) -> None:
    refused = [(refusal.row, refusal.reason) for refusal in receipt.rejected]
    line = {"part": number, "duplicate": receipt.duplicate, "refused": refused, "marked": receipt.marked}
    with told.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def _mend(told: Path) -> None:
    """Cut off what a crash tore: the parts of those receipts are sent again, for the store takes nothing twice."""
    whole = 0
    for line in told.read_bytes().splitlines(keepends=True) if told.exists() else []:
        try:
            json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n"):
            break
        whole += len(line)
    if told.exists():
        os.truncate(told, whole)


def _receipts(told: Path) -> dict[int, dict[str, Any]]:
    """By part; the first of a part counts, for a repeated one would call its rows duplicates."""
    by_part: dict[int, dict[str, Any]] = {}
    for line in told.read_text("utf-8").splitlines() if told.exists() else []:
        receipt = json.loads(line)
        by_part.setdefault(receipt["part"], receipt)
    return by_part


def _commit_of(parts: tuple[Part, ...], receipts: dict[int, dict[str, Any]]) -> Commit:
    """The sum of all receipts."""
    commit = Commit()
    for number, receipt in receipts.items():
        entity, refused = parts[number].entity.value, receipt["refused"]
        commit.duplicate[entity] = commit.duplicate.get(entity, 0) + receipt["duplicate"]
        commit.marked += receipt.get("marked", 0)
        commit.refused[entity] = commit.refused.get(entity, 0) + len(refused)
        if refused:
            commit.rejects.extend(_rejects(parts[number], refused))
    return commit


def _rejects(part: Part, refused: list[tuple[int, str]]) -> pl.DataFrame:
    """Refused rows of a part, with where they came from."""
    reasons = pl.Series("reason", [reason for _, reason in refused], dtype=pl.String)
    rows = part.origin([row for row, _ in refused]).with_columns(reasons, column=pl.lit(""), excerpt=pl.lit(""))
    return rows.select(*REJECT_COLUMN).cast(pl.Schema(REJECT_COLUMN))
