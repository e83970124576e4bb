"""An epoch's floor: the matrix products that it cannot do without, beside its real steps; in a process of its own.

`python -m shopkeeper.operation.benchmark.training_floor DATA THREADS`
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from shopkeeper.evaluation.leave_one_out import MAX_LENGTH
from shopkeeper.model.full_softmax import rows_at_once, softmax_kind
from shopkeeper.model.packing import Packing
from shopkeeper.model.transformer import TransformerConfig
from shopkeeper.operation.benchmark.training_growth import task_of
from shopkeeper.operation.benchmark.training_job import SEED, Job
from shopkeeper.training.network_trainer import on_machine
from shopkeeper.training.session import Session
from shopkeeper.training.trainer_config import TrainerConfig

STEPS: Final = 30  # that are timed, in turns with their products
WARM: Final = 3  # before them


@dataclass(frozen=True, slots=True)
class Product:
    """`times` products of `many` matrices (m, k) with (k, n), of numbers of the softmax's kind where `short`."""

    times: int
    many: int
    m: int
    k: int
    n: int
    short: bool = False

    def three(self) -> "Iterator[Product]":
        """Itself, and the two of its gradients."""
        yield self
        yield Product(self.times, self.many, self.m, self.n, self.k, self.short)
        yield Product(self.times, self.many, self.k, self.m, self.n, self.short)


def products(config: TransformerConfig, given: Sequence[Packing], items: int) -> list[Product]:
    """Those of one step, forward and back: `given` are the packings of its batch."""
    width, layers, heads, steps = config.width, config.layers, config.heads, sum(each.steps for each in given)
    plain = [
        Product(layers, 1, steps, width, 3 * width),
        Product(layers, 1, steps, width, width),
        Product(layers, 1, steps, width, config.hidden),
        Product(layers, 1, steps, config.hidden, width),
    ]
    for each in given:
        many, wide = -(-each.steps // each.size) * heads, width // heads  # without blocks that are empty
        plain.append(Product(layers, many, each.size, wide, 2 * each.size))
        plain.append(Product(layers, many, each.size, 2 * each.size, wide))
    rows = rows_at_once(config.softmax_mb, items)
    pieces = [(steps // rows, rows), (1, steps % rows)]
    plain += [Product(times, 1, size, width, items, short=True) for times, size in pieces if times and size]
    return [one for each in plain for one in each.three()]


class Bare:
    """Multiplies; memory is had before."""

    def __init__(self) -> None:
        self._ready: dict[Product, tuple[Tensor, Tensor, Tensor]] = {}

    def seconds(self, wanted: Sequence[Product], kind: torch.dtype) -> float:
        """Processor seconds of these products, those of the softmax in numbers of this kind."""
        ready = [(each, self._of(each, kind)) for each in wanted]
        began = time.process_time()
        for each, (left, right, out) in ready:
            for _ in range(each.times):
                torch.matmul(left, right, out=out)
        return time.process_time() - began

    def _of(self, product: Product, kind: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
        shapes = ((product.m, product.k), (product.k, product.n), (product.m, product.n))
        found = self._ready.get(product)
        if found is None:
            of = kind if product.short else torch.float32
            many = (product.many,) if product.many > 1 else ()
            left, right, out = (torch.ones((*many, *shape), dtype=of) for shape in shapes)
            found = self._ready[product] = left, right, out
        return found


def main(folder: str, threads: str) -> None:
    job, rng = Job.of(Path(folder)), np.random.default_rng(SEED)
    items = len(job.items)
    task = task_of(job.questions.known.tail(MAX_LENGTH + 1), items, rng)
    config = task.empty.config
    with on_machine(int(threads), None):
        session, kind = Session(TrainerConfig(), task, SEED), softmax_kind()
        batches, short, plain = session.batches(), Bare(), Bare()
        warm = min(WARM, len(batches) - 1)  # a tiny folder has one batch
        told = np.zeros(3)
        for number, batch in enumerate(batches[: WARM + STEPS]):
            given = Packing.by_length(task.given(batch))
            wanted = products(config, given, items)
            began = time.process_time()
            session.step(batch)
            step = time.process_time() - began
            spent = (step, short.seconds(wanted, kind), plain.seconds(wanted, torch.float32))
            told += np.array(spent) * (number >= warm)
    epoch, floor, floor_32 = told / (min(len(batches), WARM + STEPS) - warm) * len(batches)
    sys.stdout.write(json.dumps({"epoch": epoch, "floor": floor, "floor_32": floor_32, "kind": str(kind)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
