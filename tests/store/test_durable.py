"""Acknowledged means on the disk, whatever the database is set to."""

from pathlib import Path
from sqlite3 import connect

import pytest
import sqlalchemy as sa

from shopkeeper.store import open_store
from shopkeeper.store.database import Database


def shown(database: Database, *names: str) -> list[str]:
    """What these settings are in a transaction that writes."""
    with database.write() as transaction:
        return [str(transaction.connection.exec_driver_sql(name).scalar()) for name in names]


def test_sqlite_waits_for_its_log_to_be_on_the_disk(sqlite_url: str, tmp_path: Path) -> None:
    open_store(sqlite_url).close()
    with connect(tmp_path / "shop.db") as file:
        file.execute("PRAGMA synchronous = OFF")  # of that connection, not of the file
    file.close()
    database = Database(sqlite_url)
    assert shown(database, "PRAGMA synchronous", "PRAGMA journal_mode") == ["2", "wal"]  # 2: FULL
    database.close()


@pytest.mark.parametrize(
    ("given", "kept"), [("off", "on"), ("on", "on"), ("local", "local"), ("remote_apply", "remote_apply")]
)
def test_postgresql_waits_for_its_log_whatever_its_default(postgres_url: str, given: str, kept: str) -> None:
    open_store(postgres_url).close()
    admin = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with admin.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {admin.url.database} SET synchronous_commit = {given}")
    admin.dispose()
    database = Database(postgres_url)
    assert shown(database, "SHOW synchronous_commit", "SHOW fsync") == [kept, "on"]
    assert shown(database, "SHOW synchronous_commit") == [kept]  # a connection from the pool, too
    database.close()
