"""Reading the log into columns: row by row where it is short, through Arrow and by two processes where it is long.

Python makes an object of every value that its own database drivers give out, 6 µs a row. ADBC's drivers write columns.
They work in processes of their own: theirs is a second SQLite in this one, and when either closes the file, POSIX drops
the locks of both (https://www.sqlite.org/howtocorrupt.html, 2.2.1).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.error import StoreError
from shopkeeper.store.database import Database
from shopkeeper.store.frame import LOG_COLUMN
from shopkeeper.store.sqlite import Sqlite

LONG: Final = 300_000  # events; a shorter log is read before two processes have started
READERS: Final = 2  # processes
_TRIES: Final = 50  # to begin all of them at one change number, while others write
_ORDERING: Final = ("person", "time", "change")

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]


def read_log(database: Database, before: int | None, columns: Sequence[str]) -> pl.DataFrame:
    """Some of LOG_COLUMN of shoppers' events before a time, sorted by person, time and change number."""
    read = tuple(dict.fromkeys((*_ORDERING, *columns)))
    condition = "mark = 0" if before is None else f"mark = 0 AND time < {int(before)}"
    log = _read_long(database, read, condition) if _is_long(database) else _read_short(database, read, condition)
    return log[order(*(log[name].to_numpy() for name in _ORDERING))].select(columns)


def _is_long(database: Database) -> bool:
    # Change numbers are given to items too, but there are seldom more of them than of events.
    with database.read() as reading:
        return bool(reading.rows("SELECT value FROM counter WHERE name = 'change'")[0][0] > LONG)


def _read_short(database: Database, columns: Sequence[str], condition: str) -> pl.DataFrame:
    with database.read() as reading:
        return reading.fetch(f"SELECT {', '.join(columns)} FROM event WHERE {condition}", _schema(columns))


def _read_long(database: Database, columns: Sequence[str], condition: str) -> pl.DataFrame:
    """Each process reads a range of change numbers, all of one snapshot of the store."""
    job = {
        "sqlite": isinstance(database.dialect, Sqlite),
        "address": database.address,
        "columns": list(columns),
        "condition": condition,
    }
    with ExitStack() as stack:
        processes = [stack.enter_context(_reader(job)) for _ in range(READERS)]
        last, processes = _one_snapshot(processes)
        edges = np.linspace(-1, last, len(processes) + 1).astype(np.int64).tolist()
        with ThreadPoolExecutor(len(processes)) as threads:
            parts = threads.map(partial(_range, columns), processes, edges[:-1], edges[1:])
            return pl.concat(parts)


@contextmanager
def _reader(job: Mapping[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of log_reader.py that has been told its job; gone afterwards."""
    # By its path and not as a module of ours: it needs none of them, and starts in half the time.
    command = [sys.executable, "-P", str(Path(__file__).with_name("log_reader.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            _tell(process, job)  # not as an argument: those are in everyone's sight, and the URL may hold a password
            yield process
        finally:
            process.kill()


def _one_snapshot(
    processes: list[subprocess.Popen[bytes]],
) -> tuple[int, list[subprocess.Popen[bytes]]]:
    """The change number that all see, and the processes that do; one alone where the store is never still."""
    for _ in range(_TRIES):
        seen = [int(_asked(process, {"do": "begin"})) for process in processes]
        if len(set(seen)) == 1:
            return seen[0], processes
    return seen[0], processes[:1]


def _range(columns: Sequence[str], process: subprocess.Popen[bytes], after: int, last: int) -> pl.DataFrame:
    """The rows of a range of change numbers, in narrow columns as they arrive."""
    import pyarrow as pa

    _tell(process, {"do": "read", "after": after, "last": last})
    schema = _schema(columns)
    try:
        with pa.ipc.open_stream(process.stdout) as stream:
            parts = [pl.DataFrame(pl.from_arrow(batch)).cast(pl.Schema(schema)) for batch in stream]
    except (pa.ArrowInvalid, OSError) as problem:
        raise _failed(process, problem) from None
    return pl.concat([pl.DataFrame(schema=schema), *parts])[1:]  # without the row that told the types


def _tell(process: subprocess.Popen[bytes], what: Mapping[str, object]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(what).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError as problem:
        raise _failed(process, problem) from None


def _asked(process: subprocess.Popen[bytes], what: Mapping[str, object]) -> bytes:
    _tell(process, what)
    assert process.stdout is not None
    answer = process.stdout.readline()
    if not answer:
        raise _failed(process, EOFError("no answer"))
    return answer


def _failed(process: subprocess.Popen[bytes], problem: Exception) -> StoreError:
    assert process.stderr is not None
    process.kill()
    told = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
    why = told[-1] if told else str(problem)
    return StoreError(f"the log could not be read: {why}. Check that the database runs and may be read.")


def _schema(columns: Sequence[str]) -> dict[str, pl.DataType]:
    return {name: LOG_COLUMN.get(name, pl.Int64()) for name in columns}


def order(person: Int32, time: Int64, change: Int64) -> Int64:
    """The order by person, time, change: rows come nearly sorted by the last two, and radix sorts 16 bits at once."""
    order = np.argsort(change, kind="stable")
    order = order[np.argsort(time[order], kind="stable")]
    for digit in (person & 0xFFFF, person >> 16):
        if digit.max(initial=0):
            order = order[np.argsort(digit.astype(np.uint16)[order], kind="stable")]
    return order
