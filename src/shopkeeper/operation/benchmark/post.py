"""Events over HTTP in batches, to the real server of a shop; each client waits for an answer before it sends on."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.client import Call, Client
from shopkeeper.operation.benchmark.event_file import catalogue
from shopkeeper.operation.benchmark.process import shop_server
from shopkeeper.operation.shop import init_shop, open_shop, setting_text

BATCH: Final = 1_000  # events of a request


def post_seconds(folder: Path, events: pl.DataFrame, clients: int, store_url: str | None = None) -> float:
    """Seconds until all events of some clients are acknowledged by the server of a new shop in `folder`.

    `store_url`: a store elsewhere than in the folder. Raises ShopkeeperError where one is refused.
    """
    settings = init_shop(folder / f"shop-{clients}")
    if store_url is not None:
        settings.write_text(setting_text({"store": {"url": store_url}}), "utf-8")
    shop = settings.parent
    with open_shop(shop) as opened:
        opened.store.catalogue.put(catalogue())
    calls = [Call("/v1/events", _body(part)) for part in events.iter_slices(BATCH)]
    with shop_server(shop) as (url, _):
        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as threads:
            accepted = sum(threads.map(lambda first: _sent(url, calls[first::clients]), range(clients)))
        seconds = time.perf_counter() - began
    if accepted != events.height:
        raise ShopkeeperError(f"only {accepted} of {events.height} events were accepted; nothing was measured.")
    return seconds


def _body(part: pl.DataFrame) -> bytes:
    rows = part.with_columns(pl.col("value") / 100, pl.col("context").str.json_decode(pl.Struct({"store": pl.Int64})))
    return json.dumps({"events": [_without_nulls(row) for row in rows.iter_rows(named=True)]}).encode()


def _without_nulls(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


def _sent(url: str, calls: list[Call]) -> int:
    """Send calls over one connection; how many events were accepted."""
    with closing(Client(url)) as client:
        return sum(json.loads(client.send(call)[1])["accepted"] for call in calls)
