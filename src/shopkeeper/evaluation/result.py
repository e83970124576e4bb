"""What an evaluation found: frozen records that a report writes as JSON and reads back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shopkeeper.evaluation.probability import ProbabilityFigures
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one task. `seconds` is the wall time of all its lists.

    `probability` says how true its scores are as probabilities; None where they are none, which is the rule.
    """

    name: str
    metrics: Mapping[str, Interval]
    shelf: ShelfFigures
    seconds: float
    probability: ProbabilityFigures | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The chief system against another on the primary metric, paired by query.

    `difference` is chief minus other; `p` of the paired bootstrap, `p_holm` the same after Holm's correction over all
    comparisons of the task, `p_permutation` a second opinion, not corrected. `better`, `worse`, `equal` count queries.
    `relevant` is the smallest difference that matters, in the metric's own unit; `sd` the standard deviation of the
    difference over queries (n - 1; None of one query).
    """

    chief: str
    other: str
    metric: str
    difference: Interval
    p: float
    p_holm: float
    p_permutation: float
    better: int
    worse: int
    equal: int
    relevant: float = 0.0  # reports of older bundles state none
    sd: float | None = None  # likewise

    @property
    def verdict(self) -> str:
        """See `verdict_of`."""
        return verdict_of(self.difference, self.p_holm, self.relevant)


def verdict_of(difference: Interval, p_holm: float, relevant: float) -> str:
    """ "better" or "worse"; "ahead" or "behind" where the difference is sure, but below `relevant`; or "unclear" where
    the interval holds zero or the corrected p is not below .05."""
    if p_holm >= 0.05 or difference.low <= 0 <= difference.high:
        return "unclear"
    matters, leads = abs(difference.mean) >= relevant, difference.mean > 0
    if matters:
        return "better" if leads else "worse"
    return "ahead" if leads else "behind"


@dataclass(frozen=True, slots=True)
class CandidateRecall:
    """How much of what was right the chief's candidates hold, which bounds any ranking of them.

    `recall` is the mean share over queries, `per_query` the mean number of candidates.
    """

    recall: float
    per_query: float


@dataclass(frozen=True, slots=True)
class RankerTrial:
    """A learned ranker that was tried on a task, and why it was `chosen` or not; all figures are of validation.

    `blend` and `ranker` are mean NDCG@10 over `queries` customers, `gain` their paired difference. It learned from
    `lists` with something right in them, `places` in all, told after `cut_offs` (ISO 8601). `recall` is the mean share
    of what was right that the `depth` places hold which it ranks; `without` its NDCG@10 with each group of features
    shuffled.
    """

    task: str
    chosen: bool
    why: str
    blend: float
    ranker: float
    gain: Interval
    queries: int
    lists: int
    places: int
    cut_offs: tuple[str, ...]
    depth: int
    recall: float
    without: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """All systems on the same queries of one task. The counts of what was left out are those of `Questions`."""

    task: str
    surface: str
    title: str
    meaning: str
    n: int
    queries: int
    right_items: int
    cold: int
    without_truth: int
    other_kind: int
    unavailable: int
    primary: str
    chief: str
    resamples: int
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...]
    candidates: CandidateRecall | None

    def system(self, name: str) -> SystemResult:
        """The result of one system; KeyError where it was not run."""
        for result in self.systems:
            if result.name == name:
                return result
        raise KeyError(name)

    @property
    def ranking(self) -> tuple[SystemResult, ...]:
        """The systems, best first by the primary metric."""
        return tuple(sorted(self.systems, key=lambda system: -system.metrics[self.primary].mean))

    def as_dict(self) -> dict[str, Any]:
        """JSON values only."""
        return asdict(self)
