"""Threads: set once for a process, from the settings."""

import sys

from threadpoolctl import threadpool_limits

# A search holds the interpreter for milliseconds; at Python's 5 ms the event loop would queue behind it.
_SWITCH_SECONDS = 0.0005


def limit_threads(threads: int) -> None:
    """Let BLAS use this many threads from now on, in this whole process; Python's own take turns quickly.

    Two libraries that each take all cores slow each other down, text encoding forty-fold.
    """
    threadpool_limits(threads, "blas")
    sys.setswitchinterval(_SWITCH_SECONDS)
