"""One training, and one import, at a time in a shop's folder: a second one waits, and may find its work done."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from shopkeeper.operation.shop import Shop
from shopkeeper.record import Progress


@contextmanager
def one_at_a_time(shop: Shop, progress: Progress, work: str = "training") -> Iterator[None]:
    """Hold the shop's lock for a kind of work. The system lets go of it when its holder dies, however that happens."""
    waiting = f"waiting for another {work} of this shop"
    with (shop.runs / f"{work}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(waiting, 0, 1)
            fcntl.flock(file, fcntl.LOCK_EX)
            progress(waiting, 1, 1)
        yield
