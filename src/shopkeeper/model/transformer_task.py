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
from shopkeeper.model.candidate_sampler import CandidateSampler, candidates_of, sampler_of
from shopkeeper.model.frozen_feature import FrozenFeature
from shopkeeper.model.full_softmax import EVEN
from shopkeeper.model.item_feature import item_features
from shopkeeper.model.item_svd import ItemSVDConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.neural import Weights
from shopkeeper.model.packing import Packing
from shopkeeper.model.sampled_softmax import softmax_over
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
        self.feature = FrozenFeature(feature)

    def items(self, rows: Int64 | None = None) -> Tensor:
        """(k, d) the items of these rows of the catalogue, or all (n_items, d)."""
        return self.feature.projected(self.weight["own"], self.weight["projection"], rows)

    def forward(
        self, item: Tensor, taken: Int64, packings: Sequence[Packing], rng: np.random.Generator | None = None
    ) -> Tensor:
        """(T, d) states after each of T steps, which `packings` hold in turn; `item` (k, d), `taken` (T,) rows of it.

        With a generator some values are left out by chance, as training wants it.
        """
        weight = self.weight

        def drop(value: Tensor) -> Tensor:
            return value if rng is None else dropped(value, self.config.dropout, rng)

        never = [torch.where(torch.from_numpy(each.seen[:, None]), 0.0, float(NEVER)) for each in packings]
        even = np.concatenate([taken, np.zeros(-len(taken) % EVEN, np.int64)])  # for the reason that even_rows gives
        state = drop(item[torch.from_numpy(even)] * self.config.width**0.5)
        for layer in range(self.config.layers):
            mean = self._attention(self._normed(state, layer, 0), layer, packings, never)
            state = state + drop(mean @ weight["mix"][layer, 3])
            inner = torch.addmm(weight["inner_shift"][layer], self._normed(state, layer, 1), weight["inner"][layer])
            outer = torch.addmm(weight["outer_shift"][layer], drop(inner.relu()), weight["outer"][layer])
            state = state + drop(outer)
        state = state[: len(taken)]
        return functional.layer_norm(state, state.shape[1:], weight["last_scale"], weight["last_shift"], EPSILON)

    def _normed(self, state: Tensor, layer: int, half: int) -> Tensor:
        scale, shift = self.weight["norm_scale"][layer, half], self.weight["norm_shift"][layer, half]
        return functional.layer_norm(state, state.shape[1:], scale, shift, EPSILON)

    def _attention(self, normed: Tensor, layer: int, packings: Sequence[Packing], never: Sequence[Tensor]) -> Tensor:
        """(T, d), as in `attention` but for the last product; `never` (blocks, 1, size, 2 size) of each packing is what
        is added where a step may not look."""
        width, heads, lag = self.config.width, self.config.heads, self.weight["lag"][layer]
        # PyTorch's own attention works with a mask that learns as this does, but looks for rows without any step first.
        query, key, value = (normed @ self.weight["mix"][layer, :3].transpose(0, 1).reshape(width, -1)).split(width, 1)
        query = query * (width // heads) ** -0.5
        parts, counts = [], [each.steps for each in packings]
        empty = len(normed) - sum(counts)
        spans = zip(*(each.split([*counts, empty])[:-1] for each in (query, key, value)), strict=True)
        for packing, mask, span in zip(packings, never, spans, strict=True):
            asking, asked, told = (_blocks(each, heads, packing) for each in span)
            asked, told = _with_previous(asked), _with_previous(told)
            likeness = asking @ asked.transpose(2, 3) + lag[:, torch.from_numpy(packing.lag)] + mask
            parts.append((likeness.softmax(3) @ told).transpose(1, 2).reshape(-1, width)[: packing.steps])
        return functional.pad(torch.cat(parts), (0, 0, 0, empty))


def _blocks(state: Tensor, heads: int, packing: Packing) -> Tensor:
    """(blocks, heads, size, d / heads) of (T, d)."""
    whole = functional.pad(state, (0, 0, 0, packing.blocks * packing.size - packing.steps))
    return whole.view(packing.blocks, packing.size, heads, -1).transpose(1, 2)


def _with_previous(block: Tensor) -> Tensor:
    """(blocks, heads, 2 size, d / heads) each block with the one before it in front, zeros before the first."""
    return torch.cat([functional.pad(block[:-1], (0, 0) * 3 + (1, 0)), block], 2)


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
    sampler: CandidateSampler | None  # of a large catalogue

    name = "transformer"

    @classmethod
    def of(cls, empty: Transformer, sequences: Sequences, dataset: Dataset, run: Run) -> "NextItemTask":
        """With features and first weights for every item of the dataset."""
        config = empty.config
        feature = features(config, dataset, run)
        first = first_weights(config, len(feature), feature.shape[1], run.rng)
        digest = blake2b(repr(asdict(config)).encode(), digest_size=16)
        for part in (sequences.item, sequences.offset, feature, *first.values()):
            digest.update(np.ascontiguousarray(part).data)
        sampler = sampler_of(sequences, len(feature), config.sampled_beyond, config.samples)
        return cls(empty, Network(config, first, feature), sequences, digest.hexdigest(), sampler)

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """Sequences in random order, cut where a batch has its steps."""
        order = rng.permutation(len(self.sequences))
        count = np.cumsum(np.diff(self.sequences.offset)[order] - 1)
        batches = max(round(count[-1] / self.empty.config.steps), 1)
        cuts = np.searchsorted(count, count[-1] * np.arange(1, batches) / batches)
        return [each for each in np.split(order, cuts) if len(each)]

    def loss(self, batch: Int64, rng: np.random.Generator) -> Tensor:
        some = self._in_order(batch)
        given = some.without_last(1)
        wanted = np.delete(some.item, some.offset[:-1])
        among = candidates_of(self.sampler, given.item, wanted, rng)
        item = self.network.items(among.item)
        state = self.network(item, among.place(given.item), Packing.by_length(given), rng)
        return softmax_over(among, state, item, wanted, self.empty.config.softmax_mb)

    def given(self, batch: Int64) -> Sequences:
        """What is known of a batch's sequences: all but the last item of each, the shortest ones first."""
        return self._in_order(batch).without_last(1)

    def _in_order(self, batch: Int64) -> Sequences:
        length = np.diff(self.sequences.offset)[batch]
        return self.sequences.users(batch[np.argsort(length, kind="stable")])

    def learned(self, weights: Weights) -> Transformer:
        plain = {name.removeprefix("weight."): each for name, each in weights.items()}
        embedding = self.network.feature.plain(plain["own"], plain["projection"])
        told: dict[str, Any] = {name: plain[name] for name in NETWORK}
        return Transformer(self.empty.config, embedding, **told)


def features(config: TransformerConfig, dataset: Dataset, run: Run) -> Float32:
    """(n_items, f) the frozen features of every item, side by side."""
    if not (config.factors or config.word_factors):
        return run.vectors.of(np.arange(len(dataset.items), dtype=np.int32))
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
