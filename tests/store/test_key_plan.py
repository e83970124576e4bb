"""PostgreSQL looks each key of a batch up in the index, whatever it believes the log to hold."""

from shopkeeper.record import Event, EventType, Item
from shopkeeper.store import open_store
from shopkeeper.store.database import Database
from shopkeeper.store.postgresql import KNOWN_AMONG_FEW

EVENTS = 5_000
BATCH = 1_000


def test_a_log_that_was_never_analysed_is_not_scanned_for_the_keys_of_a_batch(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.catalogue.put([Item("tea")])
    store.events.append([Event(EventType.VIEW, time, user_id="u", item_id="tea") for time in range(1, EVENTS + 1)])
    store.close()
    database = Database(postgres_url)

    with database.write() as transaction:
        keys = b"".join(number.to_bytes(16) for number in range(BATCH))
        rows = transaction.connection.exec_driver_sql(f"EXPLAIN {KNOWN_AMONG_FEW}", (keys, BATCH)).all()

    database.close()
    plan = [str(row[0]) for row in rows]
    assert any("using uq_event_event_key on event" in step for step in plan)
    assert not any("Seq Scan on event" in step for step in plan)
