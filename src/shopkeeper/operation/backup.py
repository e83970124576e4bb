"""Backup: everything that a shop's store holds as of one moment, in one file, while it serves and is written to."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from shopkeeper import __version__
from shopkeeper.operation.archive import ArchiveManifest, write_archive
from shopkeeper.operation.shop import Shop
from shopkeeper.record import Progress, silent
from shopkeeper.setting import SHOP_FILE

SETTINGS: Final = SHOP_FILE
BUNDLE: Final = "bundle/"


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a backup holds: `rows` by table, all as of change number `change`; `files` beside the tables."""

    file: str
    change: int
    rows: dict[str, int]
    files: int
    megabytes: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def backup_shop(
    shop: Shop, file: Path, *, settings: bool = False, bundle: bool = False, progress: Progress = silent
) -> BackupSummary:
    """Write a backup; with `settings` shop.toml goes along, with `bundle` the bundle that is served.

    Raises InputError where the file exists or cannot be written.
    """
    began = time.monotonic()
    with shop.store.snapshot() as snapshot:
        manifest = ArchiveManifest(snapshot.schema_version, snapshot.change, shop.clock.now(), __version__)
        with write_archive(file, manifest) as writer:
            for done, table in enumerate(snapshot.tables):
                progress(f"backing up: {table}", done, len(snapshot.tables))
                writer.add_table(table, snapshot.frames(table))
            for name, path in _files(shop, settings=settings, bundle=bundle).items():
                writer.add_file(name, path)
    progress("backing up", len(snapshot.tables), len(snapshot.tables))
    return BackupSummary(
        str(file),
        manifest.change,
        manifest.rows,
        len(manifest.sha256) - len(manifest.rows),
        round(file.stat().st_size / 1e6, 2),
        round(time.monotonic() - began, 3),
    )


def _files(shop: Shop, *, settings: bool, bundle: bool) -> dict[str, Path]:
    """Name in the archive and path of every file that goes along."""
    found = {SETTINGS: shop.folder / SHOP_FILE} if settings else {}
    published = shop.store.office.publications() if bundle else []
    if published:
        folder = shop.bundles / published[0].bundle_id
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        found |= {f"{BUNDLE}{folder.name}/{path.relative_to(folder).as_posix()}": path for path in paths}
    return found
