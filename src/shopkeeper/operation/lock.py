"""One training at a time in a shop's folder: a second one waits, and finds its work done."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from shopkeeper.operation.shop import Shop
from shopkeeper.record import Progress


@contextmanager
def one_at_a_time(shop: Shop, progress: Progress) -> Iterator[None]:
    """Hold the shop's training lock. The system lets go of it when its holder dies, however that happens."""
    with (shop.runs / "train.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another training of this shop", 0, 1)
            fcntl.flock(file, fcntl.LOCK_EX)
            progress("waiting for another training of this shop", 1, 1)
        yield
