"""One client that asks several servers in turn over connections that are kept open, and times every answer."""

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.shape import Row, latency
from shopkeeper.record import Progress

_ANSWER_SECONDS: Final = 60.0
_HEADERS: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: GET, or POST where it has a body."""

    path: str
    body: bytes | None = None


class Client:
    """One connection to one server."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_ANSWER_SECONDS)

    def send(self, call: Call) -> tuple[float, bytes]:
        """(seconds, body) of an answer. Raises ShopkeeperError where it is an error."""
        method = "GET" if call.body is None else "POST"
        began = time.perf_counter()
        self._connection.request(method, call.path, call.body, _HEADERS)
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        if answer.status >= 400:
            raise ShopkeeperError(
                f"{method} {call.path} answered {answer.status}: {body[:200].decode(errors='replace')}"
            )
        return seconds, body

    def renew(self) -> None:
        """Connect again: a server hangs up on a connection that was idle for some seconds."""
        self._connection.close()
        self._connection.connect()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(slots=True)
class Lane:
    """One route of one system, the calls made to it in order, and what each took."""

    system: str
    route: str
    client: Client
    calls: Sequence[Call]
    seconds: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)

    def warm_up(self, calls: Sequence[Call]) -> bytes:
        """Answers that are not timed; returns the one of middle length."""
        bodies = sorted((self.client.send(call)[1] for call in calls), key=len)
        return bodies[len(bodies) // 2]

    def send(self, number: int) -> None:
        """Make the call of this number, from the start again where there are fewer."""
        seconds, body = self.client.send(self.calls[number % len(self.calls)])
        self.seconds.append(seconds)
        self.size.append(len(body))

    def row(self) -> Row:
        """Its row. `repeated` is the share of requests that had been made before, which a cache could answer."""
        made = [self.calls[number % len(self.calls)] for number in range(len(self.seconds))]
        return {
            "system": self.system,
            "route": self.route,
            **latency(self.seconds),
            "bytes": sorted(self.size)[len(self.size) // 2],
            "repeated": round(1 - len(set(made)) / len(made), 3),
        }


def take_turns(lanes: Sequence[Lane], rounds: int, limit: float, rng: np.random.Generator, progress: Progress) -> None:
    """Every lane once a round, in an order drawn anew, until `rounds` are done or `limit` seconds are over.

    Taking turns puts whatever else the machine does on all of them alike, and the after-effects of one (a write to the
    disk, say) on any other.
    """
    for lane in lanes:
        lane.client.renew()
    deadline = time.monotonic() + limit
    for number in range(rounds):
        for place in rng.permutation(len(lanes)):
            lanes[place].send(number)
        progress("asking in turns", number + 1, rounds)
        if time.monotonic() > deadline:
            progress("asking in turns", rounds, rounds)
            return
