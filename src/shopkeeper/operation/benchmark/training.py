"""`benchmark training`: how long our transformer takes to learn as much as two peers do, what an epoch costs beside
its bare matrix products, and how it grows with users and with items."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from shopkeeper.error import ShopkeeperError
from shopkeeper.model.neural import need_torch
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.process import PeakMemory
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, ratio
from shopkeeper.operation.benchmark.training_contest import IDS, OURS, PEERS, contest_ratios, run_contest
from shopkeeper.record import Progress, silent

REST: Final = 8  # minutes of the floor and of growth
_PACKAGE: Final = "shopkeeper.operation.benchmark"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large: minutes of each system at most, `peers` the folder of their environments; times the
    folder's users, and items beside its own."""

    minutes: float = 60.0
    peers: Path = Path("peers")
    users: tuple[int, ...] = (1, 2, 4)
    items: tuple[int, ...] = (100_000, 1_000_000)

    def words(self) -> str:
        """How long it takes."""
        there = sum(peer.missing(self.peers) is None for peer in PEERS.values())
        return f"up to {there * self.minutes + len(OURS) * min(self.minutes, 10) + REST:.0f} minutes"


def benchmark_training(
    folder: Path, threads: int = 1, limits: Limits | None = None, *, progress: Progress = silent
) -> BenchmarkResult:
    """Rows of a contest, of an epoch and its floor, and of growth, each from processes of their own.

    Raises NotFound, InputError, ShopkeeperError where a process fails; MissingPart without PyTorch.
    """
    need_torch("transformer")
    limits = limits or Limits()
    machine = describe_machine()
    contest = run_contest(folder, threads, limits.peers, limits.minutes, progress)
    floor = told_by("training_floor", [str(folder), str(threads)], "an epoch and its floor", progress)[0]
    sizes = [*((times, 0) for times in limits.users), *((1, size) for size in limits.items)]
    grown = [growth(folder, threads, times, size, progress) for times, size in sizes]
    ratios = {**contest_ratios(contest), **floor_ratios(floor), **exponents(grown, len(limits.users))}
    return BenchmarkResult("training", machine, (*contest.rows, *floor_rows(floor), *grown), ratios)


def told_by(module: str, arguments: Sequence[str], stage: str, progress: Progress) -> tuple[dict[str, Any], float]:
    """The JSON object that one of our processes tells, and the most megabytes that it held."""
    progress(stage, 0, 1)
    command = [sys.executable, "-m", f"{_PACKAGE}.{module}", *arguments]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        PeakMemory(process.pid) as memory,
    ):
        said, complaint = process.communicate()
    if process.returncode:
        raise ShopkeeperError(f"{module} failed: {(complaint.strip() or 'it said nothing').splitlines()[-1]}")
    progress(stage, 1, 1)
    return json.loads(said), round(memory.megabytes, 1)


def floor_rows(floor: Mapping[str, Any]) -> list[Row]:
    """An epoch, and its products in the numbers that it uses and in float32."""
    kind = floor["kind"]
    told = ((f"{IDS}: an epoch", "epoch"), (f"its bare products, {kind}", "floor"), ("the same, float32", "floor_32"))
    return [{"system": name, "epoch_cpu_seconds": round(floor[key], 2)} for name, key in told]


def floor_ratios(floor: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"epoch / bare products, {floor['kind']}": ratio(floor["epoch"], floor["floor"]),
        "epoch / bare products, float32": ratio(floor["epoch"], floor["floor_32"]),
    }


def growth(folder: Path, threads: int, users: int, items: int, progress: Progress) -> Row:
    """One epoch of one size; 0 items are as many as the folder has."""
    stage = f"an epoch of {users} times the users" + (f", {items:,} items" if items else "")
    told, peak = told_by("training_growth", [str(folder), str(threads), str(users), str(items)], stage, progress)
    return {
        "system": f"{IDS}: an epoch, {told['softmax']} softmax",
        "users": f"{users}x",
        "items": told["items"],
        "interactions": told["interactions"],
        "epoch_cpu_seconds": round(told["cpu_seconds"], 1),
        "peak_mb": peak,
    }


def exponents(grown: Sequence[Row], users: int) -> dict[str, float]:
    """By which power an epoch's time grows: 1 is linear. The first rows are those of more users."""
    of_items = [grown[0], *grown[users:]]
    named = (("interactions", list(grown[:users])), ("items", of_items))
    return {f"exponent of {what}": fitted(rows, what) for what, rows in named if len(rows) > 1}


def fitted(rows: Sequence[Row], what: str) -> float:
    """The slope of log seconds over log size, by least squares."""
    size, seconds = (np.log([float(row[key] or 0) for row in rows]) for key in (what, "epoch_cpu_seconds"))
    return round(float(np.polyfit(size, seconds, 1)[0]), 3)
