"""The toy shop, trained once for all tests, and a copy of it for each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.testing.shop import toy_shop


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never to be changed; shared by the folders of tests that know it by this name."""
    folder = tmp_path_factory.getbasetemp() / "trained-toy-shop"
    return folder if folder.exists() else toy_shop(folder)


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A toy shop of one's own."""
    return shutil.copytree(trained, tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder) as opened:
        yield opened
