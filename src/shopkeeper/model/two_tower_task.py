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
from shopkeeper.model.full_softmax import full_softmax
from shopkeeper.model.lightgcn_task import Passed, sparse
from shopkeeper.model.neural import Weights
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
        self.text = torch.from_numpy(text)
        self.own_ask, self.own_answer = (nn.Parameter(small((len(text), width), FIRST, rng)) for _ in range(2))
        alike = np.eye(text.shape[1], width, dtype=np.float32) * np.float32(LIKENESS)
        self.ask, self.answer = (nn.Parameter(torch.from_numpy(alike.copy())) for _ in range(2))

    def forward(self) -> tuple[Tensor, Tensor]:
        """(m, d) items as askers and as answers."""
        return (
            torch.addmm(self.own_ask, self.text, self.ask),
            torch.addmm(self.own_answer, self.text, self.answer),
        )


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

    name = "two_tower"

    @classmethod
    def of(cls, empty: TwoTower, sequences: Sequences, items: int, rng: np.random.Generator) -> "TwoTowerTask":
        """With small random weights for every item of the sequences."""
        item, place = np.unique(sequences.item, return_inverse=True)
        placed = Sequences(place.astype(np.int32), sequences.offset)
        towers = Towers(empty.vectors.of(item), empty.config.width, rng)
        first = [towers.text, *(each.detach() for each in towers.parameters())]
        return cls(empty, towers, placed, item, items, fingerprint(empty.config, sequences, *first))

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Sequences in random order, cut where a batch has its steps."""
        return users_in_batches(self.sequences, self.empty.config.steps, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        config = self.empty.config
        some = self.sequences.users(batch)
        given, wanted = some.without_last(1), np.delete(some.item, some.offset[:-1]).astype(np.int64)
        ask, answer = self.network()
        memory = faded(given, config.keep, every_step=True)
        turned = sparse(sp.csr_matrix(memory.T))
        state: Tensor = Passed.apply(ask[torch.from_numpy(given.item.astype(np.int64))], sparse(memory), turned)  # type: ignore[no-untyped-call]
        return full_softmax(dropped(state, config.dropout, rng), answer, torch.from_numpy(wanted), config.softmax_mb)

    def learned(self, weights: Weights) -> TwoTower:
        ask, answer = weights["ask"], weights["answer"]
        text = self.empty.vectors.of(np.arange(self.items, dtype=np.int32))
        query, embedding = text @ ask, text @ answer
        query[self.item] += weights["own_ask"]
        embedding[self.item] += weights["own_answer"]
        cold = np.ones(self.items, bool)
        cold[self.item] = False
        return TwoTower(self.empty.vectors, self.empty.config, query, embedding, ask, answer, cold)
