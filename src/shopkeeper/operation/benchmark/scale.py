"""`benchmark scale`: time and memory of an import and of a snapshot, as the log grows from one to ten million events.

Each size is a shop of its own, filled and read by the commands and processes that an operator's shop would use.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.event_file import catalogue, write_parquet
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.process import PeakMemory, Usage, run_command
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, ratio
from shopkeeper.operation.shop import init_shop, open_shop
from shopkeeper.record import Progress, silent

SIZES: Final = (1_000_000, 3_000_000, 10_000_000)
IMPORT: Final = "shopkeeper import, Parquet into SQLite"
SNAPSHOT: Final = "load_dataset from SQLite"
_ROWS_A_SECOND: Final = 25_000  # of an import, for the progress bar
_LIMIT_SECONDS: Final = 3600.0


def benchmark_scale(*, sizes: Sequence[int] = SIZES, progress: Progress = silent) -> BenchmarkResult:
    """Import and snapshot at each size. Raises ShopkeeperError where a process fails."""
    machine = describe_machine()
    rows = [row for size in sizes for row in _at(size, progress)]
    return BenchmarkResult("scale", machine, tuple(rows), _ratios(rows, sizes))


def _at(size: int, progress: Progress) -> list[Row]:
    """Both rows of one size."""
    with TemporaryDirectory(prefix="shopkeeper-scale-") as folder:
        shop = init_shop(Path(folder) / "shop").parent
        with open_shop(shop) as opened:
            opened.store.catalogue.put(catalogue())
        file = write_parquet(Path(folder) / "events.parquet", size)
        taken = run_command(
            ["import", str(shop), str(file), "--kind", "events"],
            stage=f"importing {size:,} events, s",
            expected=max(size // _ROWS_A_SECOND, 1),
            limit=_LIMIT_SECONDS,
            progress=progress,
        )
        database_mb = round((shop / "shop.db").stat().st_size / 1e6)
        return [
            {**_row(IMPORT, size, taken), "database_mb": database_mb},
            _row(SNAPSHOT, size, _snapshot(shop, size)),
        ]


def _snapshot(shop: Path, size: int) -> Usage:
    """Seconds of load_dataset, as snapshot.py tells them, and the memory of it and its readers."""
    command = [sys.executable, "-m", "shopkeeper.operation.benchmark.snapshot", str(shop)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        PeakMemory(process.pid) as memory,
    ):
        said, complaint = process.communicate()
    if process.returncode:
        raise ShopkeeperError(f"the snapshot failed: {complaint.strip().splitlines()[-1]}")
    told = json.loads(said)
    if told["events"] != size:
        raise ShopkeeperError(f"the snapshot has {told['events']} events of {size}; nothing was measured.")
    return Usage(told["seconds"], round(memory.megabytes, 1))


def _row(system: str, size: int, usage: Usage) -> Row:
    return {
        "system": system,
        "events": size,
        "seconds": usage.seconds,
        "events_per_s": round(size / usage.seconds),
        "peak_mb": usage.peak_mb,
    }


def _ratios(rows: Sequence[Row], sizes: Sequence[int]) -> dict[str, float]:
    """The largest size over the smallest: 1 for an import whose time is linear and whose memory is flat."""
    found = {(row["system"], row["events"]): row for row in rows}
    ratios = {}
    for system in (IMPORT, SNAPSHOT):
        small, large = found[system, sizes[0]], found[system, sizes[-1]]
        for what in ("events_per_s", "peak_mb"):
            ratios[f"{system}: {what}, {sizes[-1]:,} over {sizes[0]:,}"] = ratio(
                float(str(large[what])), float(str(small[what]))
            )
    return ratios
