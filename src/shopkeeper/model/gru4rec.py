"""GRU4Rec: a recurrent network of sequences; it keeps one state, which each step changes."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.model.bound import Bound
from shopkeeper.model.candidate_sampler import BEYOND, SAMPLES
from shopkeeper.model.learner import Run
from shopkeeper.model.recurrence import Weave, recurred
from shopkeeper.model.search_range import Range
from shopkeeper.model.step import steps
from shopkeeper.model.stepwise import Stepwise
from shopkeeper.model.taken import trained
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, Reason

if TYPE_CHECKING:  # imports PyTorch
    from shopkeeper.model.gru4rec_task import GRU4RecTask


@dataclass(frozen=True, slots=True)
class GRU4RecConfig:
    """The network, and the frozen features that tell it of items, as in TransformerConfig."""

    width: Annotated[int, Range(32, 128, log=True)] = 64
    layers: Annotated[int, Range(1, 2)] = 1
    length: int = 50  # steps of a history that are looked at
    # dropout: share of values left out, of items and of what each layer tells
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5
    steps: Annotated[int, Range(500, 8000, log=True)] = 2_000  # of a batch, about
    softmax_mb: int = 32
    sampled_beyond: int = BEYOND
    samples: int = SAMPLES
    factors: int = 128
    word_factors: int = 128
    backward: float = 0.3
    pair_lags: int = 4
    pair_gap_days: Annotated[float, Bound(above=0)] = 30.0


def _none() -> Float32:
    return np.zeros((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class GRU4Rec(Stepwise):
    """Hidasi et al., Session-based Recommendations with Recurrent Neural Networks, ICLR 2016, its items the same
    vectors on the way in and out as in Hidasi and Karatzoglou, Recurrent Neural Networks with Top-k Gains, CIKM 2018.
    Every step is asked for by a softmax over the whole catalogue, not by samples of it.

    `embedding` (n_items, d); of L layers: `inward` (L, d, 3d) and `onward` (L, d, 3d) make the reset gate, the update
    gate and the new state, of what enters and of the state before; `inward_shift`, `onward_shift` (L, 3d). `best` (1,)
    is the epoch that these are of, from 0; of nothing to learn from all of them are empty. An epoch takes time in
    steps x items x d, a request in steps x d^2 + items x d; nothing grows with a user's whole history.
    """

    config: GRU4RecConfig = GRU4RecConfig()
    embedding: Float32 = field(default_factory=_none)
    inward: Float32 = field(default_factory=_none)
    onward: Float32 = field(default_factory=_none)
    inward_shift: Float32 = field(default_factory=_none)
    onward_shift: Float32 = field(default_factory=_none)
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> "GRU4Rec":
        """Trained by the run's trainer. Raises MissingPart without PyTorch, InputError without a trainer."""
        fresh = GRU4Rec(self.config)
        taken = steps(batch_of_users(dataset), len(dataset.items), self.config.length + 1).taken
        several = np.flatnonzero(np.diff(taken.offset) > 1)
        if not len(several):
            return fresh

        def task() -> "GRU4RecTask":
            from shopkeeper.model.gru4rec_task import GRU4RecTask

            return GRU4RecTask.of(fresh, taken.users(several), dataset, run)

        made, came = trained("GRU4Rec", run, task)
        return replace(made.learned(came.weights), best=np.array([came.best], np.int32))

    def _length(self) -> int:
        return self.config.length

    def _states(self, taken: Sequences) -> Float32:
        weave = Weave.of(taken)
        state = self.embedding[taken.item][weave.order] * entering(self.config)
        for layer in range(self.config.layers):
            weight = (each[layer] for each in (self.inward, self.onward, self.inward_shift, self.onward_shift))
            state = recurred(state, weave, *weight)
        return state[weave.last]


def entering(config: GRU4RecConfig) -> np.float32:
    """Items are small, for they also make the logits; they enter the network by so much larger."""
    return np.float32(np.sqrt(config.width))
