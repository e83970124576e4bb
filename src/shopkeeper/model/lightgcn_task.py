"""LightGCN as PyTorch trains it: layers are products with a sparse matrix; the loss is that of BPR."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bpr_task import fingerprint, negatives, others, pairwise, small, users_in_batches
from shopkeeper.model.lightgcn import LightGCN
from shopkeeper.model.neural import Weights
from shopkeeper.model.taken import matrix_of
from shopkeeper.model.transformer_task import dropped
from shopkeeper.pipeline.lists import Int64


class Passed(torch.autograd.Function):
    """matrix @ dense for a constant sparse matrix; `turned` is its transpose, by which gradients go back."""

    @staticmethod
    def forward(context: Any, dense: Tensor, matrix: Tensor, turned: Tensor) -> Tensor:
        context.turned = turned
        return matrix @ dense

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        return context.turned @ slope, None, None


class Graph(nn.Module):
    """Items' own vectors (n_items, width), and the normalised matrix of who took what."""

    def __init__(self, own: Tensor, taken: sp.csr_matrix, layers: int) -> None:
        super().__init__()
        self.own, self.layers = nn.Parameter(own), layers
        degree = [np.maximum(np.asarray(taken.sum(axis=axis)).ravel(), 1).astype(np.float32) for axis in (1, 0)]
        users, items = (sp.diags_array(each**-0.5) for each in degree)
        normal = users @ taken @ items
        self.to_users, self.to_items = sparse(sp.csr_matrix(normal)), sparse(sp.csr_matrix(normal.T))
        self.passes_on = torch.from_numpy(degree[1] ** -0.5)[:, None]

    def forward(self) -> tuple[Tensor, Tensor]:
        """(n_items, width) each: what items pass on to a user, and the sum of their layers.

        Users have no layer 0: items hear something at layers 2, 4, ..., and users at 1, 3, ...
        """
        item = self.own
        passed, answer = item, item
        for layer in range(2, self.layers + 1, 2):
            user = Passed.apply(item, self.to_users, self.to_items)  # type: ignore[no-untyped-call]
            item = Passed.apply(user, self.to_items, self.to_users)  # type: ignore[no-untyped-call]
            answer = answer + item
            if layer < self.layers:
                passed = passed + item
        return passed * self.passes_on, answer


def sparse(matrix: sp.csr_matrix) -> Tensor:
    """As PyTorch holds it."""
    start, item = (torch.from_numpy(each.astype(np.int64)) for each in (matrix.indptr, matrix.indices))
    value = torch.from_numpy(matrix.data.astype(np.float32))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
        return torch.sparse_csr_tensor(start, item, value, matrix.shape, check_invariants=False)


@dataclass(frozen=True, slots=True)
class LightGCNTask:
    """Each item of each user is asked for, given the others."""

    empty: LightGCN
    network: Graph
    taken: Sequences
    fingerprint: str

    name = "lightgcn"

    @classmethod
    def of(cls, empty: LightGCN, taken: Sequences, items: int, rng: np.random.Generator) -> "LightGCNTask":
        """With small random weights for every item."""
        own = small((items, empty.config.width), empty.config.first, rng)
        graph = Graph(own, matrix_of(taken, items), empty.config.layers)
        return cls(empty, graph, taken, fingerprint(empty.config, taken, own))

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Users in random order, cut where a batch has its pairs."""
        return users_in_batches(self.taken, self.empty.config.pairs, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        some = self.taken.users(batch)
        query, answer = self.network()
        state = dropped(others(some, query), self.empty.config.dropout, rng)
        untaken = negatives(some, len(answer), self.empty.config.negatives, rng)
        return pairwise(state, answer, some, untaken)

    def learned(self, weights: Weights) -> LightGCN:
        """Passes the weights along the graph once; they need not be the network's own."""
        with torch.no_grad():
            own = torch.from_numpy(np.array(weights["own"]))
            query, answer = torch.func.functional_call(self.network, {"own": own}, ())
        return LightGCN(self.empty.config, query.numpy(), answer.numpy())
