"""The transformer as PyTorch trains it: the network of `attention`, its first weights, its batches and its loss."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.model.attention import EPSILON, NEVER
from shopkeeper.model.full_softmax import full_softmax
from shopkeeper.model.item_feature import item_features
from shopkeeper.model.item_svd import ItemSVDConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.neural import Weights
from shopkeeper.model.packing import Packing
from shopkeeper.model.transformer import NETWORK, Transformer, TransformerConfig
from shopkeeper.pipeline.lists import Float32, Int64

# Standard deviation of items' first weights; Radford et al., Language Models are Unsupervised Multitask Learners, 2019.
FIRST: Final = 0.02


class Network(nn.Module):
    """An item is a vector of its own plus a projection of its frozen features; steps pass the layers of `attention`."""

    def __init__(self, config: TransformerConfig, first: Weights, feature: Float32) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.ParameterDict({name: nn.Parameter(torch.from_numpy(each)) for name, each in first.items()})
        self.feature = torch.from_numpy(feature)

    def items(self) -> Tensor:
        """(n_items, d)."""
        return torch.addmm(self.weight["own"], self.feature, self.weight["projection"])

    def forward(self, item: Tensor, taken: Int64, packing: Packing, rng: np.random.Generator | None = None) -> Tensor:
        """(T, d) states after each of T steps; `item` (n_items, d), `taken` (T,) rows of it.

        With a generator some values are left out by chance, as training wants it.
        """
        weight = self.weight

        def drop(value: Tensor) -> Tensor:
            return value if rng is None else dropped(value, self.config.dropout, rng)

        seen, lag = torch.from_numpy(packing.seen[:, None]), torch.from_numpy(packing.lag)
        state = drop(item[torch.from_numpy(taken)] * self.config.width**0.5)
        for layer in range(self.config.layers):
            bias = torch.where(seen, weight["lag"][layer][:, lag], float(NEVER))
            state = state + drop(self._attention(self._normed(state, layer, 0), layer, bias, packing))
            inner = torch.addmm(weight["inner_shift"][layer], self._normed(state, layer, 1), weight["inner"][layer])
            outer = torch.addmm(weight["outer_shift"][layer], drop(inner.relu()), weight["outer"][layer])
            state = state + drop(outer)
        return functional.layer_norm(state, state.shape[1:], weight["last_scale"], weight["last_shift"], EPSILON)

    def _normed(self, state: Tensor, layer: int, half: int) -> Tensor:
        scale, shift = self.weight["norm_scale"][layer, half], self.weight["norm_shift"][layer, half]
        return functional.layer_norm(state, state.shape[1:], scale, shift, EPSILON)

    def _attention(self, normed: Tensor, layer: int, bias: Tensor, packing: Packing) -> Tensor:
        """(T, d), as in `attention`."""
        mix, width = self.weight["mix"][layer], self.config.width
        whole = functional.pad(normed, (0, 0, 0, packing.blocks * packing.size - packing.steps))
        shape = (packing.blocks, packing.size, self.config.heads, width // self.config.heads)
        query, key, value = ((whole @ mix[part]).view(shape).transpose(1, 2) for part in range(3))
        key, value = (torch.cat([functional.pad(each[:-1], (0, 0) * 3 + (1, 0)), each], 2) for each in (key, value))
        mean = functional.scaled_dot_product_attention(query, key, value, bias)
        mixed: Tensor = mean.transpose(1, 2).reshape(-1, width)[: packing.steps] @ mix[3]
        return mixed


def dropped(value: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    """Each number 0 with this probability, else larger by as much as is lost. Srivastava et al., Dropout, JMLR 2014.

    Two random bytes decide on each: PyTorch's own takes twenty times as long on one thread.
    """
    if not share:
        return value
    chance = np.frombuffer(rng.bytes(2 * value.numel()), np.uint16).reshape(value.shape)
    kept = torch.from_numpy(chance >= share * 2**16)
    return value * kept * (1 / (1 - share))


@dataclass(frozen=True, slots=True)
class NextItemTask:
    """Each step of each sequence but the first is asked for, given those before it."""

    empty: Transformer
    network: Network
    sequences: Sequences
    fingerprint: str

    name = "transformer"

    @classmethod
    def of(cls, empty: Transformer, sequences: Sequences, dataset: Dataset, run: Run) -> "NextItemTask":
        """With features and first weights for every item of the dataset."""
        feature = features(empty.config, dataset, run)
        first = first_weights(empty.config, len(feature), feature.shape[1], run.rng)
        digest = blake2b(repr(asdict(empty.config)).encode(), digest_size=16)
        for part in (sequences.item.tobytes(), sequences.offset.tobytes(), feature.tobytes()):
            digest.update(part)
        for weights in first.values():
            digest.update(weights.tobytes())
        return cls(empty, Network(empty.config, first, feature), sequences, digest.hexdigest())

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Sequences in random order, cut where a batch has its steps."""
        order = rng.permutation(len(self.sequences))
        count = np.cumsum(np.diff(self.sequences.offset)[order] - 1)
        batches = max(round(count[-1] / self.empty.config.steps), 1)
        cuts = np.searchsorted(count, count[-1] * np.arange(1, batches) / batches)
        return [each for each in np.split(order, cuts) if len(each)]

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        some = self.sequences.users(batch)
        given = some.without_last(1)
        wanted = np.delete(some.item, some.offset[:-1]).astype(np.int64)
        item = self.network.items()
        state = self.network(item, given.item.astype(np.int64), Packing.of(given), rng)
        return full_softmax(state, item, torch.from_numpy(wanted), self.empty.config.softmax_mb)

    def learned(self, weights: Weights) -> Transformer:
        plain = {name.removeprefix("weight."): each for name, each in weights.items()}
        embedding = np.asarray(plain["own"] + self.network.feature.numpy() @ plain["projection"], np.float32)
        told: dict[str, Any] = {name: plain[name] for name in NETWORK}
        return Transformer(self.empty.config, embedding, **told)


def features(config: TransformerConfig, dataset: Dataset, run: Run) -> Float32:
    """(n_items, f) the frozen features of every item, side by side."""
    pairs = ItemSVDConfig(
        factors=config.factors, backward=config.backward, lags=config.pair_lags, gap_days=config.pair_gap_days
    )
    found = item_features(dataset, run, pairs, config.word_factors)
    return np.hstack([found.text, found.word, found.before, found.after])


def first_weights(config: TransformerConfig, items: int, features: int, rng: np.random.Generator) -> dict[str, Float32]:
    """Small random weights; a layer adds the less at first, the more there are."""
    width, layers, hidden = config.width, config.layers, config.hidden

    def small(*shape: int, scale: float = FIRST) -> Float32:
        return (rng.standard_normal(shape, np.float32) * np.float32(scale)).astype(np.float32)

    def ones(*shape: int) -> Float32:
        return np.ones(shape, np.float32)

    def zeros(*shape: int) -> Float32:
        return np.zeros(shape, np.float32)

    return {
        "own": small(items, width),
        "projection": small(features, width),
        "norm_scale": ones(layers, 2, width),
        "norm_shift": zeros(layers, 2, width),
        "mix": small(layers, 4, width, width, scale=width**-0.5),
        "lag": zeros(layers, config.heads, config.length),
        "inner": small(layers, width, hidden, scale=width**-0.5),
        "inner_shift": zeros(layers, hidden),
        "outer": small(layers, hidden, width, scale=hidden**-0.5),
        "outer_shift": zeros(layers, width),
        "last_scale": ones(width),
        "last_shift": zeros(width),
    }
