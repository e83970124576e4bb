"""A server of the toy shop, in process; each test module gets a shop of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("api") / "shop"
    shutil.copytree(trained, folder)
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client
