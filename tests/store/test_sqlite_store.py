"""SQLite keeps the store's contract."""

from collections.abc import Iterator

import pytest

from shopkeeper.store import Store, open_store
from shopkeeper.testing.store import StoreContract


class TestSqliteStore(StoreContract):
    """Every test of the contract on a fresh file."""

    @pytest.fixture
    def store(self, sqlite_url: str) -> Iterator[Store]:
        store = open_store(sqlite_url)
        yield store
        store.close()
