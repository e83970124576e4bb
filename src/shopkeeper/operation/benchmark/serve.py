"""`benchmark serve`: lists over HTTP from the real server of a shop, against a bare FastAPI route in the same run."""

import json
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from shopkeeper.operation.benchmark.client import Call, Client, Lane, take_turns
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.process import python_process, shop_server
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, missing_row, ratio
from shopkeeper.operation.benchmark.shopper import Requests, requests_of
from shopkeeper.operation.shop import open_shop, store_url
from shopkeeper.record import Progress, silent
from shopkeeper.setting import SHOP_FILE, load_setting

ROUNDS: Final = 400
LIMIT_SECONDS: Final = 120.0
SHOPKEEPER: Final = "shopkeeper"
BARE: Final = {"dict": "bare FastAPI, def route, constant dict", "bytes": "bare FastAPI, def route, ready bytes"}
ROUTE: Final = {
    "recommend": "GET /v1/recommend/home",
    "similar": "GET /v1/recommend/similar",
    "search": "GET /v1/search",
}
EVENTS: Final = "POST /v1/events"
_WARM_UP: Final = 30
_SEED: Final = 2017


def benchmark_serve(folder: Path, *, rounds: int = ROUNDS, progress: Progress = silent) -> BenchmarkResult:
    """Ask the server of a trained shop, and bare routes with answers of the same size, in turns from one client.

    The shop stays as it is: the server works on a copy of its store. `rounds` is the number of timed requests to each
    route. Raises NotFound, InputError, or ShopkeeperError where a server does not come up or answers with an error.
    """
    machine, rng = describe_machine(), np.random.default_rng(_SEED)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="shopkeeper-serve-")))
        served = _copy(folder, scratch / "shop")
        with open_shop(folder if served is None else served) as shop:
            wanted = requests_of(shop, rounds + _WARM_UP, rng)
        progress("starting the shop's server", 0, 1)
        url, _ = stack.enter_context(shop_server(folder if served is None else served))
        progress("starting the shop's server", 1, 1)
        lanes, constants = _shop_lanes(stack, url, wanted, writable=served is not None)
        bare = stack.enter_context(_bare_server(scratch, constants))
        lanes += _bare_lanes(stack, bare, list(constants))
        take_turns(lanes, rounds, LIMIT_SECONDS, rng, progress)
    rows = [lane.row() for lane in lanes]
    if served is None:
        rows.append({**missing_row(SHOPKEEPER, "the store is no SQLite file of the shop's folder"), "route": EVENTS})
    return BenchmarkResult("serve", machine, tuple(rows), _ratios(rows))


def _copy(folder: Path, copy: Path) -> Path | None:
    """A copy that may be written, its bundles those of the original; None where the store is not in the folder."""
    setting = load_setting(folder)
    database = Path(store_url(setting.store.url, folder).partition(":///")[2])
    if not setting.store.url.startswith("sqlite") or not database.is_relative_to(folder.resolve()):
        return None
    target = copy / database.relative_to(folder.resolve())
    target.parent.mkdir(parents=True)
    copyfile(folder / SHOP_FILE, copy / SHOP_FILE)
    # SQLite's own backup: whole, even while another process writes.
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as drain:
        source.backup(drain)
    if not Path(setting.bundle.folder).is_absolute():
        (copy / setting.bundle.folder).symlink_to((folder / setting.bundle.folder).resolve(), target_is_directory=True)
    return copy


def _shop_lanes(
    stack: ExitStack, url: str, wanted: Requests, *, writable: bool
) -> tuple[list[Lane], dict[str, object]]:
    """A lane for each route, warmed up, and an answer of middle length from each of those that give lists."""
    calls = {"recommend": wanted.home, "similar": wanted.similar, "search": wanted.search}
    lanes, constants = [], {}
    for name, made in calls.items():
        spare, timed = _split(made)
        lane = Lane(SHOPKEEPER, ROUTE[name], _client(stack, url), timed)
        constants[name] = json.loads(lane.warm_up(spare))
        lanes.append(lane)
    if writable:
        spare, timed = _split(wanted.events)
        lane = Lane(SHOPKEEPER, EVENTS, _client(stack, url), timed)
        lane.warm_up(spare)
        lanes.append(lane)
    return lanes, constants


def _split(calls: Sequence[Call]) -> tuple[Sequence[Call], Sequence[Call]]:
    """(calls to warm up with, calls to time); the same ones where there are few."""
    return (calls[:_WARM_UP], calls[_WARM_UP:]) if len(calls) > _WARM_UP else (calls, calls)


def _bare_lanes(stack: ExitStack, url: str, names: Sequence[str]) -> list[Lane]:
    """Two lanes for each constant, warmed up."""
    lanes = []
    for name in names:
        for kind, system in BARE.items():
            call = Call(f"/{kind}/{name}")
            lane = Lane(system, f"as large as {ROUTE[name]}", _client(stack, url), [call])
            lane.warm_up([call] * _WARM_UP)
            lanes.append(lane)
    return lanes


@contextmanager
def _bare_server(scratch: Path, constants: dict[str, object]) -> Iterator[str]:
    """The URL of a running bare application; it needs no address told, for it is given an open socket."""
    bodies = scratch / "bodies.json"
    bodies.write_text(json.dumps(constants), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        with python_process("shopkeeper.operation.benchmark.bare", [str(number), str(bodies)], keep=[number]):
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _client(stack: ExitStack, url: str) -> Client:
    return stack.enter_context(closing(Client(url)))


def _ratios(rows: Sequence[Row]) -> dict[str, float]:
    """Medians of lists divided by those of the bare dict route, and by those of the route of ready bytes."""
    median = {(row["system"], row["route"]): float(str(row["median_ms"])) for row in rows if "median_ms" in row}
    ratios = {}
    for kind, words in (("dict", ""), ("bytes", " over ready bytes")):
        for name, route in ROUTE.items():
            peer = median[BARE[kind], f"as large as {route}"]
            ratios[f"{name} median{words}"] = ratio(median[SHOPKEEPER, route], peer)
    return ratios
