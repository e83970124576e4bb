"""The two towers as PyTorch trains them: their weights, batches, and the loss over the items that anybody took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bpr_task import fingerprint, small, users_in_batches
from shopkeeper.model.candidate_sampler import CandidateSampler, candidates_of, sampler_of
from shopkeeper.model.frozen_feature import FrozenFeature
from shopkeeper.model.lightgcn_task import Passed, sparse
from shopkeeper.model.neural import Weights
from shopkeeper.model.sampled_softmax import softmax_over
from shopkeeper.model.transformer_task import FIRST, dropped
from shopkeeper.model.two_tower import TwoTower, faded
from shopkeeper.pipeline.lists import Float32, Int32, Int64

# First projections are the same in both towers, so that training begins at what texts have in common: logits are
# LIKENESS^2 times the cosine of a text with the history's. Begun at random, cold items were found half as often.
LIKENESS: Final = 3.0


class Towers(nn.Module):
    """Of m items that anybody took: own vectors for asking and answering, and projections of their texts."""

    def __init__(self, text: Float32, width: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.text = FrozenFeature(text)
        self.own_ask, self.own_answer = (nn.Parameter(small((len(text), width), FIRST, rng)) for _ in range(2))
        alike = np.eye(text.shape[1], width, dtype=np.float32) * np.float32(LIKENESS)
        self.ask, self.answer = (nn.Parameter(torch.from_numpy(alike.copy())) for _ in range(2))

    def forward(self, rows: Int64 | None = None) -> tuple[Tensor, Tensor]:
        """(k, d) the items of these rows, or all (m, d), as askers and as answers."""
        told = ((self.own_ask, self.ask), (self.own_answer, self.answer))
        ask, answer = (self.text.projected(own, projection, rows) for own, projection in told)
        return ask, answer


@dataclass(frozen=True, slots=True)
class TwoTowerTask:
    """Each step of each sequence but the first is asked for, given those before it. `item` (m,) are those taken by
    anybody, `sequences` are of their places in it."""

    empty: TwoTower
    network: Towers
    sequences: Sequences
    item: Int32
    items: int
    fingerprint: str
    sampler: CandidateSampler | None  # of a large catalogue

    name = "two_tower"

    @classmethod
    def of(cls, empty: TwoTower, sequences: Sequences, items: int, rng: np.random.Generator) -> "TwoTowerTask":
        """With small random weights for every item of the sequences."""
        item, place = np.unique(sequences.item, return_inverse=True)
        placed = Sequences(place.astype(np.int32), sequences.offset)
        text = empty.vectors.of(item)
        towers = Towers(text, empty.config.width, rng)
        first = [torch.from_numpy(text), *(each.detach() for each in towers.parameters())]
        sampler = sampler_of(placed, len(item), empty.config.sampled_beyond, empty.config.samples)
        return cls(empty, towers, placed, item, items, fingerprint(empty.config, sequences, *first), sampler)

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Sequences in random order, cut where a batch has its steps."""
        return users_in_batches(self.sequences, self.empty.config.steps, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        config = self.empty.config
        some = self.sequences.users(batch)
        given, wanted = some.without_last(1), np.delete(some.item, some.offset[:-1])
        among = candidates_of(self.sampler, given.item, wanted, rng)
        ask, answer = self.network(among.item)
        memory = faded(given, config.keep, every_step=True)
        turned = sparse(sp.csr_matrix(memory.T))
        state: Tensor = Passed.apply(ask[torch.from_numpy(among.place(given.item))], sparse(memory), turned)  # type: ignore[no-untyped-call]
        return softmax_over(among, dropped(state, config.dropout, rng), answer, wanted, config.softmax_mb)

    def learned(self, weights: Weights) -> TwoTower:
        ask, answer = weights["ask"], weights["answer"]
        text = self.empty.vectors.of(np.arange(self.items, dtype=np.int32))
        query, embedding = text @ ask, text @ answer
        query[self.item] += weights["own_ask"]
        embedding[self.item] += weights["own_answer"]
        cold = np.ones(self.items, bool)
        cold[self.item] = False
        return TwoTower(self.empty.vectors, self.empty.config, query, embedding, ask, answer, cold)
