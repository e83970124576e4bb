"""Reading what models learn from: row by row from a short log, through Arrow and by two processes from a long one.

Python makes an object of every value that its own database drivers give out, 6 µs a row. ADBC's drivers write columns.
They work in processes of their own: theirs is a second SQLite in this one, and when either closes the file, POSIX drops
the locks of both (https://www.sqlite.org/howtocorrupt.html, 2.2.1).

Even they take 0.15 µs for a value, and twice that for a null. So two small numbers travel as one, nothing is null, and
the change number does not travel: rows come in its order.
"""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.error import StoreError
from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.database import Database
from shopkeeper.store.frame import LEARNED_COLUMN
from shopkeeper.store.sqlite import Sqlite

LONG: Final = 300_000  # events; a shorter log is read before two processes have started
READERS: Final = 2  # processes
_TRIES: Final = 50  # to begin all of them at one change number, while others write
_RETURN: Final = EVENT_CODE[EventType.RETURN]
_PIPE: Final = 1 << 20  # bytes: a row is some 50, and each time that a pipe is full both of its ends stop
_NOTHING: Final = -1.0  # no rating and no share is below 0
_TYPE_BITS: Final = 5  # beside microseconds up to the year 10000
_ITEM_BITS: Final = 32
# What travels, in the SQL of both databases, and how it arrives.
_PACKED: Final = {
    "place": f"(CAST(person AS BIGINT) << {_ITEM_BITS}) | item_index",
    "act": f"(time << {_TYPE_BITS}) | type",
    "session_id": "coalesce(session_id, '')",
    "told": f"coalesce(CASE type WHEN {_RETURN} THEN share ELSE rating END, {_NOTHING})",
}
_ARRIVING: Final = {
    "place": pl.Int64(),
    "act": pl.Int64(),
    "session_id": pl.String(),
    "told": pl.Float64(),
}

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]


def read_learned(database: Database, before: int | None) -> pl.DataFrame:
    """LEARNED_COLUMN of shoppers' acts on items before a time, sorted by person, time and change number."""
    condition = "mark = 0 AND item_index IS NOT NULL"
    condition = condition if before is None else f"{condition} AND time < {int(before)}"
    log = _read_long(database, condition) if _is_long(database) else _read_short(database, condition)
    return log[order(log["person"].to_numpy(), log["time"].to_numpy())]


def _is_long(database: Database) -> bool:
    # Change numbers are given to items too, but there are seldom more of them than of events.
    with database.read() as reading:
        return bool(reading.rows("SELECT value FROM counter WHERE name = 'change'")[0][0] > LONG)


def _read_short(database: Database, condition: str) -> pl.DataFrame:
    columns = ", ".join(f"{sql} AS {name}" for name, sql in _PACKED.items())
    with database.read() as reading:
        return _unpacked(reading.fetch(f"SELECT {columns} FROM event WHERE {condition} ORDER BY change", _ARRIVING))


def _read_long(database: Database, condition: str) -> pl.DataFrame:
    """Each process reads a range of change numbers, all of one snapshot of the store."""
    job = {
        "sqlite": isinstance(database.dialect, Sqlite),
        "address": database.address,
        "columns": _PACKED,
        "condition": condition,
    }
    with ExitStack() as stack:
        processes = [stack.enter_context(_reader(job)) for _ in range(READERS)]
        last, processes = _one_snapshot(processes)
        edges = np.linspace(-1, last, len(processes) + 1).astype(np.int64).tolist()
        with ThreadPoolExecutor(len(processes)) as threads:
            return pl.concat(threads.map(_range, processes, edges[:-1], edges[1:]))


def _unpacked(rows: pl.DataFrame) -> pl.DataFrame:
    """LEARNED_COLUMN of rows as they arrive."""
    place, act = rows["place"].to_numpy(), rows["act"].to_numpy()
    return pl.DataFrame(
        {
            "person": (place >> _ITEM_BITS).astype(np.int32),
            "item_index": (place & ((1 << _ITEM_BITS) - 1)).astype(np.int32),
            "type": (act & ((1 << _TYPE_BITS) - 1)).astype(np.uint8),
            "time": act >> _TYPE_BITS,
            "session": rows.select(pl.when(pl.col("session_id") != "").then(pl.col("session_id").hash(0)).otherwise(0)),
            "told": rows.select(pl.col("told").replace(_NOTHING, float("nan"))),
        }
    )


@contextmanager
def _reader(job: Mapping[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of log_reader.py that has been told its job; gone afterwards."""
    # By its path and not as a module of ours: it needs none of them, and starts in half the time.
    command = [sys.executable, "-P", str(Path(__file__).with_name("log_reader.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            widen(process.stdout)
            _tell(process, job)  # not as an argument: those are in everyone's sight, and the URL may hold a password
            yield process
        finally:
            process.kill()


def widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold more, where the system knows how and the user may; without it, all is only slower."""
    size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if pipe is not None and size is not None:
        with suppress(OSError):
            fcntl.fcntl(pipe, size, _PIPE)


def _one_snapshot(
    processes: list[subprocess.Popen[bytes]],
) -> tuple[int, list[subprocess.Popen[bytes]]]:
    """The change number that all see, and the processes that do; one alone where the store is never still."""
    for _ in range(_TRIES):
        seen = [int(_asked(process, {"do": "begin"})) for process in processes]
        if len(set(seen)) == 1:
            return seen[0], processes
    return seen[0], processes[:1]


def _range(process: subprocess.Popen[bytes], after: int, last: int) -> pl.DataFrame:
    """The rows of a range of change numbers, unpacked as they arrive."""
    import pyarrow as pa

    _tell(process, {"do": "read", "after": after, "last": last})
    try:
        with pa.ipc.open_stream(process.stdout) as stream:
            parts = [_unpacked(pl.DataFrame(pl.from_arrow(batch)).cast(pl.Schema(_ARRIVING))) for batch in stream]
    except (pa.ArrowInvalid, OSError) as problem:
        raise _failed(process, problem) from None
    return pl.concat([pl.DataFrame(schema=LEARNED_COLUMN), *parts])


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


def order(person: Int32, time: Int64) -> Int64:
    """The order by person and time; rows come nearly sorted by the latter, and radix sorts 16 bits at once."""
    order = np.argsort(time, kind="stable")
    for digit in (person & 0xFFFF, person >> 16):
        if digit.max(initial=0):
            order = order[np.argsort(digit.astype(np.uint16)[order], kind="stable")]
    return order
