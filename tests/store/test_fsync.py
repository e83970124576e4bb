"""202 is sent after the log is on the disk, as the system calls of a real server tell; a kill alone cannot show it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from shopkeeper.testing.server import SERVE, make_shop, post_views, serving

STRACE = ("strace", "-f", "-y", "-qq", "-s", "40", "-e", "trace=fsync,fdatasync,pwrite64,write,sendto,writev")
WITHOUT_SYNC = Path(__file__).with_name("serve_without_sync.py")
LOG = "shop.db-wal>"  # as strace -y shows the file
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
        if name == "pwrite64" and LOG in rest:
            written += 1
        if name in _SYNCS and LOG in rest:
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
    ],
)  # fmt: skip
def test_a_trace_is_read_as_it_is_meant(trace: list[str], told: list[bool]) -> None:
    assert acknowledgements(trace) == told


def traced(tmp_path: Path, program: tuple[str, ...]) -> list[bool]:
    """What the system calls say of each acknowledgement of a server that takes events one by one."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; on Debian: apt-get install strace")
    trial = subprocess.run([*STRACE, "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    if trial.returncode:
        pytest.skip(f"strace may not trace here: {trial.stderr.strip()}")
    url, trace = f"sqlite:///{tmp_path / 'shop.db'}", tmp_path / "trace.txt"
    make_shop(tmp_path, url)
    with serving(tmp_path, url, (*STRACE, "-o", str(trace), *program)) as server:
        connection = server.connect()
        assert [post_views(connection, "ann", [f"e{number}"]) for number in range(SENT)] == [202] * SENT
        connection.close()
        server.kill()
    return acknowledgements(trace.read_text(errors="replace").splitlines())


def test_each_acknowledgement_follows_a_sync_of_the_log(tmp_path: Path) -> None:
    assert traced(tmp_path, SERVE) == [True] * SENT


def test_an_acknowledgement_without_a_sync_is_found(tmp_path: Path) -> None:
    assert traced(tmp_path, (sys.executable, str(WITHOUT_SYNC))) == [False] * SENT
