"""Two towers over texts: what new items are likely to follow, by what their texts say, before anybody took them."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bound import Bound
from shopkeeper.model.candidate_sampler import BEYOND, SAMPLES
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.step import steps
from shopkeeper.model.stepwise import Stepwise
from shopkeeper.model.taken import trained
from shopkeeper.model.transformer import LEAST
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, Reason
from shopkeeper.pipeline.vectors import TextVectors

if TYPE_CHECKING:  # imports PyTorch
    from shopkeeper.model.two_tower_task import TwoTowerTask


@dataclass(frozen=True, slots=True)
class TwoTowerConfig:
    """The towers, what a history remembers, and how far items that nobody took may come up."""

    width: Annotated[int, Range(32, 256, log=True)] = 128
    length: int = 50  # steps of a history that are looked at
    # keep: share that a step of a history keeps when the next one comes
    keep: Annotated[float, Range(0.5, 1), Bound(above=0, most=1)] = 0.8
    # dropout: share of a user's values left out in training
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.3
    steps: Annotated[int, Range(500, 8000, log=True)] = 2_000  # of a batch, about
    softmax_mb: int = 32
    sampled_beyond: int = BEYOND
    samples: int = SAMPLES
    # cold_shift: nats that cold items are moved down: above 0 they take fewer places of warm ones
    cold_shift: Annotated[float, Range(0, 3)] = 0.0


def _none() -> Float32:
    return np.zeros((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class TwoTower(Stepwise):
    """Yi et al., Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations, RecSys 2019, over
    frozen text vectors: each tower is a projection of an item's text plus a vector of the item's own, and a user is the
    fading sum of their steps in the first tower. The projections begin alike, so that an untrained model is a content
    kNN, and own vectors begin next to nothing: what texts can say, texts say. The softmax goes over the items that
    anybody took: that nobody took the others yet is nothing to learn from.

    score = how far an item's logit lies above the mean one's, 0 for what lies below, and for what the history speaks
    against. An item that nobody took has no own vector, and is worth what its text says; so is one that comes after
    the fit, by the vector that its text gets then. Without a text it scores 0.

    `query` and `embedding` (n_items, d) are the items in both towers, `ask` and `answer` (text width, d) the
    projections; `cold` (n_items,) says which nobody took. `best` (1,) is the epoch that these are of, from 0.
    """

    vectors: TextVectors
    config: TwoTowerConfig = TwoTowerConfig()
    query: Float32 = field(default_factory=_none)
    embedding: Float32 = field(default_factory=_none)
    ask: Float32 = field(default_factory=_none)
    answer: Float32 = field(default_factory=_none)
    cold: Bool = field(default_factory=lambda: np.zeros(0, bool))
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.SIMILAR

    def fit(self, dataset: Dataset, run: Run) -> "TwoTower":
        """Trained by the run's trainer. Raises MissingPart without PyTorch, InputError without a trainer."""
        fresh = TwoTower(run.vectors, self.config)
        taken = steps(batch_of_users(dataset), len(dataset.items), self.config.length + 1).taken
        several = np.flatnonzero(np.diff(taken.offset) > 1)
        if not len(several):
            return fresh

        def task() -> "TwoTowerTask":
            from shopkeeper.model.two_tower_task import TwoTowerTask

            return TwoTowerTask.of(fresh, taken.users(several), len(dataset.items), run.rng)

        made, came = trained("two-tower model", run, task)
        return replace(made.learned(came.weights), best=np.array([came.best], np.int32))

    def _length(self) -> int:
        return self.config.length

    def _items(self, items: int) -> int:
        """New items are known by their texts."""
        return min(max(len(self.embedding), len(self.vectors.text.row_of)), items) if len(self.embedding) else 0

    def _states(self, taken: Sequences) -> Float32:
        state: Float32 = faded(taken, self.config.keep, every_step=False) @ self._tower(
            taken.item, self.query, self.ask
        )
        return state

    def _scores(self, states: Float32, items: int) -> Float32:
        known = min(len(self.embedding), items)
        newer = np.arange(known, self._items(items), dtype=np.int32)
        # Side by side in the end: to lay the new ones under all others would copy the catalogue for each request.
        logit = np.hstack([states @ self.embedding[:known].T, states @ (self.vectors.of(newer) @ self.answer).T])
        cold = np.concatenate([self.cold[:known], np.ones(len(newer), bool)])
        return _above(logit, cold, self._said(self._items(items)), self.config.cold_shift)

    def _said(self, items: int) -> Bool:
        """(items,) whether there is anything to say of each item: a text, or somebody who took it."""
        item = np.arange(items, dtype=np.int32)
        said: Bool = self.vectors.text.rows(item) >= 0
        said[: len(self.cold)] |= ~self.cold[:items]
        return said

    def _tower(self, item: Int32, own: Float32, projection: Float32) -> Float32:
        """(m, d) items in one tower; those that came after the fit by their texts."""
        newer = item >= len(own)
        found = own[np.where(newer, 0, item)]
        if newer.any():
            found[newer] = self.vectors.of(item[newer]) @ projection
        return found


def faded(taken: Sequences, keep: float, *, every_step: bool) -> sp.csr_matrix:
    """(T or B, T) what each step, or each sequence's last one, remembers of the steps up to itself: `keep` to the power
    of how far back they are, a row of unit length."""
    end = np.arange(1, len(taken.item) + 1) if every_step else taken.offset[1:]
    begin = taken.offset[taken.row] if every_step else taken.offset[:-1]
    count: Int64 = end - begin
    start = np.concatenate([[0], np.cumsum(count)])
    step = np.arange(start[-1]) - np.repeat(start[:-1] - begin, count)
    weight = keep ** (np.repeat(end, count) - 1 - step).astype(np.float64)
    length = np.sqrt((1 - keep ** (2.0 * count)) / (1 - keep**2)) if keep < 1 else np.sqrt(count)
    value = (weight / np.repeat(length, count)).astype(np.float32)
    return sp.csr_matrix((value, step, start), shape=(len(end), len(taken.item)))


def _above(logit: Float32, cold: Bool, said: Bool, shift: float) -> Float32:
    """(k, n) how far each item's logit lies above the mean of warm ones, cold ones moved; 0 for what lies below.

    Not the logarithm of the mean chance: among few items it is that of the history's own, and leaves others nothing.
    """
    score: Float32 = logit - logit[:, ~cold].mean(axis=1, keepdims=True)
    score[:, cold] -= np.float32(shift)
    score[:, ~said] = 0
    score[score < LEAST] = 0
    return score
