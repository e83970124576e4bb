"""What a shop holds of one person: telling all of it, and erasing every trace."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from shopkeeper.error import NotFound, StoreError
from shopkeeper.operation.lock import one_at_a_time
from shopkeeper.operation.shop import Shop
from shopkeeper.record import MARK_OF_CODE, TYPE_OF_CODE, Progress, silent, to_major
from shopkeeper.store import Held

_INNER: Final = ("change",)  # columns that say nothing of a person


@dataclass(frozen=True, slots=True)
class EraseSummary:
    """What an erasure deleted. `until` (ISO 8601): what they did until then is not taken again.

    `import_files` are leftovers of imports that were deleted, whoever they spoke of. Not `scrubbed`: rows are gone,
    and their bytes may stay on the database's disk until it writes others over them.
    """

    events: int
    exposures: int
    visitor_ids: tuple[str, ...]
    until: str
    import_files: tuple[str, ...]
    scrubbed: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def export_user(shop: Shop, id: str, *, visitor: bool = False) -> dict[str, Any]:
    """All that is held of a user or visitor, as JSON holds it. Raises NotFound where that is nothing."""
    held = shop.store.people.held(id, visitor=visitor)
    if held is None:
        kind = "visitor" if visitor else "user"
        raise NotFound(f"Nothing is held of {kind} {id!r}. Check the id's spelling.")
    return {
        "user_id": held.user_id,
        "visitor_ids": list(held.visitor_ids),
        "attributes": json.loads(held.attributes),
        "events": _event_rows(held),
        "exposures": _exposure_rows(held, shop),
    }


def erase_user(shop: Shop, id: str, *, visitor: bool = False, progress: Progress = silent) -> EraseSummary:
    """Delete every trace of a user or guest; waits for an import that runs. Raises NotFound, InputError."""
    with one_at_a_time(shop, progress, "import"):
        erased = shop.store.people.erase(id, shop.clock.now(), visitor=visitor)
        files = _clear_imports(shop.runs / "import")
    progress("scrubbing the store", 0, 1)
    scrubbed = _scrubbed(shop)
    progress("scrubbing the store", 1, 1)
    until = _iso(pl.Series([erased.until]))[0]
    return EraseSummary(erased.events, erased.exposures, erased.visitor_ids, until, files, scrubbed)


def _scrubbed(shop: Shop) -> bool:
    """Whether the bytes are gone too; a disk too full for that does not undo the erasure, and the next one makes up."""
    try:
        return shop.store.scrub()
    except StoreError:
        return False


def _clear_imports(folder: Path) -> tuple[str, ...]:
    """Delete stages that killed imports left, and rejected rows: either may quote anybody, and can be made again."""
    found = sorted([*folder.glob("stage-*"), *folder.glob("rejects-*")])
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return tuple(path.name for path in found)


def _event_rows(held: Held) -> list[dict[str, Any]]:
    events = held.events.drop(*_INNER).with_columns(
        pl.col("type").replace_strict(TYPE_OF_CODE, return_dtype=pl.String),
        pl.col("mark").replace_strict(MARK_OF_CODE, default=None, return_dtype=pl.String),
        _iso(held.events["time"]).alias("time"),
    )
    return [_event(row) for row in events.iter_rows(named=True)]


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """What an event says; money in major units, as everywhere outside the store."""
    told = {name: value for name, value in row.items() if value is not None}
    if "value" in told and "currency" in told:
        told["value"] = float(to_major(told["value"], told["currency"]))
    if "context" in told:
        told["context"] = json.loads(told["context"])
    return told


def _exposure_rows(held: Held, shop: Shop) -> list[dict[str, Any]]:
    """What was shown, under the items' ids; scores say nothing of a person that these do not."""
    ids = shop.store.catalogue.item_ids()["item_id"]  # sorted by item_index, without gaps
    told = held.exposures.drop("score", "propensity").with_columns(
        pl.col("item_index").list.eval(pl.lit(ids).gather(pl.element())).alias("item_ids"),
        _iso(held.exposures["time"]).alias("time"),
    )
    return told.drop("item_index").to_dicts()


def _iso(time: pl.Series) -> pl.Series:
    """ISO 8601 of UTC microseconds."""
    return time.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
