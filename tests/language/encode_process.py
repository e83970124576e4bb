"""Encoding on two processes, for a test that kills their parent: tells their ids, then waits for slow texts."""

import sys
import time
from collections.abc import Sequence
from multiprocessing import active_children
from threading import Thread

import numpy as np
import numpy.typing as npt

from shopkeeper.language import bulk


class SlowEncoder:
    """Never gets done."""

    name, dimension = "slow", 8

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        time.sleep(0.5)
        return np.zeros((len(texts), 8), np.float32)


def tell() -> None:
    while len(active_children()) < 2:
        time.sleep(0.05)
    sys.stdout.write(" ".join(str(child.pid) for child in active_children()) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Thread(target=tell).start()
    bulk.encode_all(SlowEncoder(), [f"text {number}" for number in range(400_000)], processes=2)
