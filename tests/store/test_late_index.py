"""A first import makes its indexes after the rows, and leaves them as the schema has them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from shopkeeper.record import Item
from shopkeeper.store import Store, open_store
from shopkeeper.store.late_index import LEAST_ROWS
from shopkeeper.store.schema import EVENT

Shop = tuple[Store, sa.Engine]

SCHEMA = {
    "pk_event": "CREATE UNIQUE INDEX pk_event ON public.event USING btree (change)",
    "uq_event_event_key": "CREATE UNIQUE INDEX uq_event_event_key ON public.event USING btree (event_key)",
    "ix_event_person": "CREATE INDEX ix_event_person ON public.event USING btree (person)",
}


def views(first: int, rows: int = LEAST_ROWS) -> pl.DataFrame:
    number = pl.int_range(first, first + rows, eager=True)
    return pl.DataFrame({"time": number}).with_columns(
        event_id=number.cast(pl.String), type=pl.lit("view"), user_id=pl.lit("ann"), item_id=pl.lit("tea")
    )


def connect(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")


def indexes(engine: sa.Engine, table: str = "event") -> Mapping[str, tuple[int, str]]:
    """(file number, definition) of each index of a table; a number is given once."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT relname, oid::int, pg_get_indexdef(oid) FROM pg_index JOIN pg_class ON oid = indexrelid "
            f"WHERE indrelid = '{table}'::regclass AND indisvalid"
        )
        return {name: (number, made) for name, number, made in rows}


@pytest.fixture
def shop(postgres_url: str) -> Iterator[Shop]:
    store = open_store(postgres_url)
    store.catalogue.put([Item("tea")])
    engine = connect(postgres_url)
    yield store, engine
    engine.dispose()
    store.close()


def test_a_log_at_least_doubled_has_new_indexes_and_a_longer_one_keeps_its_own(shop: Shop) -> None:
    store, engine = shop
    empty = indexes(engine)

    store.events.ingest(views(0, LEAST_ROWS - 1))
    few = indexes(engine)
    store.events.ingest(views(LEAST_ROWS - 1, LEAST_ROWS))
    doubled = indexes(engine)
    store.events.ingest(views(2 * LEAST_ROWS - 1, LEAST_ROWS))
    longer = indexes(engine)

    assert few == empty
    assert {name for name in doubled if doubled[name] != few[name]} == {"uq_event_event_key", "ix_event_person"}
    assert longer == doubled
    assert {name: made for name, (_, made) in longer.items()} == SCHEMA


def test_events_are_known_again_after_their_indexes_were_made(shop: Shop) -> None:
    store, engine = shop
    first = store.events.ingest(views(0))
    again = store.events.ingest(views(0))

    assert (first.accepted, again.accepted, again.duplicate) == (LEAST_ROWS, 0, LEAST_ROWS)
    with pytest.raises(sa.exc.IntegrityError), engine.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO event SELECT change + 1000000, event_key, 1, 1, 1, 1 FROM event LIMIT 1"
        )


def test_a_table_that_is_being_read_keeps_its_indexes_and_nobody_waits(shop: Shop) -> None:
    store, engine = shop
    empty = indexes(engine)

    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM event")
        receipt = store.events.ingest(views(0))
        reader.exec_driver_sql("ROLLBACK")

    assert receipt.accepted == LEAST_ROWS
    assert indexes(engine) == empty


def test_an_index_that_another_table_refers_to_stays(shop: Shop) -> None:
    store, engine = shop
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE note (event_key bytea REFERENCES event (event_key))")
    before = indexes(engine)

    receipt = store.events.ingest(views(0))

    assert receipt.accepted == LEAST_ROWS
    assert indexes(engine) == before


def test_a_batch_that_fails_leaves_the_log_and_its_indexes_as_they_were(shop: Shop) -> None:
    store, engine = shop
    before = indexes(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE event ADD CONSTRAINT early CHECK (time < 20000)")

    with pytest.raises(Exception, match="early"):
        store.events.ingest(views(1))

    assert indexes(engine) == before
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == 0


def test_the_tables_that_others_make_keep_their_constraints(shop: Shop) -> None:
    store, _ = shop
    before = str(CreateTable(EVENT))

    store.events.ingest(views(0))

    assert str(CreateTable(EVENT)) == before
    assert "uq_event_event_key" in before


def test_persons_whom_requests_read_keep_their_indexes(shop: Shop) -> None:
    store, engine = shop
    people = {name: indexes(engine, name) for name in ("person", "visitor")}
    log = indexes(engine)
    strangers = views(0).with_columns(user_id=pl.col("event_id"), visitor_id=pl.lit("v") + pl.col("event_id"))
    guests = views(LEAST_ROWS).with_columns(
        user_id=pl.lit(None, pl.String), visitor_id=pl.lit("g") + pl.col("event_id")
    )

    store.events.ingest(strangers)
    store.events.ingest(guests)

    assert indexes(engine) != log
    assert {name: indexes(engine, name) for name in people} == people


def test_a_log_on_sqlite_has_all_its_indexes_again_and_readers_go_on(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    store.catalogue.put([Item("tea")])
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as reader:
        made = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'event' ORDER BY name"
        before = reader.execute(made).fetchall()
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event")

        first = store.events.ingest(views(0))
        again = store.events.ingest(views(0))

        assert reader.execute("SELECT count(*) FROM event").fetchone() == (0,)
        reader.execute("ROLLBACK")
        assert reader.execute(made).fetchall() == before
        assert "ix_event_person" in dict(before)
        of_persons = "SELECT count(*) FROM event WHERE person IN (SELECT person FROM person)"
        assert reader.execute(of_persons).fetchone() == (LEAST_ROWS,)
    assert (first.accepted, again.duplicate) == (LEAST_ROWS, LEAST_ROWS)
    store.close()


def test_a_first_batch_on_sqlite_that_fails_leaves_the_indexes(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    store.catalogue.put([Item("tea")])
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as other:
        late = "BEFORE INSERT ON event WHEN new.time > 20000 BEGIN SELECT RAISE(ABORT, 'late'); END"
        other.execute(f"CREATE TRIGGER late {late}")
        with pytest.raises(Exception, match="late"):
            store.events.ingest(views(100))
        assert other.execute("SELECT count(*) FROM sqlite_master WHERE name = 'ix_event_person'").fetchone() == (1,)
        assert other.execute("SELECT count(*) FROM event").fetchone() == (0,)
    store.close()
