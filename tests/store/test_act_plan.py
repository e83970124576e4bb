"""A page of rare acts reads a part of the log, by its primary key, on either database."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from shopkeeper.record import Event, EventType, Item
from shopkeeper.store import open_store
from shopkeeper.store.database import Database
from shopkeeper.store.user_act import acts_statement

EVENTS = 5_000
RARE = {EventType.WISH, EventType.IMPRESSION}
SPAN = {"since": 100, "until": 200, "limit": 10}


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A log of which next to nothing is rare."""
    url: str = request.getfixturevalue(request.param)
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    store.events.append(
        [Event(EventType.VIEW, time, user_id=f"u{time % 50}", item_id="tea") for time in range(1, EVENTS + 1)]
    )
    store.close()
    database = Database(url)
    yield database
    database.close()


def test_a_page_of_rare_acts_does_not_scan_the_log(database: Database) -> None:
    with database.write() as transaction:
        sqlite = transaction.connection.dialect.name == "sqlite"
        transaction.connection.execute(sa.text("ANALYZE"))
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        rows = transaction.rows(f"{explain} {acts_statement(RARE, ())}", **SPAN)
    plan = [str(row[-1]) for row in rows]
    if sqlite:
        assert "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan
        assert not any(step.startswith("SCAN e") for step in plan)
    else:
        assert any("pk_event on event e" in step for step in plan)
        assert any("Index Cond: ((change > " in step for step in plan)
        assert not any("Seq Scan on event" in step for step in plan)
