"""Retain: delete what is older than the settings keep, in batches that hold up nobody for long."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from shopkeeper.operation.shop import Shop
from shopkeeper.record import DAY, Progress, silent

BATCH_ROWS: Final = 5_000  # of one transaction; one person's are never parted
BATCH_PERSONS: Final = 250


@dataclass(frozen=True, slots=True)
class RetainSummary:
    """How many rows were deleted (with `dry_run`: would be), and how many persons' histories were counted anew."""

    events: int
    persons: int
    exposures: int
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def retain(shop: Shop, *, dry_run: bool = False, progress: Progress = silent) -> RetainSummary:
    """Delete events and exposures that are older than [retention] says; killed and repeated, it goes on."""
    setting = shop.setting.retention
    aged = pl.DataFrame(schema={"person": pl.Int32, "rows": pl.Int64})
    if setting.event_days:
        before = shop.clock.now() - setting.event_days * DAY
        aged = shop.store.people.aged(before)
        if not dry_run:
            _forget_events(shop, aged, before, progress)
    exposures = _forget_exposures(shop, setting.exposure_days, dry_run=dry_run, progress=progress)
    return RetainSummary(int(aged["rows"].sum()), aged.height, exposures, dry_run)


def _forget_events(shop: Shop, aged: pl.DataFrame, before: int, progress: Progress) -> None:
    done, total = 0, int(aged["rows"].sum())
    for batch in _batches(aged):
        done += shop.store.people.forget(batch, before)
        progress("forgetting old events", min(done, total), total)


def _batches(aged: pl.DataFrame) -> Iterator[list[int]]:
    """Persons whose old events together are few enough for one transaction, or one person who has more."""
    batch: list[int] = []
    rows = 0
    for person, count in aged.iter_rows():
        if batch and (rows + count > BATCH_ROWS or len(batch) == BATCH_PERSONS):
            yield batch
            batch, rows = [], 0
        batch.append(person)
        rows += count
    if batch:
        yield batch


def _forget_exposures(shop: Shop, days: int, *, dry_run: bool, progress: Progress) -> int:
    if not days:
        return 0
    before = shop.clock.now() - days * DAY
    total = shop.store.exposures.count(before)
    if dry_run:
        return total
    done = 0
    while gone := shop.store.exposures.forget(before, BATCH_ROWS):
        done += gone
        progress("forgetting old exposures", min(done, total), total)
    return done
