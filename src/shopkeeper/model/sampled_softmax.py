"""Cross-entropy over a sample of a large catalogue, corrected so that it aims at that of the whole."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from shopkeeper.model.candidate_sampler import Candidates
from shopkeeper.model.full_softmax import EVEN, even_rows, full_softmax, padded, rows_at_once, softmax_kind


class SampledSoftmax(torch.autograd.Function):
    """mean over rows of log(exp(own) + sum over drawn items of exp(logit + excess)) - own, where own is the target's
    logit, and a target that was drawn too counts once.

    `excess` is the correction of Yi et al., Sampling-Bias-Corrected Neural Modeling for Large Corpus Item
    Recommendations, RecSys 2019: minus the log of how often an item was to be drawn. With it the sum is to be expected
    to be that of the whole catalogue. The target is always there, so nothing corrects its own logit.

    `state` (T, d), `item` (k, d), of which the first are the drawn ones, `target` (T,) int64 places in it, `excess`
    (drawn,), `rows` logits at a time; numbers of 16 bits and gradients as in FullSoftmax.
    """

    @staticmethod
    def forward(context: Any, state: Tensor, item: Tensor, target: Tensor, excess: Tensor, rows: int) -> Tensor:
        kind, drawn = softmax_kind(), len(excess)
        rows, more = even_rows(len(state), rows), -drawn % EVEN
        states, items = padded(state.to(kind), rows), padded(item[:drawn].to(kind), EVEN)
        shift = functional.pad(excess.to(kind), (0, more), value=-torch.inf)
        loss = state.new_zeros(())
        of_state, of_drawn, of_item = torch.empty_like(state), torch.zeros_like(item[:drawn]), torch.zeros_like(item)
        turned = items.T.contiguous()
        for start in range(0, len(state), rows):
            span = slice(start, start + rows)
            asked = target[span]
            logit, own = torch.addmm(shift, states[span], turned), torch.linalg.vecdot(state[span], item[asked])
            hit = torch.nonzero(asked < drawn)[:, 0]
            logit[hit, asked[hit]] = -torch.inf
            whole = torch.logaddexp(own, logit[: len(asked)].float().logsumexp(1))
            loss += (whole - own).sum()
            missing = (own - whole).expm1()[:, None]
            chance = logit.sub_(functional.pad(whole, (0, rows - len(asked)))[:, None]).exp_()
            of_state[span] = (chance @ items)[: len(asked)].float() + missing * item[asked]
            of_drawn += (chance.T @ states[span])[:drawn]
            of_item.index_add_(0, asked, missing * state[span])
        of_item[:drawn] += of_drawn
        context.save_for_backward(of_state / len(state), of_item / len(state))
        return loss / len(state)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        of_state, of_item = context.saved_tensors
        return slope * of_state, slope * of_item, None, None, None


def softmax_over(candidates: Candidates, state: Tensor, item: Tensor, wanted: np.ndarray, megabytes: int) -> Tensor:
    """The mean cross-entropy (nats) of `wanted` (T,) items among the candidates, whose vectors are `item` (k, d); with
    at most so many megabytes of logits and chances at once."""
    target = torch.from_numpy(candidates.place(wanted))
    if candidates.item is None:
        return full_softmax(state, item, target, megabytes)
    excess = torch.from_numpy(candidates.excess)
    rows = rows_at_once(megabytes, len(excess))
    loss: Tensor = SampledSoftmax.apply(state, item, target, excess, rows)  # type: ignore[no-untyped-call]
    return loss
