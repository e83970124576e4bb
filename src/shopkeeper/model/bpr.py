"""BPR: items as factors by which what a user took ranks above what they did not; users are sums over their history."""

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
    from shopkeeper.model.bpr_task import BPRTask


@dataclass(frozen=True, slots=True)
class BPRConfig:
    """How pairs of a taken and an untaken item are drawn, and how many numbers stand for an item."""

    width: Annotated[int, Range(16, 256, log=True)] = 64
    negatives: Annotated[int, Range(2, 32, log=True)] = 8  # untaken items drawn for each taken one
    # dropout: share of a user's numbers left out in training
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5
    first: Annotated[float, Range(0.01, 0.2, log=True)] = 0.05  # standard deviation of first weights
    pairs: Annotated[int, Range(500, 8000, log=True)] = 2_000  # taken items of a batch, about
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks


@dataclass(frozen=True, slots=True)
class BPR(Whole):
    """Rendle et al., BPR: Bayesian Personalized Ranking from Implicit Feedback, UAI 2009.

    A user is no row of a matrix here but the sum of what the items of their history are as askers, as in Kabbur, Ning
    and Karypis, FISM: Factored Item Similarity Models, KDD 2013: bundles hold no rows about users, and whoever
    comes with a history is known at once. In training an item is left out of the history that asks for it.

    score = what is asked with @ `query` @ `answer`^T, 0 for what is less; both (n_items, width). `best` (1,) is the
    epoch that these are of, from 0. Memory: two vectors an item; an epoch takes time in pairs x width.
    """

    config: BPRConfig = BPRConfig()
    query: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    answer: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> "BPR":
        """Trained by the run's trainer. Raises MissingPart without PyTorch, InputError without a trainer."""
        fresh = BPR(self.config)
        taken = taken_by_several(dataset)
        if not len(taken):
            return fresh

        def task() -> "BPRTask":
            from shopkeeper.model.bpr_task import BPRTask

            return BPRTask.of(fresh, taken, len(dataset.items), run.rng)

        made, came = trained("BPR", run, task)
        return replace(made.learned(came.weights), best=np.array([came.best], np.int32))

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.query), self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return low_rank(asked, self.query, self.answer)
