"""Several processes on one store; one that is killed while it writes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import polars as pl
import pytest

from shopkeeper.record import Event, EventType, Item
from shopkeeper.store import Store, open_store
from shopkeeper.store.event_key import event_key
from shopkeeper.testing import store_writer
from shopkeeper.testing.aggregate import assert_aggregates

WRITERS, ROUNDS, BATCH = 4, 4, 20_000


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database."""
    address: str = request.getfixturevalue(request.param)
    return address


@dataclass
class Reader:
    """Follows the changes of a store: rows as they are told, and up to which change number it has come."""

    items: list[str] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    numbers: dict[str, list[int]] = field(default_factory=lambda: {"items": [0], "events": [0]})

    def follow(self, store: Store) -> None:
        """Read on to the end, a few rows at a time."""
        while not (part := store.catalogue.changes(self.numbers["items"][-1], 0, limit=7)).frame.is_empty():
            self.items += part.frame["item_id"].to_list()
            self.numbers["items"] += part.frame["change"].to_list()
        while not (part := store.events.changes(self.numbers["events"][-1], limit=5)).frame.is_empty():
            self.events += part.frame["event_key"].to_list()
            self.numbers["events"] += part.frame["change"].to_list()


def test_four_processes_lose_nothing(url: str) -> None:
    """They open a store at once, with some threads each; a reader follows the changes meanwhile and misses none."""
    context = multiprocessing.get_context("spawn")
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    names = [f"p{number}" for number in range(WRITERS)]
    writers = [context.Process(target=store_writer.write_from_threads, args=(url, name, ROUNDS)) for name in names]
    for writer in writers:
        writer.start()
    reader = Reader()
    while any(writer.is_alive() for writer in writers):
        reader.follow(store)
    for writer in writers:
        writer.join()
    reader.follow(store)

    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    written = [
        f"{name}-{thread}-{number}"
        for name in names
        for thread in range(store_writer.THREADS)
        for number in range(ROUNDS)
    ]
    ids = [f"{kind}{name}" for name in written for kind in ("", "all-")]
    assert sorted(reader.items) == sorted(["tea", *written])
    assert sorted(reader.events) == sorted(event_key({"event_id": id}) for id in ids)
    assert all(numbers == sorted(set(numbers)) for numbers in reader.numbers.values())
    assert max(numbers[-1] for numbers in reader.numbers.values()) == store.change_number()
    assert store.events.count() == len(ids)
    assert store.events.history("all", None).total["amount"].tolist() == [len(written)]
    assert_aggregates(store)
    store.close()


@pytest.mark.slow
def test_processes_that_change_one_item_and_one_user_lose_nothing(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    store.events.ingest_users(pl.DataFrame({"user_id": ["ann"]}))
    names = [f"p{number}" for number in range(WRITERS)]
    writers = [context.Process(target=store_writer.revise_one, args=(url, name, 40)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    added = sorted(f"{name}-{number}" for name in names for number in range(40))
    tea, ann = store.catalogue.get("tea"), store.people.user("ann")
    assert tea is not None
    assert ann is not None
    assert sorted(tea.item.category) == added
    assert sorted(ann.attributes) == added
    store.close()


def test_processes_that_open_a_new_store_at_once_all_can(sqlite_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    openers = [context.Process(target=open_store, args=(sqlite_url,)) for _ in range(WRITERS)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0] * WRITERS


def test_threads_share_a_store(url: str) -> None:
    store = open_store(url)
    store.catalogue.put([Item("tea")])

    def work(name: str) -> None:
        for number in range(10):
            store.events.append([Event(EventType.VIEW, number, user_id=name, item_id="tea")])
            assert store.events.history(name, None).total["amount"].tolist() == [number + 1]

    threads = [threading.Thread(target=work, args=(f"u{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.events.count() == 80
    assert_aggregates(store)
    store.close()


@pytest.mark.parametrize("delay", [0.02, 0.15, 0.3])
def test_a_killed_ingest_leaves_whole_batches(url: str, delay: float) -> None:
    """SIGKILL some time into the third batch: that one is there whole or not at all, and nothing is half counted."""
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    command = [sys.executable, "-m", store_writer.__name__, url, str(BATCH)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "2\n":
                break
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
    _settle(store)
    count = store.events.count()
    assert count >= 2 * BATCH
    assert count % BATCH == 0
    assert_aggregates(store)
    repeated = store.events.ingest(store_writer.batch(0, BATCH))
    resumed = store.events.ingest(store_writer.batch(count // BATCH, BATCH))
    assert (repeated.accepted, repeated.duplicate, resumed.accepted) == (0, BATCH, BATCH)
    assert_aggregates(store)
    store.close()


def _settle(store: Store) -> None:
    """Wait until the dead process's transaction is over: a server may still be about to commit it."""
    store.office.record_import("after", 0, None)
