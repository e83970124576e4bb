"""The study of a tuning: Optuna's search, kept in a file, and going on after a kill as if nothing had been.

Akiba et al., Optuna: A Next-generation Hyperparameter Optimization Framework, KDD 2019. What is tried next follows from
the seed and the finished trials alone: a trial that a kill left unfinished is tried again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shopkeeper.error import MissingPart, StoreError
from shopkeeper.training.search_space import SearchSpace, Values

if TYPE_CHECKING:  # heavy, and an extra to install
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

FIRST: Final = 8  # trials at random, before what they found is looked at
UNPRUNED: Final = 4  # trials that are never given up, for there is nothing to hold them against
WARM: Final = 3  # epochs before a trial may be given up
STUDY_FILE: Final = "study.db"
_VALUES: Final = "values"


def need_optuna() -> None:
    """Raises MissingPart where Optuna is not installed."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise MissingPart(
            'Tuning searches by Optuna, which is not installed. Install it with: pip install "shopkeeper[tune]"'
        ) from None


class TuneStudy:
    """Values to try, and what they reached. An SQLite file, for a kill leaves it whole at any moment."""

    def __init__(self, folder: Path, space: SearchSpace, seed: int) -> None:
        """Raises MissingPart without Optuna, StoreError for a file that is no study."""
        need_optuna()
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space, self._seed = space, seed
        path = folder / STUDY_FILE
        with _readable(path):
            self._study: Study = optuna.create_study(
                storage=f"sqlite:///{path.resolve()}",
                study_name="tune",
                direction="maximize",
                pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED, n_warmup_steps=WARM),
                load_if_exists=True,
            )
            for trial in self._of_state("RUNNING"):
                self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            if not self.finished and not self._of_state("WAITING") and space.holds(space.start):
                self._study.enqueue_trial(dict(space.start))

    @property
    def finished(self) -> int:
        """How many trials came to their end, or were given up on the way."""
        return len(self._of_state("COMPLETE", "PRUNED"))

    @property
    def best(self) -> tuple[Values, float] | None:
        """The values that reached most, and what; None before the first trial has ended."""
        ended = self._of_state("COMPLETE")
        if not ended:
            return None
        chosen = max(ended, key=lambda trial: (trial.value or 0.0, -trial.number))
        return chosen.user_attrs[_VALUES], float(chosen.value or 0.0)

    def ask(self) -> "Asked":
        """The next values to try."""
        import optuna

        # A sampler of its own for each trial: its random state would not outlive a kill.
        self._study.sampler = optuna.samplers.TPESampler(
            seed=self._seed + self.finished, n_startup_trials=FIRST, multivariate=True
        )
        trial = self._study.ask()
        values = {name: self._suggested(trial, name) for name in self._space.ranges}
        trial.set_user_attr(_VALUES, values)
        return Asked(self._study, trial, values)

    def _suggested(self, trial: "Trial", name: str) -> float:
        told = self._space.ranges[name]
        if name not in self._space.whole:
            return self._space.rounded(name, trial.suggest_float(name, told.low, told.high, log=told.log))
        step = 1 if told.log else told.step
        return trial.suggest_int(name, int(told.low), int(told.high), step=step, log=told.log)

    def _of_state(self, *names: str) -> "list[FrozenTrial]":
        from optuna.trial import TrialState

        return self._study.get_trials(deepcopy=False, states=tuple(TrialState[name] for name in names))


class Asked:
    """One trial: what is to be tried, and somewhere to tell what came of it."""

    def __init__(self, study: "Study", trial: "Trial", values: Values) -> None:
        self._study, self._trial, self.values = study, trial, values

    def hopeless(self, epoch: int, value: float) -> bool:
        """Note what an epoch reached; whether half of the trials had reached more by then."""
        self._trial.report(value, epoch)
        return self._trial.should_prune()

    def reached(self, value: float) -> None:
        """The trial came to its end."""
        self._study.tell(self._trial, value)

    def given_up(self) -> None:
        """It was hopeless."""
        self._tell("PRUNED")

    def unfinished(self) -> None:
        """There was no time for it; it counts for nothing, and comes again."""
        self._tell("FAIL")

    def _tell(self, state: str) -> None:
        from optuna.trial import TrialState

        self._study.tell(self._trial, state=TrialState[state])


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raises StoreError where a file is no study of this version of Optuna."""
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (OptunaError, SQLAlchemyError, RuntimeError, ValueError) as problem:
        cause: Any = getattr(problem, "orig", None) or problem
        raise StoreError(
            f"{path} is no study that can be gone on with ({cause}). To begin anew, remove the folder {path.parent}"
        ) from None
