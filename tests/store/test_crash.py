"""A server that is killed at any moment: all that it acknowledged is there when it starts again, and once."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.store import open_store
from shopkeeper.store.event_key import event_key
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.server import make_shop, post_views, serving

CLIENTS = 6
LONGEST = 0.4  # seconds from the first acknowledgement to the kill


@dataclass
class Client:
    """A shopper whose shop is now and then not there; sends again whatever was not acknowledged."""

    name: str
    acknowledged: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    sent: int = 0

    def shop(self, host: str, answered: threading.Event) -> None:
        """Send events, some at a time, until the server is gone."""
        connection = http.client.HTTPConnection(host, timeout=30)
        try:
            while True:
                batch = self.doubtful or self._next()
                self.doubtful = batch
                assert post_views(connection, self.name, batch) == 202
                self.acknowledged += batch
                self.doubtful = []
                answered.set()
        except (OSError, http.client.HTTPException):
            connection.close()

    def _next(self) -> list[str]:
        count = 1 + self.sent % 3
        self.sent += count
        return [f"{self.name}-{number}" for number in range(self.sent - count, self.sent)]


def survive(folder: Path, url: str, rounds: int, seed: int) -> None:
    """Kill a shop's server that many times while clients post; after each restart, count."""
    make_shop(folder, url)
    rng = np.random.default_rng(seed)
    clients = [Client(f"client{number}") for number in range(CLIENTS)]
    for _ in range(rounds):
        before = sum(len(client.acknowledged) for client in clients)
        with serving(folder, url) as server, ThreadPoolExecutor(CLIENTS) as pool:
            check(url, clients)
            answered = threading.Event()
            threads = [pool.submit(client.shop, server.host, answered) for client in clients]
            assert answered.wait(60)
            time.sleep(rng.uniform(0, LONGEST))
            server.kill()
            for thread in threads:
                thread.result(60)
        assert sum(len(client.acknowledged) for client in clients) > before
    check(url, clients)  # the last restart is this process's own, which takes less long than a server's
    store = open_store(url)
    assert_aggregates(store)
    store.close()


def check(url: str, clients: list[Client]) -> None:
    """Every acknowledged event is in the log once; what else is there was sent, and not yet acknowledged."""
    store = open_store(url)
    changes = store.events.changes(0, limit=1_000_000).frame
    keys = changes["event_key"].to_list()
    acknowledged = {event_key({"event_id": id}) for client in clients for id in client.acknowledged}
    doubtful = {event_key({"event_id": id}) for client in clients for id in client.doubtful}
    assert len(keys) == len(set(keys)) == store.events.count()
    assert acknowledged <= set(keys) <= acknowledged | doubtful
    store.close()


def survive_on_both(tmp_path: Path, postgres_url: str, rounds: int) -> None:
    """Both databases side by side, for a server's start is what takes the time."""
    shops = {"sqlite": f"sqlite:///{tmp_path / 'sqlite' / 'shop.db'}", "postgresql": postgres_url}
    for name in shops:
        (tmp_path / name).mkdir()
    with ThreadPoolExecutor(len(shops)) as pool:
        running = {
            name: pool.submit(survive, tmp_path / name, url, rounds, seed)
            for seed, (name, url) in enumerate(shops.items())
        }
    assert {name: one.exception() for name, one in running.items()} == dict.fromkeys(shops)


def test_what_was_acknowledged_outlives_five_kills(tmp_path: Path, postgres_url: str) -> None:
    survive_on_both(tmp_path, postgres_url, 5)


@pytest.mark.slow
def test_what_was_acknowledged_outlives_fifty_kills(tmp_path: Path, postgres_url: str) -> None:
    survive_on_both(tmp_path, postgres_url, 50)
