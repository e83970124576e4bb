"""A real server in a process group of its own, for tests that kill it or look over its shoulder."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shopkeeper.operation.shop import init_shop
from shopkeeper.record import Item
from shopkeeper.store import open_store

PATIENCE = 60.0  # seconds
SERVE = (sys.executable, "-m", "shopkeeper")


def make_shop(folder: Path, url: str) -> None:
    """A shop without a bundle, on a store with tea."""
    init_shop(folder)
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    store.close()


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    process: subprocess.Popen[str]
    host: str

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=PATIENCE)

    def kill(self) -> None:
        """SIGKILL to the server and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


@contextmanager
def serving(folder: Path, url: str, program: Sequence[str] = SERVE) -> Iterator[Server]:
    """The server of a shop on a store; dead afterwards."""
    command = [*program, "serve", str(folder), "--port", "0", "--json"]
    environment = {**os.environ, "SHOPKEEPER_STORE__URL": url}
    with (folder / "stderr.txt").open("w") as complaints:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment, start_new_session=True
        )
    try:
        yield Server(process, urlsplit(_told(process, folder / "stderr.txt")).netloc)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def _told(process: subprocess.Popen[str], complaints: Path) -> str:
    """The URL that the server listens on."""
    assert process.stdout is not None
    told = ""
    while not told.endswith("}\n"):
        line = process.stdout.readline()
        assert line, complaints.read_text()
        told += line
    url: str = json.loads(told)["url"]
    return url


def post_views(connection: http.client.HTTPConnection, user_id: str, event_ids: Sequence[str]) -> int:
    """Send views of tea with these ids, and return the answer's status. Raises OSError or HTTPException."""
    events = [{"type": "view", "user_id": user_id, "item_id": "tea", "event_id": id} for id in event_ids]
    connection.request("POST", "/v1/events", json.dumps(events), {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status
