"""The toy shop, trained once for all tests, and a copy of it for each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.operation.shop import Shop, open_shop


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A toy shop of one's own."""
    return shutil.copytree(trained, tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder) as opened:
        yield opened
