"""The shelf of bundles: written once, verified by checksum, never changed."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from shopkeeper.bundle.manifest import MANIFEST, Manifest, Member, read_manifest
from shopkeeper.error import BundleError, NotFound

_ABANDONED_SECONDS = 3600
_DRAFT = ".draft-"  # before the name of a folder that is being written or removed

# Files that tantivy makes for itself when it opens an index.
_UNLISTED = (".lock", "INDEX_WRITER_LOCK")


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened bundle: its folder and manifest."""

    folder: Path
    manifest: Manifest

    @property
    def bundle_id(self) -> str:
        return self.manifest.bundle_id


class BundleShelf:
    """A folder of bundles, one folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bundles(self) -> list[Bundle]:
        """All readable bundles, newest first; damaged, foreign and half-written ones are not among them."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if path.name[0] != "."]
        bundles = [bundle for path in found if (bundle := _readable(path))]
        return sorted(bundles, key=lambda bundle: (bundle.manifest.created, bundle.bundle_id), reverse=True)

    def open(self, bundle_id: str) -> Bundle:
        """The bundle of that id. Raises NotFound, or BundleError where its manifest cannot be read."""
        folder = self.folder / bundle_id
        if bundle_id[:1] in ("", ".") or "/" in bundle_id or not folder.is_dir():
            raise NotFound(f"There is no bundle {bundle_id!r} in {self.folder}. See: shopkeeper bundle list SHOP")
        return Bundle(folder, read_manifest(folder))

    def verify(self, bundle_id: str) -> Bundle:
        """The bundle, every file of it checked. Raises BundleError that names the first missing or changed file."""
        bundle = self.open(bundle_id)
        for name, member in bundle.manifest.files.items():
            path = bundle.folder / name
            if not path.is_file():
                raise BundleError(f"Bundle {bundle_id} lacks {name}. Publish another: shopkeeper bundle rollback")
            if path.stat().st_size != member.size or _sha256(path) != member.sha256:
                raise BundleError(
                    f"Bundle {bundle_id}: {name} was changed. Publish another: shopkeeper bundle rollback"
                )
        return bundle

    def write(self, manifest: Manifest, fill: Callable[[Path], None]) -> Bundle:
        """A new bundle whose files `fill(folder)` writes; it appears whole, or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self.folder))
        try:
            fill(draft)
            files = {str(path.relative_to(draft)): _member(path) for path in _files(draft)}
            whole = replace(manifest, files=files)
            (draft / MANIFEST).write_text(whole.to_json(), "utf-8")
            _sync(draft)
            draft.chmod(0o755)
            draft.rename(self.folder / manifest.bundle_id)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _sync_folder(self.folder)
        return Bundle(self.folder / manifest.bundle_id, whole)

    def prune(self, keep: int, published: set[str]) -> list[str]:
        """Remove the oldest bundles beyond `keep`, never a published one; their ids."""
        surplus = [bundle for bundle in self.bundles()[keep:] if bundle.bundle_id not in published]
        for bundle in surplus:
            _remove(bundle.folder)
        return [bundle.bundle_id for bundle in surplus]

    def _sweep(self) -> None:
        """Remove drafts that a killed process left; one that is an hour old is nobody's work in progress."""
        for path in self.folder.glob(_DRAFT + "*"):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _readable(folder: Path) -> Bundle | None:
    """The bundle in a folder; None where its manifest is missing, damaged or of another format."""
    try:
        return Bundle(folder, read_manifest(folder))
    except BundleError:
        return None


def _remove(folder: Path) -> None:
    """Out of sight in one step, then file by file: a kill half-way leaves no bundle that lacks files."""
    doomed = folder.with_name(_DRAFT + folder.name)
    with suppress(FileNotFoundError):  # another process removed it first
        folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    """The files that a manifest lists."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(_UNLISTED))


def _member(path: Path) -> Member:
    return Member(_sha256(path), path.stat().st_size)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Force every file and folder below to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
