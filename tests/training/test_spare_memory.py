"""Memory given back: what a process holds falls by what it had freed."""

import ctypes
import subprocess
import sys

import pytest

HOLED = """
import psutil
from shopkeeper.training.spare_memory import let_go
kept = [bytearray(60_000) for _ in range(2_000)]  # 120 MB, too small each for a mapping of its own
del kept[::2], kept[:-1]  # the last one stays, and the heap with it
before = psutil.Process().memory_info().rss
let_go()
print((before - psutil.Process().memory_info().rss) // 10**6)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc knows how")
def test_a_heap_with_holes_shrinks() -> None:
    told = subprocess.run([sys.executable, "-c", HOLED], capture_output=True, text=True, check=True)
    assert int(told.stdout) > 80
