"""Who was erased is asked by whatever ids there are, none among them."""

from collections.abc import Iterator

import pytest

from shopkeeper.store import open_store
from shopkeeper.store.database import Database
from shopkeeper.store.erasure import anybody_erased, entomb


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url: str = request.getfixturevalue(request.param)
    open_store(url).close()
    database = Database(url)
    yield database
    database.close()


def test_where_nobody_is_named_nobody_is_erased(database: Database) -> None:
    with database.write() as transaction:
        entomb(transaction, "user_id", ["gone"], 50)
        assert not anybody_erased(transaction, [])
        assert not anybody_erased(transaction, [{"user_id": None, "visitor_id": None}])
        assert anybody_erased(
            transaction, [{"user_id": None, "visitor_id": "v"}, {"user_id": "gone", "visitor_id": None}]
        )
        assert not anybody_erased(transaction, [{"user_id": None, "visitor_id": "gone"}])
