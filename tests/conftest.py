"""What all tests share: the toy shop, trained once."""

from pathlib import Path

import pytest

from shopkeeper.testing.shop import toy_shop


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained toy shop that nobody may change: copy it."""
    return toy_shop(tmp_path_factory.mktemp("toy") / "shop")
