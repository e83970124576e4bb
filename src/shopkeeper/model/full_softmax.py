"""Cross-entropy over the whole catalogue, some rows of logits at a time: they are never all in memory at once."""

from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

EVEN: Final = 32  # rows by which pieces differ in size
LEAST: Final = 1e-30  # chance: what is less likely counts as this, for its logarithm must be finite


class FullSoftmax(torch.autograd.Function):
    """mean over rows of log(sum(exp(state @ item^T))) - the target's logit, as in Klenitskiy and Vasilev, Turning Dross
    into Gold Loss, RecSys 2023.

    Gradients are worked out beside the logits, which are then forgotten: three products in all, and none twice, as in
    Hsu et al., Liger Kernel, 2024. `state` (T, d), `item` (n, d), `target` (T,) int64, `rows` logits at a time. Where
    PyTorch's precision of float32 products is "medium", logits and chances are numbers of 16 bits; sums never are.
    """

    @staticmethod
    def forward(context: Any, state: Tensor, item: Tensor, target: Tensor, rows: int) -> Tensor:
        kind = softmax_kind()
        rows = even_rows(len(state), rows)
        states, items = padded(state.to(kind), rows), item.to(kind)
        turned = items.T.contiguous()  # BLAS would turn them for every piece: 2,000 rows took 40 ms instead of 20
        loss = state.new_zeros(())
        of_state, of_item = torch.empty_like(state), torch.zeros_like(item)
        logit = states.new_empty(rows, len(item))
        chance = torch.empty_like(logit)
        for start in range(0, len(state), rows):
            part, asked = states[start : start + rows], target[start : start + rows]
            torch.mm(part, turned, out=logit)
            torch.softmax(logit, 1, out=chance)
            wanted = (torch.arange(len(asked)), asked)
            reached = chance[wanted].float()
            loss -= reached.clamp_min(LEAST).log().sum()
            chance[wanted] = (reached - 1).to(kind)  # by scatter_, numbers of 16 bits would be copied whole, twice
            of_state[start : start + rows] = (chance @ items)[: len(asked)]
            of_item += chance.T @ part
        context.save_for_backward(of_state / len(state), of_item / len(state))
        return loss / len(state)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, Tensor, None, None]:
        of_state, of_item = context.saved_tensors
        return slope * of_state, slope * of_item, None, None


def full_softmax(state: Tensor, item: Tensor, target: Tensor, megabytes: int) -> Tensor:
    """The mean cross-entropy (nats), with at most so many megabytes of logits and chances at once, or else one row."""
    loss: Tensor = FullSoftmax.apply(state, item, target, rows_at_once(megabytes, len(item)))  # type: ignore[no-untyped-call]
    return loss


def rows_at_once(megabytes: int, items: int) -> int:
    """How many rows of so many items may be worked on at once."""
    return max(megabytes * 2**20 // (2 * 4 * max(items, 1)), 1)  # a logit and a chance each


def even_rows(steps: int, rows: int) -> int:
    """At most so many rows a piece, and the same in each, rounded so that batches of nearly equal length have pieces of
    one size: for each new size of a product, oneDNN builds code, and keeps it, 24 MB for a batch's four products."""
    pieces = -(-steps // rows)
    each = -(-steps // pieces)
    return min(-(-each // EVEN) * EVEN, rows)


def padded(state: Tensor, rows: int) -> Tensor:
    """With rows of zeros behind, which change no product's sum, up to a multiple of `rows`."""
    return functional.pad(state, (0, 0, 0, -len(state) % rows))


def softmax_kind() -> torch.dtype:
    """Of logits and chances, as FullSoftmax says."""
    return torch.bfloat16 if torch.get_float32_matmul_precision() == "medium" else torch.float32
