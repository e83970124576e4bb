"""IRGAN: a generator proposes what a user might take, a discriminator learns to tell it from what they took."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.model.asking import asked_with
from shopkeeper.model.bound import Bound
from shopkeeper.model.bpr import BPR, BPRConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.taken import taken_by_several, trained
from shopkeeper.model.whole import Whole, low_rank
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Reason

if TYPE_CHECKING:  # imports PyTorch
    from shopkeeper.model.irgan_task import IRGANTask

DISCRIMINATOR: Final = "discriminator"
GENERATOR: Final = "generator"


@dataclass(frozen=True, slots=True)
class IRGANConfig:
    """Both players are BPR models, trained as such first; the rest as in BPRConfig."""

    served: Literal["discriminator", "generator"] = DISCRIMINATOR  # or "generator"
    # pool: items that the generator chooses among in a batch, at random from the catalogue
    pool: Annotated[int, Range(200, 5000, log=True)] = 1_000
    drawn: Annotated[int, Range(2, 32, log=True)] = 8  # of them for each taken item
    # temperature: of the generator's choice: below 1 it keeps to what it thinks likeliest
    temperature: Annotated[float, Range(0.2, 2, log=True)] = 1.0
    width: Annotated[int, Range(16, 256, log=True)] = 64
    negatives: Annotated[int, Range(2, 32, log=True)] = 8
    dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5
    first: Annotated[float, Range(0.01, 0.2, log=True)] = 0.05
    pairs: Annotated[int, Range(500, 8000, log=True)] = 2_000
    asking: int = 200
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0

    @property
    def before(self) -> BPRConfig:
        """How both players are trained before they play."""
        shared = {name: getattr(self, name) for name in ("width", "negatives", "dropout", "first", "pairs")}
        return BPRConfig(**shared, asking=self.asking, decay_days=self.decay_days)


@dataclass(frozen=True, slots=True)
class IRGAN(Whole):
    """Wang et al., IRGAN: A Minimax Game for Unifying Generative and Discriminative Information Retrieval Models,
    SIGIR 2017, in its pairwise form.

    Users are sums over their history, as in BPR, of which both players are copies at first. The generator draws items
    by the softmax of its scores, among a random pool instead of the whole catalogue; the discriminator learns to score
    what was taken above what was drawn; the generator is rewarded for what the discriminator takes for real, by the
    gradient of its policy (Williams, Machine Learning 1992) with the mean reward for a baseline. Both learn in each
    step.

    score = what is asked with @ `query` @ `answer`^T of the player that is `served`, 0 for what is less; both
    (n_items, width). `best` (1,) is the epoch of the game that these are of, from 0. Memory: four vectors an item while
    training, two then; a step takes time in pairs x pool x width.
    """

    config: IRGANConfig = IRGANConfig()
    query: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    answer: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    best: Int32 = field(default_factory=lambda: np.zeros(1, np.int32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> "IRGAN":
        """Trained twice by the run's trainer: as BPR, then in the game. Raises InputError without a trainer or for a
        player that there is not, MissingPart without PyTorch."""
        if self.config.served not in (DISCRIMINATOR, GENERATOR):
            raise InputError(f"IRGAN has no player {self.config.served!r}. Serve {DISCRIMINATOR} or {GENERATOR}.")
        fresh = IRGAN(self.config)
        taken = taken_by_several(dataset)
        if not len(taken):
            return fresh
        before = BPR(self.config.before).fit(dataset, run)

        def task() -> "IRGANTask":
            from shopkeeper.model.irgan_task import IRGANTask

            return IRGANTask.of(fresh, before, taken)

        made, came = trained("IRGAN", run, task)
        return replace(made.learned(came.weights), best=np.array([came.best], np.int32))

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.query), self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return low_rank(asked, self.query, self.answer)
