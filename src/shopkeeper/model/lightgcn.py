"""LightGCN: item vectors that were passed along the graph of who took what; users are what their items pass on."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.model.asking import asked_with
from shopkeeper.model.bound import Bound
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.taken import taken_by_several, trained
from shopkeeper.model.whole import Whole, low_rank
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Reason

if TYPE_CHECKING:  # imports PyTorch
    from shopkeeper.model.lightgcn_task import LightGCNTask


@dataclass(frozen=True, slots=True)
class LightGCNConfig:
    """The graph's depth, and the rest as in BPRConfig."""

    width: Annotated[int, Range(16, 256, log=True)] = 64
    layers: Annotated[int, Range(2, 4)] = 3  # as the paper counts them: with 3, items hear of items that share a user
    negatives: Annotated[int, Range(2, 32, log=True)] = 8
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5
    first: Annotated[float, Range(0.01, 0.2, log=True)] = 0.1
    pairs: Annotated[int, Range(500, 8000, log=True)] = 2_000
    asking: int = 200
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0


@dataclass(frozen=True, slots=True)
class LightGCN(Whole):
    """He et al., LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation, SIGIR 2020.

    Every layer is the one before it times the graph, normalised by the root of both ends' degrees; what an item or a
    user is, is the sum of their layers. A user's layer 0, which the paper learns for each, is 0 here: so a user is
    what the layers of their items pass on, and whoever comes with a history is known without training. In training
    an item is left out of the history that asks for it. Loss as in BPR.

    score = what is asked with @ `query` @ `answer`^T, 0 for what is less; both (n_items, width): `answer` is the sum of
    an item's layers, `query` what it passes on to a user. `best` (1,) is the epoch that these are of, from 0. Memory:
    two vectors an item, and while training the events twice as a sparse matrix; a step takes `layers` - 1 products of
    that matrix with all items, whatever its batch.
    """

    config: LightGCNConfig = LightGCNConfig()
    query: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    answer: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> "LightGCN":
        """Trained by the run's trainer. Raises MissingPart without PyTorch, InputError without a trainer."""
        fresh = LightGCN(self.config)
        taken = taken_by_several(dataset)
        if not len(taken):
            return fresh

        def task() -> "LightGCNTask":
            from shopkeeper.model.lightgcn_task import LightGCNTask

            return LightGCNTask.of(fresh, taken, len(dataset.items), run.rng)

        made, came = trained("LightGCN", run, task)
        return replace(made.learned(came.weights), best=np.array([came.best], np.int32))

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.query), self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return low_rank(asked, self.query, self.answer)
