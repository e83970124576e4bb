"""Events over HTTP go into the store that is measured."""

from pathlib import Path

from shopkeeper.operation.benchmark.event_file import generated_events
from shopkeeper.operation.benchmark.post import post_seconds
from shopkeeper.store import open_store

ROWS = 1_500


def test_a_server_writes_into_the_store_that_is_named(tmp_path: Path, postgres_url: str) -> None:
    seconds = post_seconds(tmp_path, generated_events(ROWS), 2, postgres_url)

    assert seconds > 0
    store = open_store(postgres_url)
    assert store.events.count() == ROWS
    store.close()
    assert not list(tmp_path.rglob("shop.db"))
