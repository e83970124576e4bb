"""The toy shop, trained once for all tests, and a copy of it for each."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.serving import Engine
from shopkeeper.testing.encoder import WatchedEncoder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A toy shop of one's own."""
    return shutil.copytree(trained, tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def reader() -> Usem3Encoder:
    """The encoder that the toy shop was trained with, read once."""
    return Usem3Encoder(1)


@pytest.fixture
def encoder(reader: Usem3Encoder) -> WatchedEncoder:
    return WatchedEncoder(reader)


@pytest.fixture
def engine(shop: Shop, encoder: WatchedEncoder) -> Engine:
    """An engine that follows changes only when told to."""
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock)
    engine.refresh()
    return engine


@pytest.fixture
def another_bundle(shop: Shop) -> Callable[..., str]:
    """Call to get a bundle of the same content under a new id, on the shelf and not published; keywords change it."""

    def make(**changes: Any) -> str:
        shelf = BundleShelf(shop.bundles)
        present = shelf.open(shop.store.office.publications()[-1].bundle_id)
        manifest = replace(present.manifest, bundle_id=uuid4().hex, **changes)

        def fill(draft: Path) -> None:
            members = shutil.ignore_patterns("manifest.json")
            shutil.copytree(present.folder, draft, dirs_exist_ok=True, ignore=members)

        return shelf.write(manifest, fill).bundle_id

    return make
