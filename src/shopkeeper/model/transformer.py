"""A transformer of sequences: what a user takes next, from what they took lately and in which order."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError
from shopkeeper.model.asking import widened
from shopkeeper.model.attention import attended
from shopkeeper.model.bound import Bound
from shopkeeper.model.candidate_sampler import BEYOND, SAMPLES
from shopkeeper.model.learner import Run, gather, retrieve_dense
from shopkeeper.model.neural import need_torch
from shopkeeper.model.packing import Packing
from shopkeeper.model.search_range import Range
from shopkeeper.model.step import Steps, steps
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, Int64, ItemLists, Reason

LEAST: Final = 1e-5  # a score below it is a rounding error, and proposes nothing


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The network, and the frozen features that tell it of items: whitened texts, factors of words and of pairs."""

    width: Annotated[int, Range(32, 128, step=16)] = 64
    layers: Annotated[int, Range(1, 3)] = 2
    heads: int = 2
    hidden: Annotated[int, Range(64, 512, log=True)] = 256  # inner width of each layer's second half
    length: int = 50  # steps of a history that are looked at
    # dropout: share of values left out, of items and of what each layer adds
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5
    steps: Annotated[int, Range(500, 8000, log=True)] = 2_000  # of a batch, about
    softmax_mb: int = 32  # megabytes of logits and chances at once
    sampled_beyond: int = BEYOND  # items from which on the softmax goes over a sample of them
    samples: int = SAMPLES  # items in it, about
    factors: int = 128  # of pairs, in each of their two directions; with the rest below as in ItemSVDConfig
    word_factors: int = 128
    backward: float = 0.3
    pair_lags: int = 4
    pair_gap_days: Annotated[float, Bound(above=0)] = 30.0

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InputError(
                f"A transformer {self.width} wide has no {self.heads} heads of one width: choose a multiple of heads."
            )


def _none() -> Float32:
    return np.zeros((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Transformer:
    """Kang and McAuley, Self-Attentive Sequential Recommendation, ICDM 2018, trained as in Klenitskiy and Vasilev,
    Turning Dross into Gold Loss, RecSys 2023: every step is asked for by a softmax over the whole catalogue. Normalised
    before each half layer (Xiong et al., On Layer Normalization in the Transformer Architecture, ICML 2020); places are
    told apart by how many steps lie between two (Raffel et al., Exploring the Limits of Transfer Learning, JMLR 2020).

    score = log of how many times likelier than a mean item it is that this one comes next, 0 for what is less likely,
    and for what the history speaks against.

    `embedding` (n_items, d); of L layers: `norm_scale`, `norm_shift` (L, 2, d) of either half; `mix` (L, 4, d, d) make
    query, key, value and output; `lag` (L, heads, length) is added to the likeness of two steps so far apart; `inner`
    (L, d, h), `outer` (L, h, d) and their shifts; `last_scale`, `last_shift` (d,). `best` (1,) is the epoch that these
    are of, from 0; of nothing to learn from all of them are empty.
    """

    config: TransformerConfig = TransformerConfig()
    embedding: Float32 = field(default_factory=_none)
    norm_scale: Float32 = field(default_factory=_none)
    norm_shift: Float32 = field(default_factory=_none)
    mix: Float32 = field(default_factory=_none)
    lag: Float32 = field(default_factory=_none)
    inner: Float32 = field(default_factory=_none)
    inner_shift: Float32 = field(default_factory=_none)
    outer: Float32 = field(default_factory=_none)
    outer_shift: Float32 = field(default_factory=_none)
    last_scale: Float32 = field(default_factory=_none)
    last_shift: Float32 = field(default_factory=_none)
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> "Transformer":
        """Trains the network by the run's trainer. Raises MissingPart without PyTorch, InputError without a trainer."""
        fresh = Transformer(self.config)
        taken = steps(batch_of_users(dataset), len(dataset.items), self.config.length + 1).taken
        several = np.flatnonzero(np.diff(taken.offset) > 1)
        if not len(several):
            return fresh
        need_torch("transformer")
        from shopkeeper.model.transformer_task import NextItemTask

        if run.trainer is None:
            raise InputError("A transformer is fitted by a trainer. Hand one in: Run(..., trainer=NetworkTrainer(...))")
        task = NextItemTask.of(fresh, taken.users(several), dataset, run)
        trained = run.trainer.train(task, run, int(run.rng.integers(2**31)))
        return replace(task.learned(trained.weights), best=np.array([trained.best], np.int32))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_dense(batch, n, lambda row: self._row_scores(batch, row))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            dense = self._row_scores(batch, row) if span.stop > span.start else None
            if dense is not None:
                score[span] = gather(dense, lists.item[span])
        return score

    def score_all(self, batch: QueryBatch) -> Float32:
        asked = self._asked(batch)
        told = np.flatnonzero(np.diff(asked.taken.offset))
        score = np.zeros((len(batch), len(self.embedding)), np.float32)
        if len(told):
            score[told] = lifted(self._states(asked.taken.users(told)) @ self.embedding.T)
        known = asked.against < len(self.embedding)
        score[asked.against_row[known], asked.against[known]] = 0
        return widened(score, len(batch.eligible))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _asked(self, batch: QueryBatch) -> Steps:
        return steps(batch, len(self.embedding), self.config.length)

    def _row_scores(self, batch: QueryBatch, row: int) -> Float32 | None:
        """(n,) one request's scores, worked out alone: the same bits whoever asks beside it."""
        asked = self._asked(batch)
        state = self._states_alone(batch)[row]
        if state is None:
            return None
        score: Float32 = lifted(state @ self.embedding.T)[0]
        against = asked.against[asked.against_row == row]
        score[against[against < len(score)]] = 0
        return score

    def _states_alone(self, batch: QueryBatch) -> list[Float32 | None]:
        """The (1, d) state of each request, None of one without steps."""

        def alone() -> "tuple[Transformer, list[Float32 | None]]":
            rows = (self._asked(batch).taken.users(np.array([row])) for row in range(len(batch)))
            return self, [self._states(taken) if len(taken.item) else None for taken in rows]

        # Kept with `self`: the id of a learner that is gone may come back as another's.
        kept: tuple[Transformer, list[Float32 | None]] = batch.once(("transformer", id(self)), alone)
        return kept[1]

    def _states(self, taken: Sequences) -> Float32:
        """(B, d) what B sequences of one step at least have come to."""
        weight = {name: getattr(self, name) for name in NETWORK}
        states = attended(weight, entered(self.embedding[taken.item]), Packing.of(taken))
        last: Int64 = taken.offset[1:] - 1
        return states[last]


NETWORK: Final = (
    *("norm_scale", "norm_shift", "mix", "lag", "inner", "inner_shift", "outer", "outer_shift"),
    *("last_scale", "last_shift"),
)  # the weights beside the items' own


def entered(item: Float32) -> Float32:
    """(T, d) what steps enter the network as; items are small, for they also make the logits."""
    return item * np.float32(np.sqrt(item.shape[1]))


def lifted(logit: Float32) -> Float32:
    """(B, n) log of how many times likelier than the mean item each is; 0 for what is less likely."""
    score: Float32 = logit - logit.max(axis=1, keepdims=True)
    score -= np.log(np.exp(score).mean(axis=1, keepdims=True))
    score[score < LEAST] = 0
    return score
