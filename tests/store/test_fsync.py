"""202 is sent after the log is on the disk, as the system calls of a real server tell; a kill alone cannot show it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from shopkeeper.testing.server import SERVE, make_shop, post_views, serving

STRACE = ("strace", "-f", "-y", "-qq", "-s", "40", "-e", "trace=fsync,fdatasync,pwrite64,write,sendto,writev")
WITHOUT_SYNC = Path(__file__).with_name("serve_without_sync.py")
# As strace -y shows the file, of SQLite or PostgreSQL.
LOG = re.compile(r"/(?:shop\.db-wal|pg_wal/[0-9A-F]{24})>")
_CALL = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<resumed> resumed>)?(?P<rest>.*)$")
_SYNCS = ("fsync", "fdatasync")
SENT = 12


def acknowledgements(trace: Iterable[str]) -> list[bool]:
    """For each 202 in a trace of strace: whether the log was written since the last one, and all of it synced.

    A sync counts once it has returned 0, and for what was written before it began.
    """
    told: list[bool] = []
    begun: dict[str, int] = {}  # by thread: how much was written when its sync began
    written = synced = last = 0
    for line in trace:
        call = _CALL.match(line)
        if call is None:
            continue
        thread, name, rest = call["thread"], call["name"], call["rest"]
        if name == "pwrite64" and LOG.search(rest):
            written += 1
        if name in _SYNCS and LOG.search(rest):
            begun[thread] = written
        if name in _SYNCS and rest.endswith("= 0"):
            synced = max(synced, begun.pop(thread, 0))
        if "HTTP/1.1 202" in rest:
            told.append(last < written == synced)
            last = written
    return told


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (["7 pwrite64(3</s/shop.db-wal>, ...) = 9", "7 fdatasync(3</s/shop.db-wal>) = 0",
          '7 sendto(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [True]),
        (["7 pwrite64(3</s/shop.db-wal>, ...) = 9", '7 sendto(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22',
          "7 fdatasync(3</s/shop.db-wal>) = 0"], [False]),
        (["7 pwrite64(3</s/shop.db-wal>, ...) = 9", "7 fsync(3</s/shop.db-wal> <unfinished ...>",
          '8 sendto(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22', "7 <... fsync resumed>) = 0"], [False]),
        (["7 pwrite64(3</s/shop.db-wal>, ...) = 9", "7 fsync(3</s/shop.db-wal> <unfinished ...>",
          "8 pwrite64(3</s/shop.db-wal>, ...) = 9", "7 <... fsync resumed>) = 0",
          '7 write(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [False]),
        (["7 pwrite64(3</s/shop.db-wal>, ...) = 9", "7 fsync(3</s/shop.db-wal>) = -1 EIO (Input/output error)",
          '7 write(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [False]),
        (["7 pwrite64(3</s/shop.db>, ...) = 9", "7 fsync(3</s/shop.db>) = 0",
          '7 write(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [False]),
        (["8 pwrite64(3</p/pg_wal/00000001000000000000000A>, ...) = 9",
          "8 fdatasync(3</p/pg_wal/00000001000000000000000A>) = 0",
          '7 write(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [True]),
        (["8 pwrite64(3</p/pg_wal/00000001000000000000000A>, ...) = 9", "8 fdatasync(3</p/base/5/2619>) = 0",
          '7 write(5<socket:[1]>, "HTTP/1.1 202 Accepted", 22) = 22'], [False]),
    ],
)  # fmt: skip
def test_a_trace_is_read_as_it_is_meant(trace: list[str], told: list[bool]) -> None:
    assert acknowledgements(trace) == told


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


def traced(folder: Path, url: str, program: tuple[str, ...]) -> list[bool]:
    """What the system calls say of each acknowledgement of a server that takes events one by one."""
    attached = [word for process in postgres_processes(url) for word in ("-p", str(process))]
    skip_without_strace(attached[:2])
    trace = folder / "trace.txt"
    make_shop(folder, url)
    with serving(folder, url, (*STRACE, *attached, "-o", str(trace), *program)) as server:
        connection = server.connect()
        assert [post_views(connection, "ann", [f"e{number}"]) for number in range(SENT)] == [202] * SENT
        connection.close()
        server.kill()
    return acknowledgements(trace.read_text(errors="replace").splitlines())


def postgres_processes(url: str) -> list[int]:
    """The server's first process, which makes one for each connection, and those that write its log beside them."""
    if url.startswith("sqlite"):
        return []
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        first = connection.scalar(sa.text("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)"))
        others = connection.scalars(sa.text("SELECT pid FROM pg_stat_activity WHERE backend_type <> 'client backend'"))
        found = [int(process) for process in (first, *others)]
    engine.dispose()
    return found


def skip_without_strace(attached: Sequence[str]) -> None:
    """Where there is no strace, or it may not trace: a program of its own, and a process that runs already."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; on Debian: apt-get install strace")
    for what in filter(None, (("true",), attached)):
        command = [*STRACE, "-o", os.devnull, *what]
        try:
            trial = subprocess.run(command, capture_output=True, text=True, timeout=1, check=False)
        except subprocess.TimeoutExpired:  # it traces, and would do so for ever
            continue
        if trial.returncode:
            pytest.skip(f"strace may not trace here: {trial.stderr.strip()}")


def test_each_acknowledgement_follows_a_sync_of_the_log(tmp_path: Path, url: str) -> None:
    assert traced(tmp_path, url, SERVE) == [True] * SENT


def test_an_acknowledgement_without_a_sync_is_found(tmp_path: Path, url: str) -> None:
    """Not at every one: PostgreSQL's log is also synced a few times a second, whoever waits."""
    assert not all(traced(tmp_path, url, (sys.executable, str(WITHOUT_SYNC))))
