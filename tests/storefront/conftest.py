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
from shopkeeper.setting import SHOP_FILE


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("pages") / "shop"
    shutil.copytree(trained, folder)
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def colour_client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop that offers three attributes to narrow by, of which no product has the last; and some paint."""
    folder = tmp_path_factory.mktemp("colour") / "shop"
    shutil.copytree(trained, folder)
    settings = (folder / SHOP_FILE).read_text("utf-8")
    offered = "[storefront]\nattributes = ['colour', 'tin \"size', 'never']\n"
    (folder / SHOP_FILE).write_text(settings.replace("[storefront]\n", offered, 1), "utf-8")
    paint = [
        ("paint-1", "Indoor", 5.0, {"colour": ["red", "<i>'blue"], 'tin "size': 5, "secret": "a"}),
        ("paint-2", "Indoor", 9.0, {"colour": "red", 'tin "size': 10, "secret": "b"}),
        ("paint-3", "Outdoor", 7.0, {"colour": "green", 'tin "size': 10}),
    ]
    items = [
        {"item_id": id, "title": f"Xylotint {id}", "category": ["Paint", kind], "price": price, "attributes": told}
        for id, kind, price, told in paint
    ]
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        assert client.put("/v1/items", json=items).json()["accepted"] == 3
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
