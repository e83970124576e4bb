"""Reading ahead: while one thing is used, another thread makes the next. Polars and files leave Python to others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Thing = TypeVar("Thing")

_NO_MORE: Final = object()


def ahead(things: Iterator[Thing]) -> Iterator[Thing]:
    """The same things in the same order, at most one of them made before it is asked for; errors come in their place.

    Nothing but the next thing is under way when the caller stops.
    """
    with ThreadPoolExecutor(1, "reading ahead") as thread:
        coming = thread.submit(next, things, _NO_MORE)
        while (thing := coming.result()) is not _NO_MORE:
            coming = thread.submit(next, things, _NO_MORE)
            yield thing  # type: ignore[misc]  # mypy does not tell a sentinel from the rest
