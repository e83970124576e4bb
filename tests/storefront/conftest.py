"""The toy shop's pages, in process and in a really running server."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("pages") / "shop"
    shutil.copytree(trained, folder)
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def market_client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop with a market beside the default one, where milk costs francs and soap is sold out."""
    folder = tmp_path_factory.mktemp("market") / "shop"
    shutil.copytree(trained, folder)
    offers = [
        {"item_id": "milk", "market": "Zürich & co", "price": 1.5, "currency": "CHF"},
        {"item_id": "soap", "market": "Zürich & co", "stock": 0},
    ]
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        assert client.put("/v1/offers", json=offers).json()["accepted"] == 2
        yield client


@pytest.fixture(scope="module")
def address(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server process of its own."""
    folder = tmp_path_factory.mktemp("browser") / "shop"
    shutil.copytree(trained, folder)
    command = [sys.executable, "-m", "shopkeeper", "serve", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = ""
        while not told.endswith("}\n"):
            told += process.stdout.readline() or pytest.fail("The server ended before it told its address.")
        yield json.loads(told)["url"]
        process.terminate()
