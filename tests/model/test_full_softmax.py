"""Cross-entropy over a catalogue: PyTorch's own figures, in pieces, and in little memory."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from shopkeeper.model.full_softmax import FullSoftmax

PROBE = """
import resource, torch
from shopkeeper.model.full_softmax import full_softmax
torch.set_num_threads(1)
rows, items = 2_000, 60_000
state, item = torch.randn(rows, 4, requires_grad=True), torch.randn(items, 4, requires_grad=True)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
full_softmax(state, item, torch.arange(rows), megabytes=8).backward()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before)
"""


def ours_in_pieces(rows: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def loss(state: Tensor, item: Tensor, target: Tensor) -> Tensor:
        told: Tensor = FullSoftmax.apply(state, item, target, rows)  # type: ignore[no-untyped-call]
        return told

    return loss


def theirs_in_one(state: Tensor, item: Tensor, target: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(state @ item.T, target)


@pytest.mark.parametrize("rows", [1, 3, 7, 50])
def test_pieces_give_the_loss_and_the_gradients_of_the_whole(rows: int) -> None:
    make = torch.Generator().manual_seed(0)
    state, item = torch.randn(7, 5, generator=make), torch.randn(11, 5, generator=make)
    target = torch.tensor([0, 10, 3, 3, 5, 1, 0])
    told = []
    for loss_of in (ours_in_pieces(rows), theirs_in_one):
        x, e = state.clone().requires_grad_(), item.clone().requires_grad_()
        loss = 3 * loss_of(x, e, target)
        loss.backward()  # type: ignore[no-untyped-call]
        assert x.grad is not None
        assert e.grad is not None
        told.append((loss.detach().numpy(), x.grad.numpy(), e.grad.numpy()))
    for ours, theirs in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_large_logits_do_not_overflow() -> None:
    state, item = torch.tensor([[100.0]]), torch.tensor([[1.0], [-1.0], [0.99]])
    loss = float(ours_in_pieces(1)(state, item, torch.tensor([0])))
    assert loss == pytest.approx(np.log(1 + np.exp(-1)), rel=1e-4)


def test_logits_are_never_all_in_memory() -> None:
    # All of them would take 480 MB.
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # kB
