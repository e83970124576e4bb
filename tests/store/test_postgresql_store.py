"""PostgreSQL keeps the store's contract."""

from collections.abc import Iterator

import pytest

from shopkeeper.store import Store, open_store
from shopkeeper.testing.store import StoreContract


class TestPostgresqlStore(StoreContract):
    """Every test of the contract on a fresh database."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        store = open_store(postgres_url)
        yield store
        store.close()
