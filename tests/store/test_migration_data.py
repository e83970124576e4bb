"""A database of any version, with what a shop had written into it, goes up to this one and says the same."""

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from shopkeeper.record import EVENT_CODE, Event, EventType
from shopkeeper.store import migration, open_store
from shopkeeper.store.history import acts, amounts, summarise
from shopkeeper.testing.logged import logged

_ITEM = """
INSERT INTO item VALUES
(:n, :id, 'product', :title, '', 'Tea', NULL, :group, NULL, NULL, '{}', NULL, NULL, :yes, :no, :c)
"""
_EVENT = """
INSERT INTO event (change, event_key, person, type, item_index, time, quantity, value, currency)
VALUES (:change, :key, 0, :type, :item, :time, 2.0, 500, 'EUR')
"""


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database."""
    address: str = request.getfixturevalue(request.param)
    return address


def _made_by_an_old_version(url: str, version: str) -> None:
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migration.__path__[0]))
        command.upgrade(config, "0001")
        _fill(connection)
        command.upgrade(config, version)
    engine.dispose()


def _fill(connection: sa.Connection) -> None:
    """Two items of a group, an offer, a user with two events and a device, a publication, an import."""

    def run(statement: str, *rows: dict[str, Any]) -> None:
        connection.execute(sa.text(statement), rows or None)

    flag = {"yes": True, "no": False, "group": "teas"}
    run(_ITEM, {"n": 0, "id": "green", "title": "Green tea", "c": 1, **flag})
    run(_ITEM, {"n": 1, "id": "black", "title": "Black tea", "c": 2, **flag})
    run("INSERT INTO item_group VALUES ('teas', 0)")
    run("INSERT INTO offer VALUES (0, '', 0, 250, 'EUR', 7, NULL, 1)")
    kind = np.array([EVENT_CODE[EventType.VIEW], EVENT_CODE[EventType.PURCHASE]], np.uint8)
    act = acts(np.array([0, 1], np.int32), kind, np.array([5, 9]), amounts(kind, None))
    total, recent = summarise(np.zeros(2, np.int64), act, 1).of(0)
    blobs = {"total": total.tobytes(), "recent": recent.tobytes()}
    run("INSERT INTO person VALUES (0, 'ann', '{\"age\": 30}', :total, :recent)", blobs)
    run("INSERT INTO visitor VALUES ('phone', 0)")
    run(
        _EVENT,
        {"change": 3, "key": b"a" * 16, "type": int(kind[0]), "item": 0, "time": 5},
        {"change": 4, "key": b"b" * 16, "type": int(kind[1]), "item": 1, "time": 9},
    )
    run("INSERT INTO publication VALUES (5, 'main', 'b1', 10)")
    run("INSERT INTO import_job VALUES ('f', 2, '{}')")
    for name, value in {"change": 5, "item": 1, "person": 0}.items():
        run("UPDATE counter SET value = :value WHERE name = :name", {"name": name, "value": value})


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_data_of_an_old_version_is_intact_after_the_migration(url: str, version: str) -> None:
    _made_by_an_old_version(url, version)

    store = open_store(url)

    frame = store.catalogue.frame(100)
    assert frame.select("item_id", "group_index", "price", "stock").rows() == [
        ("green", 0, 250, 7),
        ("black", 0, None, None),
    ]
    assert store.events.users().select("user_id", "attributes").rows() == [("ann", '{"age": 30}')]
    log = logged(store)
    assert log.select("person", "item_index", "time", "quantity", "value").rows() == [
        (0, 0, 5, 2.0, 500),
        (0, 1, 9, 2.0, 500),
    ]
    assert store.events.history(None, "phone").recent["time"].tolist() == [5, 9]
    assert [one.bundle_id for one in store.office.publications()] == ["b1"]
    assert (store.office.import_done("f"), store.change_number()) == ("{}", 5)
    # What the second version brings is there, and what was written before counts as a shopper's.
    held = store.people.held("ann")
    assert held is not None
    assert held.events["mark"].to_list() == [0, 0]
    assert (store.exposures.count(), store.people.held("bob")) == (0, None)
    store.close()


def test_a_migrated_store_goes_on(url: str) -> None:
    _made_by_an_old_version(url, "0001")
    store = open_store(url)
    assert store.events.append([Event(EventType.VIEW, 20, user_id="ann", item_id="black")]).change == 6
    assert store.events.history("ann", None).recent["time"].tolist() == [5, 9, 20]
    assert store.people.erase("ann", 30).events == 3
    assert store.events.count() == 0
    store.close()
