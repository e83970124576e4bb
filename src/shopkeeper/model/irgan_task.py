"""The game of IRGAN as PyTorch plays it: both players' tables, what is drawn, and the sum of both losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bpr import BPR
from shopkeeper.model.bpr_task import TwoTables, fingerprint, others, users_in_batches
from shopkeeper.model.irgan import IRGAN
from shopkeeper.model.neural import Weights
from shopkeeper.model.transformer_task import dropped
from shopkeeper.pipeline.lists import Bool, Float32, Int64


class Players(nn.Module):
    """Two tables each, of the same numbers at first."""

    def __init__(self, query: Float32, answer: Float32) -> None:
        super().__init__()
        self.discriminator, self.generator = (
            TwoTables(torch.from_numpy(query.copy()), torch.from_numpy(answer.copy())) for _ in range(2)
        )


@dataclass(frozen=True, slots=True)
class IRGANTask:
    """Each item of each user is asked for, given the others; the generator answers, the discriminator judges."""

    empty: IRGAN
    network: Players
    taken: Sequences
    fingerprint: str

    name = "irgan"

    @classmethod
    def of(cls, empty: IRGAN, before: BPR, taken: Sequences) -> "IRGANTask":
        """Of players that know what `before` knows."""
        players = Players(before.query, before.answer)
        first = [each.detach() for each in players.parameters()]
        return cls(empty, players, taken, fingerprint(empty.config, taken, *first))

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Users in random order, cut where a batch has its pairs."""
        return users_in_batches(self.taken, self.empty.config.pairs, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        config, some = self.empty.config, self.taken.users(batch)
        judge, maker = self.network.discriminator, self.network.generator
        pool = np.sort(rng.permutation(len(judge.answer))[: config.pool])
        told = untaken(some, pool)
        judging, making = (dropped(others(some, each.query), config.dropout, rng) for each in (judge, maker))
        chance = chances(making @ maker.answer[torch.from_numpy(pool)].T / config.temperature, told)
        place = torch.from_numpy(drawn(chance.detach().exp().numpy(), config.drawn, rng))
        real = judge.answer[torch.from_numpy(some.item.astype(np.int64))]
        fake = judge.answer[torch.from_numpy(pool)[place]]
        above = torch.einsum("td,td->t", judging, real)
        behind = torch.einsum("td,tkd->tk", judging, fake) - above[:, None]
        asked = torch.from_numpy(told.any(axis=1))  # who took the whole pool leaves nothing to draw
        return discerned(behind, asked) + rewarded(chance.gather(1, place), behind.detach(), asked)

    def learned(self, weights: Weights) -> IRGAN:
        served = self.empty.config.served
        return IRGAN(self.empty.config, weights[f"{served}.query"], weights[f"{served}.answer"])


def untaken(taken: Sequences, pool: Int64) -> Bool:
    """(T, m) which of the m items of a pool may be drawn for each of T taken ones: those that the user did not take."""
    place = np.minimum(np.searchsorted(pool, taken.item), len(pool) - 1)
    among = pool[place] == taken.item
    free = np.ones((len(taken), len(pool)), bool)
    free[taken.row[among], place[among]] = False
    found: Bool = free[taken.row]
    return found


def chances(logit: Tensor, told: Bool) -> Tensor:
    """(T, m) the logarithms of the generator's chances; what may not be drawn has next to none."""
    return functional.log_softmax(logit.masked_fill(~torch.from_numpy(told), -1e9), 1)


def drawn(chance: Float32, count: int, rng: np.random.Generator) -> Int64:
    """(T, count) places drawn by these chances (T, m), by where random numbers fall among their sums."""
    summed = np.cumsum(chance, axis=1, dtype=np.float64)
    summed /= summed[:, -1:]
    row = np.arange(len(chance))[:, None]
    place = np.searchsorted((summed + row).ravel(), (rng.random((len(chance), count)) + row).ravel(), side="right")
    within: Int64 = np.clip(place.reshape(-1, count) - row * chance.shape[1], 0, chance.shape[1] - 1)
    return within


def discerned(behind: Tensor, asked: Tensor) -> Tensor:
    """The discriminator's mean -log chance that what was taken is the real one of each pair; `behind` (T, k) is how
    much higher it scores what was drawn."""
    each = functional.softplus(behind).mean(1)
    return (each * asked).sum() / asked.sum().clamp_min(1)


def rewarded(chance: Tensor, behind: Tensor, asked: Tensor) -> Tensor:
    """What the generator makes small: -log chance of each draw, times how far its reward lies above the mean one."""
    reward = functional.softplus(behind)
    ahead = reward - reward.mean(1, keepdim=True)
    each = -(ahead * chance).mean(1)
    return (each * asked).sum() / asked.sum().clamp_min(1)
