"""The schema: its versions, and that the migrations make what schema.py says."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shopkeeper.error import StoreError
from shopkeeper.store import migration, open_store
from shopkeeper.store.migration import SCHEMA_VERSION
from shopkeeper.store.schema import METADATA


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database."""
    address: str = request.getfixturevalue(request.param)
    return address


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def test_the_newest_revision_is_the_version_that_the_code_names() -> None:
    scripts = ScriptDirectory(str(Path(migration.__file__).parent))
    assert scripts.get_current_head() == SCHEMA_VERSION


def test_the_migrations_make_the_schema(url: str) -> None:
    open_store(url).close()
    engine = _engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_newer_store_is_refused_and_left_alone(url: str) -> None:
    open_store(url).close()
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    for migrate in (True, False):
        with pytest.raises(StoreError, match=f"version 0099, newer than version {SCHEMA_VERSION}"):
            open_store(url, migrate=migrate)
    engine.dispose()


def test_a_store_can_be_opened_first_and_migrated_later(url: str) -> None:
    store = open_store(url, migrate=False)
    store.migrate()
    store.migrate()
    assert store.change_number() == 0
    store.close()


def test_what_was_written_is_there_after_opening_again(url: str) -> None:
    first = open_store(url)
    first.office.publish("b1")
    first.close()
    second = open_store(url)
    assert [one.bundle_id for one in second.office.publications()] == ["b1"]
    second.close()


def test_sqlite_is_durable_and_concurrent(sqlite_url: str) -> None:
    open_store(sqlite_url).close()
    engine = _engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:////no/such/folder/shop.db", "folder /no/such/folder does not exist"),
        ("mysql://localhost/shop", "not on mysql"),
        ("shop.db", "no store URL"),
        ("postgres://nobody@127.0.0.1:1/shop", "could not be migrated"),
    ],
)
def test_a_url_that_cannot_be_opened_says_why(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_store(url)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_text("this is a text, and a long one, so that it is no header of a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")


def test_threads_may_open_new_stores_of_several_shops_at_once(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(4)]
    with ThreadPoolExecutor(len(urls)) as pool:
        stores = list(pool.map(open_store, urls))
    assert [store.change_number() for store in stores] == [0] * len(urls)
    for store in stores:
        store.close()
