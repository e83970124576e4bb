"""A server of the toy shop, in process; each test module gets a shop of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.testing.shop import toy_shop


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_shop(tmp_path_factory.mktemp("toy") / "shop")


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("api") / "shop"
    shutil.copytree(trained, folder)
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client
