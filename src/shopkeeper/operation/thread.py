"""Threads: set once for a process, from the settings."""

from threadpoolctl import threadpool_limits


def limit_threads(threads: int) -> None:
    """Let BLAS use this many threads from now on, in this whole process.

    Two libraries that each take all cores slow each other down, text encoding forty-fold.
    """
    threadpool_limits(threads, "blas")
