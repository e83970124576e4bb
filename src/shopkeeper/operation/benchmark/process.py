"""Real processes to measure: commands that run to their end, servers, and the memory that they and theirs take."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Final

import psutil

from shopkeeper.error import ShopkeeperError
from shopkeeper.record import Progress

MEGABYTE: Final = 10**6
PATIENCE_SECONDS: Final = 120.0  # within it a server tells its address, and answers
_SAMPLE_SECONDS: Final = 0.1
_STOP_SECONDS: Final = 15.0  # what a server may take to finish; then it is killed


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took: wall time, and the highest sum of the resident memory of it and its children."""

    seconds: float
    peak_mb: float


class PeakMemory:
    """Watches a process and its children; memory that they share counts once for each, so the sum is no less than
    what was really taken."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0.0
        self._pid = pid
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, _resident_mb(self._pid))
            if self._stopping.wait(_SAMPLE_SECONDS):
                return


def run_command(arguments: Sequence[str], *, stage: str, expected: int, limit: float, progress: Progress) -> Usage:
    """Run one of our own commands to its end. `expected` and `limit` are seconds.

    Raises ShopkeeperError with the command's last words where it fails or takes longer than `limit`.
    """
    began = time.perf_counter()
    with TemporaryFile("w+") as said, _program(arguments, said, said) as process, PeakMemory(process.pid) as memory:
        while process.poll() is None:
            elapsed = time.perf_counter() - began
            progress(stage, min(int(elapsed), expected - 1), expected)
            if elapsed > limit:
                raise ShopkeeperError(f"{_told(arguments)} took more than {limit:.0f} s and was stopped.")
            time.sleep(_SAMPLE_SECONDS)
        seconds = time.perf_counter() - began
        if process.returncode:
            raise ShopkeeperError(f"{_told(arguments)} failed: {_last_line(said)}")
    progress(stage, expected, expected)
    return Usage(round(seconds, 2), round(memory.megabytes, 1))


@contextmanager
def shop_server(folder: Path) -> Iterator[tuple[str, int]]:
    """(URL, process id) of the real server of a shop, one process on a free port; stopped at the end.

    Raises ShopkeeperError where it does not come up.
    """
    arguments = ["serve", str(folder), "--host", "127.0.0.1", "--port", "0", "--workers", "1", "--json"]
    with TemporaryFile("w+") as said, _program(arguments, subprocess.PIPE, said) as process:
        deadline = threading.Timer(PATIENCE_SECONDS, process.kill)
        deadline.start()
        try:
            url = _told_url(process)
        finally:
            deadline.cancel()
        if url is None:
            raise ShopkeeperError(f"{_told(arguments)} did not come up: {_last_line(said)}")
        try:
            yield url, process.pid
        except ShopkeeperError as problem:
            raise ShopkeeperError(f"{problem} The server's last words: {_last_line(said)}") from None


@contextmanager
def python_process(module: str, arguments: Sequence[str], keep: Sequence[int] = ()) -> Iterator[subprocess.Popen[str]]:
    """`python -m MODULE` with open files of these numbers left to it; stopped at the end."""
    command = [sys.executable, "-m", module, *arguments]
    with _stopped(subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, pass_fds=keep)) as process:
        yield process


@contextmanager
def talking_process(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A program whose stdin and stdout are open to us; stopped at the end.

    Raises ShopkeeperError with its last words where it failed by itself.
    """
    with TemporaryFile("w+") as said:
        pipe = subprocess.PIPE
        with _stopped(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said, text=True)) as process:
            yield process
            if process.poll() is None and process.stdin is not None:
                process.stdin.close()
        if process.returncode > 0:
            raise ShopkeeperError(f"`{' '.join(command)}` failed: {_last_line(said)}")


@contextmanager
def _program(arguments: Sequence[str], out: "IO[str] | int", error: "IO[str] | int") -> Iterator[subprocess.Popen[str]]:
    """The program `shopkeeper`, stopped at the end."""
    command = [sys.executable, "-m", "shopkeeper", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=error, text=True)
    with _stopped(process):
        yield process


@contextmanager
def _stopped(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Asked to end, then made to; nothing that was started here outlives the benchmark."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _told_url(process: subprocess.Popen[str]) -> str | None:
    """The URL that a server tells in its first JSON object, None where it ended before it did."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.startswith("}"):
            return str(json.loads(told)["url"])
    return None


def _resident_mb(pid: int) -> float:
    """Of a process and all below it; what ends meanwhile counts nothing."""
    total = 0
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    for process in tree:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / MEGABYTE


def _told(arguments: Sequence[str]) -> str:
    return f"`shopkeeper {' '.join(arguments)}`"


def _last_line(said: IO[str]) -> str:
    said.seek(0)
    lines = said.read().strip().splitlines()
    return lines[-1] if lines else "it said nothing"
