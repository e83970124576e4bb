"""Encoding processes end with their parent, even one that is killed: each holds a language model of 130 MB."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

PROCESS = Path(__file__).parent / "encode_process.py"


def test_workers_do_not_outlive_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, str(PROCESS)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        workers = [psutil.Process(int(number)) for number in parent.stdout.readline().split()]
        assert len(workers) == 2
        time.sleep(4)  # they have read their code and are at work
        assert all(worker.is_running() for worker in workers)
        parent.kill()
    _, alive = psutil.wait_procs(workers, timeout=20)
    for worker in alive:
        worker.kill()
    assert alive == []
