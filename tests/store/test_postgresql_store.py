"""PostgreSQL keeps the store's contract."""

from collections.abc import Iterator

import polars as pl
import pytest
import sqlalchemy as sa

from shopkeeper.record import Item, Offer
from shopkeeper.store import Store, open_store
from shopkeeper.testing.store import StoreContract


class TestPostgresqlStore(StoreContract):
    """Every test of the contract on a fresh database."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        store = open_store(postgres_url)
        yield store
        store.close()


@pytest.fixture
def english_url(postgres_server: sa.URL) -> Iterator[str]:
    """An empty database that sorts as a dictionary does, which most installed ones do: "ü" beside "u", "U" too."""
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        try:
            connection.exec_driver_sql("CREATE DATABASE english TEMPLATE template0 LOCALE 'en_US.UTF-8'")
        except sa.exc.DBAPIError:
            pytest.skip("this machine has no locale en_US.UTF-8")
    yield postgres_server.set(drivername="postgresql", database="english").render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE english WITH (FORCE)")
    admin.dispose()


def test_user_ids_are_found_by_how_they_begin_whatever_the_language_of_the_database(english_url: str) -> None:
    store = open_store(english_url)
    store.events.ingest_users(pl.DataFrame({"user_id": ["u1", "u10", "u11", "u2", "v", "U1", "U10", "ü1", "u-1", "u"]}))

    assert store.events.user_ids("u1", 9) == ["u1", "u10", "u11"]
    assert store.events.user_ids("U", 9) == ["U1", "U10"]
    assert store.events.user_ids("u", 9) == ["u", "u1", "u2", "u-1", "u10", "u11"]
    store.close()


def test_of_many_markets_the_same_are_named_whatever_the_language_of_the_database(english_url: str) -> None:
    store = open_store(english_url)
    markets = ["oslo", "Rome", "ålesund", "Zug", "paris"]
    store.catalogue.put([Item("tea", title="Tea")], [Offer("tea", name, 5) for name in markets])

    assert store.prices.markets(3) == ["Rome", "Zug", "oslo"]
    assert store.prices.markets(9) == sorted(markets)
    store.close()


def test_markets_are_sorted_by_code_point_as_sqlite_sorts_them(postgres_url: str) -> None:
    """Said of the column itself, where no database that sorts otherwise can be made."""
    open_store(postgres_url).close()
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        columns = connection.exec_driver_sql(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'offer' AND collation_name = 'C'"
        ).all()
    engine.dispose()
    assert [name for (name,) in columns] == ["market"]


def test_histories_are_kept_uncompressed_for_every_act_rewrites_one(postgres_url: str) -> None:
    open_store(postgres_url).close()
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        kept = connection.exec_driver_sql(
            "SELECT attname, attstorage::text FROM pg_attribute WHERE attrelid = 'person'::regclass"
        ).all()
    engine.dispose()
    assert {name for name, storage in kept if storage == "e"} == {"total", "recent"}
