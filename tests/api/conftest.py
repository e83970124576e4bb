"""A server of the toy shop, in process; each test module gets a shop of its own, and the key of its Gorse door."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.operation.backup import backup_shop
from shopkeeper.operation.restore import restore_shop
from shopkeeper.operation.shop import open_shop
from shopkeeper.setting import SHOP_FILE

KEY = "open sesame"


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("api") / "shop"
    shutil.copytree(trained, folder)
    yield from _served(folder)


@pytest.fixture
def postgres_client(trained: Path, tmp_path: Path, postgres_url: str) -> Iterator[TestClient]:
    """The same shop on PostgreSQL, where a backup has moved it."""
    folder = tmp_path / "shop"
    shutil.copytree(trained, folder)
    with open_shop(folder) as shop:
        backup_shop(shop, tmp_path / "shop.backup")
    _set(folder, "store", "url", postgres_url)
    restore_shop(tmp_path / "shop.backup", folder)
    yield from _served(folder)


def _served(folder: Path) -> Iterator[TestClient]:
    _set(folder, "gorse", "api_key", KEY)
    with TestClient(create_server(folder), raise_server_exceptions=False, headers={"X-API-Key": KEY}) as client:
        yield client


def _set(folder: Path, section: str, name: str, value: str) -> None:
    text = (folder / SHOP_FILE).read_text("utf-8")
    (folder / SHOP_FILE).write_text(text.replace(f"[{section}]\n", f'[{section}]\n{name} = "{value}"\n'), "utf-8")
