"""A server of the toy shop, in process; each test module gets a shop of its own, and the key of its Gorse door."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.setting import SHOP_FILE

KEY = "open sesame"


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("api") / "shop"
    shutil.copytree(trained, folder)
    text = (folder / SHOP_FILE).read_text("utf-8")
    (folder / SHOP_FILE).write_text(text.replace("[gorse]\n", f'[gorse]\napi_key = "{KEY}"\n'), "utf-8")
    with TestClient(create_server(folder), raise_server_exceptions=False, headers={"X-API-Key": KEY}) as client:
        yield client
