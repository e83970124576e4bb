"""GRU4Rec as PyTorch trains it: its network, first weights, batches and loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bpr_task import fingerprint, small, users_in_batches
from shopkeeper.model.candidate_sampler import CandidateSampler, candidates_of, sampler_of
from shopkeeper.model.frozen_feature import FrozenFeature
from shopkeeper.model.gru4rec import GRU4Rec, GRU4RecConfig, entering
from shopkeeper.model.item_feature import item_features
from shopkeeper.model.item_svd import ItemSVDConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.neural import Weights
from shopkeeper.model.recurrence import Weave
from shopkeeper.model.sampled_softmax import softmax_over
from shopkeeper.model.transformer_task import FIRST, dropped
from shopkeeper.pipeline.lists import Float32, Int64


class Network(nn.Module):
    """An item is a vector of its own plus a projection of its frozen features."""

    def __init__(self, config: GRU4RecConfig, feature: Float32, rng: np.random.Generator) -> None:
        super().__init__()
        self.config, self.feature = config, FrozenFeature(feature)
        width, layers = config.width, config.layers
        self.own = nn.Parameter(small((len(feature), width), FIRST, rng))
        self.projection = nn.Parameter(small((feature.shape[1], width), FIRST, rng))
        self.inward = nn.Parameter(small((layers * 3 * width, width), width**-0.5, rng).view(layers, 3 * width, width))
        self.onward = nn.Parameter(small((layers * 3 * width, width), width**-0.5, rng).view(layers, 3 * width, width))
        self.inward_shift = nn.Parameter(torch.zeros(layers, 3 * width))
        self.onward_shift = nn.Parameter(torch.zeros(layers, 3 * width))

    def items(self, rows: Int64 | None = None) -> Tensor:
        """(k, d) the items of these rows of the catalogue, or all (n_items, d)."""
        return self.feature.projected(self.own, self.projection, rows)

    def forward(self, item: Tensor, taken: Sequences, rng: np.random.Generator | None = None) -> Tensor:
        """(T, d) states after each of T steps, which are rows of `item` (k, d).

        With a generator some values are left out by chance, as training wants it.
        """

        def drop(value: Tensor) -> Tensor:
            return value if rng is None else dropped(value, self.config.dropout, rng)

        weave = Weave.of(taken)
        step = torch.from_numpy(taken.item[weave.order].astype(np.int64))
        state, counts = drop(item[step] * float(entering(self.config))), torch.from_numpy(weave.counts)
        for layer in range(self.config.layers):
            state = drop(self._recurred(PackedSequence(state, counts), layer))
        return state[torch.from_numpy(weave.back)]

    def _recurred(self, entered: PackedSequence, layer: int) -> Tensor:
        """(T, d), as in `recurrence`."""
        weights = [each[layer] for each in (self.inward, self.onward, self.inward_shift, self.onward_shift)]
        before = entered.data.new_zeros(1, int(entered.batch_sizes[0]), self.config.width)
        out: Tensor = torch.gru(entered.data, entered.batch_sizes, before, weights, True, 1, 0.0, False, False)[0]
        return out


@dataclass(frozen=True, slots=True)
class GRU4RecTask:
    """Each step of each sequence but the first is asked for, given those before it."""

    empty: GRU4Rec
    network: Network
    sequences: Sequences
    fingerprint: str
    sampler: CandidateSampler | None  # of a large catalogue

    name = "gru4rec"

    @classmethod
    def of(cls, empty: GRU4Rec, sequences: Sequences, dataset: Dataset, run: Run) -> "GRU4RecTask":
        """With features and first weights for every item of the dataset."""
        config = empty.config
        pairs = ItemSVDConfig(
            factors=config.factors, backward=config.backward, lags=config.pair_lags, gap_days=config.pair_gap_days
        )
        found = item_features(dataset, run, pairs, config.word_factors)
        feature = np.hstack([found.text, found.word, found.before, found.after])
        network = Network(config, feature, run.rng)
        first = [torch.from_numpy(feature), *(each.detach() for each in network.parameters())]
        sampler = sampler_of(sequences, len(feature), config.sampled_beyond, config.samples)
        return cls(empty, network, sequences, fingerprint(config, sequences, *first), sampler)

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Sequences in random order, cut where a batch has its steps."""
        return users_in_batches(self.sequences, self.empty.config.steps, rng)

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        some = self.sequences.users(batch)
        given, wanted = some.without_last(1), np.delete(some.item, some.offset[:-1])
        among = candidates_of(self.sampler, given.item, wanted, rng)
        item = self.network.items(among.item)
        state = self.network(item, replace(given, item=among.place(given.item).astype(np.int32)), rng)
        return softmax_over(among, state, item, wanted, self.empty.config.softmax_mb)

    def learned(self, weights: Weights) -> GRU4Rec:
        embedding = self.network.feature.plain(weights["own"], weights["projection"])
        inward, onward = (np.ascontiguousarray(weights[name].transpose(0, 2, 1)) for name in ("inward", "onward"))
        shifts = (weights["inward_shift"], weights["onward_shift"])
        return GRU4Rec(self.empty.config, embedding, inward, onward, *shifts)
