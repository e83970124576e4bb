"""Restore: a backup into an empty shop, on either database; nothing is written before all of it was found whole."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from shopkeeper.error import InputError
from shopkeeper.operation.archive import Archive, open_archive
from shopkeeper.operation.backup import BUNDLE, SETTINGS
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.record import Progress, silent
from shopkeeper.setting import SHOP_FILE


@dataclass(frozen=True, slots=True)
class RestoreSummary:
    """What was restored: `rows` by table; the store goes on from change number `change`."""

    shop: str
    change: int
    rows: dict[str, int]
    bundle_id: str | None  # of the bundle that came along
    missing_bundle: str | None  # of one that is published and is not here
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def restore_shop(file: Path, folder: Path, progress: Progress = silent) -> RestoreSummary:
    """Restore into the shop in `folder`, which is made where there is none; its own shop.toml says into which database.

    Raises NotFound, InputError where the backup is damaged or the shop not empty, StoreError where it is newer.
    """
    began = time.monotonic()
    progress("restoring", 0, 1)
    with open_archive(file) as archive:
        _make_shop(archive, folder)
        with open_shop(folder) as shop, _bundle(archive, shop) as bundle_id:
            shop.store.restore(archive.tables())
            published = shop.store.office.publications()
            wanted = published[0].bundle_id if published else None
            present = wanted is None or wanted == bundle_id or (shop.bundles / wanted).is_dir()
    progress("restoring", 1, 1)
    manifest = archive.manifest
    seconds = round(time.monotonic() - began, 3)
    return RestoreSummary(str(folder), manifest.change, manifest.rows, bundle_id, None if present else wanted, seconds)


def _make_shop(archive: Archive, folder: Path) -> None:
    """Where there is no shop, make one: with the settings that the backup has, or with the defaults."""
    if (folder / SHOP_FILE).exists():
        return
    if archive.files(SETTINGS):
        archive.extract(SETTINGS, folder / SHOP_FILE)
    else:
        init_shop(folder)


@contextmanager
def _bundle(archive: Archive, shop: Shop) -> Iterator[str | None]:
    """Lay the bundle of the backup on the shelf, once all else went well; yields its id."""
    names = archive.files(BUNDLE)
    if not names:
        yield None
        return
    bundle_id = PurePosixPath(names[0]).parts[1]
    draft = shop.bundles / f".{bundle_id}.part-{os.getpid()}"
    try:
        for name in names:
            parts = PurePosixPath(name).parts
            if parts[1] != bundle_id or ".." in parts:
                raise InputError(f"The backup's file {name} belongs to no bundle. Nothing was restored.")
            archive.extract(name, draft.joinpath(*parts[2:]))
        yield bundle_id
        if not (shop.bundles / bundle_id).exists():
            draft.rename(shop.bundles / bundle_id)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
