"""A trained toy shop to measure."""

from pathlib import Path

import pytest

from shopkeeper.testing.shop import toy_shop


@pytest.fixture(scope="session")
def measured_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_shop(tmp_path_factory.mktemp("measured") / "shop")
