"""A trained toy shop to measure."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def measured_shop(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(trained, tmp_path_factory.mktemp("measured") / "shop")
