"""BPR as PyTorch trains it: users as sums over what they took, pairs of a taken and an untaken item, and their loss."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bpr import BPR
from shopkeeper.model.neural import Weights
from shopkeeper.model.transformer_task import dropped
from shopkeeper.pipeline.lists import Int64


class TwoTables(nn.Module):
    """What items are as askers and as answers, (n_items, width) each."""

    def __init__(self, query: Tensor, answer: Tensor) -> None:
        super().__init__()
        self.query, self.answer = nn.Parameter(query), nn.Parameter(answer)


@dataclass(frozen=True, slots=True)
class BPRTask:
    """Each item of each user is asked for, given the others."""

    empty: BPR
    network: TwoTables
    taken: Sequences
    fingerprint: str

    name = "bpr"

    @classmethod
    def of(cls, empty: BPR, taken: Sequences, items: int, rng: np.random.Generator) -> "BPRTask":
        """With small random weights for every item."""
        shape = (items, empty.config.width)
        query, answer = (small(shape, empty.config.first, rng) for _ in range(2))
        return cls(empty, TwoTables(query, answer), taken, fingerprint(empty.config, taken, query, answer))

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Users in random order, cut where a batch has its pairs."""
        return users_in_batches(self.taken, self.empty.config.pairs, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        some = self.taken.users(batch)
        query, answer = self.network.query, self.network.answer
        state = dropped(others(some, query), self.empty.config.dropout, rng)
        untaken = negatives(some, len(answer), self.empty.config.negatives, rng)
        return pairwise(state, answer, some, untaken)

    def learned(self, weights: Weights) -> BPR:
        return BPR(self.empty.config, weights["query"], weights["answer"])


def small(shape: tuple[int, int], deviation: float, rng: np.random.Generator) -> Tensor:
    """Random numbers around 0."""
    return torch.from_numpy(rng.standard_normal(shape, np.float32) * np.float32(deviation))


def fingerprint(config: object, taken: Sequences, *weights: Tensor) -> str:
    """Equal for equal configs (dataclasses), data and first weights."""
    digest = blake2b(repr(asdict(config)).encode(), digest_size=16)  # type: ignore[call-overload]
    digest.update(taken.item.tobytes() + taken.offset.tobytes())
    for each in weights:
        digest.update(each.numpy().tobytes())
    return digest.hexdigest()


def users_in_batches(taken: Sequences, pairs: int, rng: np.random.Generator) -> list[Int64]:
    """Users in random order, in batches of about so many taken items."""
    order = rng.permutation(len(taken))
    count = np.cumsum(np.diff(taken.offset)[order])
    batches = max(round(count[-1] / pairs), 1)
    cuts = np.searchsorted(count, count[-1] * np.arange(1, batches) / batches)
    return [each for each in np.split(order, cuts) if len(each)]


def others(taken: Sequences, query: Tensor) -> Tensor:
    """(T, width) for each of T taken items what its user's other items ask: their sum over the root of how many."""
    row, item = torch.from_numpy(taken.row), torch.from_numpy(taken.item.astype(np.int64))
    each = query[item]
    summed = each.new_zeros(len(taken), query.shape[1]).index_add(0, row, each)
    count = torch.from_numpy(np.diff(taken.offset)[taken.row] - 1.0).float()
    return (summed[row] - each) * count.clamp_min(1).rsqrt()[:, None]


def negatives(taken: Sequences, items: int, count: int, rng: np.random.Generator) -> Int64:
    """(T, count) random items for each of T taken ones; -1 where the user took what was drawn."""
    drawn = rng.integers(0, items, (len(taken.item), count))
    key = np.sort(taken.row * np.int64(items) + taken.item)
    wanted = taken.row[:, None] * np.int64(items) + drawn
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[place] == wanted, -1, drawn)


def pairwise(state: Tensor, answer: Tensor, taken: Sequences, untaken: Int64) -> Tensor:
    """The mean over pairs of -log(sigmoid(score of the taken - score of the untaken))."""
    wanted = answer[torch.from_numpy(taken.item.astype(np.int64))]
    other = torch.from_numpy(untaken)
    reached = torch.einsum("td,td->t", state, wanted)[:, None]
    instead = torch.einsum("td,tkd->tk", state, answer[other.clamp_min(0)])
    told = other >= 0
    loss: Tensor = (functional.softplus(instead - reached) * told).sum() / told.sum().clamp_min(1)
    return loss
