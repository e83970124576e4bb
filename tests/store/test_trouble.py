"""What a database cannot do is told in a StoreError, whichever way the rows went to it."""

from pathlib import Path
from sqlite3 import connect

import polars as pl
import pytest

from shopkeeper.error import StoreError
from shopkeeper.record import Item
from shopkeeper.store import open_store
from shopkeeper.store.catalogue import SqlCatalogue
from shopkeeper.store.database import Database
from shopkeeper.store.schema import VISITOR


def test_a_full_sqlite_database_says_so_and_keeps_what_it_had(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store.catalogue.put([Item("tea")])
    database = Database(sqlite_url)
    with database.write() as transaction:  # there is one writing connection: the limit holds for the next one
        transaction.connection.exec_driver_sql("PRAGMA max_page_count = 1")
    text = "x" * 10_000
    frame = pl.DataFrame({"item_id": [f"i{number}" for number in range(50)], "description": [text] * 50})

    with pytest.raises(StoreError, match=r"could not be written: database or disk is full.*has room on its disk"):
        SqlCatalogue(database).ingest_items(frame)

    assert store.catalogue.item_ids()["item_id"].to_list() == ["tea"]
    database.close()
    store.close()


def test_a_damaged_sqlite_file_says_so(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    store.catalogue.put([Item(f"i{number}", description="x" * 3000) for number in range(100)])
    store.close()
    with connect(tmp_path / "shop.db") as file:
        ((pages,), (size,)) = (file.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size"))
    file.close()
    with (tmp_path / "shop.db").open("r+b") as raw:
        raw.seek(
            (pages - 20) * size
        )  # rows that come after the first one, which SQLite finds before it is asked for more
        raw.write(b"\xff" * 20 * size)
    store = open_store(sqlite_url)

    with pytest.raises(StoreError, match="could not be read: database disk image is malformed"):
        store.catalogue.frame(0)
    store.close()


def test_a_postgresql_server_that_gives_up_a_copy_says_so(postgres_url: str) -> None:
    open_store(postgres_url).close()
    database = Database(postgres_url)
    visitors = pl.DataFrame({"visitor_id": [f"v{number}" for number in range(50_000)], "person": range(50_000)})

    with pytest.raises(StoreError, match=r"could not be written: .*statement timeout"):
        _insert_within_a_millisecond(database, visitors)

    with database.read() as reading:
        assert reading.rows("SELECT count(*) FROM visitor")[0][0] == 0
    database.close()


def _insert_within_a_millisecond(database: Database, visitors: pl.DataFrame) -> None:
    with database.write() as transaction:
        transaction.connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        transaction.insert(VISITOR, visitors)
