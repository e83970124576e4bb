"""Every figure that a report has of a system, by name: of its lists one by one, of all together, and of its scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from shopkeeper.error import InputError
from shopkeeper.evaluation.metric import METRICS
from shopkeeper.evaluation.probability import ProbabilityFigures
from shopkeeper.evaluation.result import SystemResult
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.wording import figure, percent


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name, its head in a table, what it says in plain words, and where it stands in a result.

    `share`: from 0 to 1, and told in per cent. `rising`: more is better; None: neither more nor less is.
    """

    name: str
    head: str
    meaning: str
    value: Callable[[SystemResult], float | None]
    interval: Callable[[SystemResult], Interval | None]
    rising: bool | None = None
    share: bool = False

    def of(self, system: SystemResult | None) -> float | None:
        """The value of a system that may not have run."""
        return None if system is None else self.value(system)

    def words(self, system: SystemResult) -> str:
        """The value and its interval, as in 0.211 (0.201–0.222); an en dash alone where there is none."""
        value, interval = self.value(system), self.interval(system)
        if value is None or interval is None:
            return self.short(value)
        return f"{self.short(value)} ({self.range(interval)})"

    def range(self, interval: Interval) -> str:
        """The interval alone, without a per cent sign."""
        between = " to " if interval.low < 0 else "–"
        return f"{self._end(interval.low)}{between}{self._end(interval.high)}"

    def short(self, value: float | None) -> str:
        """The value alone, in per cent where it is a share."""
        if not self.share:
            return figure(value)
        return percent(value, 2 if value is not None and abs(value) < 0.0995 else 1)

    def _end(self, value: float) -> str:
        return self.short(value).removesuffix(" %")


def _metric(name: str) -> Figure:
    metric = METRICS[name]
    return Figure(
        name,
        name,
        metric.meaning,
        lambda system: system.metrics[name].mean if name in system.metrics else None,
        lambda system: system.metrics.get(name),
        metric.rising,
    )


def _shelf(
    name: str, head: str, meaning: str, value: Callable[[SystemResult], float | None], *, share: bool = False
) -> Figure:
    return Figure(name, head, meaning, value, lambda system: system.shelf.interval.get(name), None, share)


def _probability(name: str, head: str, meaning: str, read: Callable[[ProbabilityFigures], Interval]) -> Figure:
    def interval(system: SystemResult) -> Interval | None:
        return None if system.probability is None else read(system.probability)

    def value(system: SystemResult) -> float | None:
        return None if system.probability is None else read(system.probability).mean

    return Figure(name, head, meaning, value, interval, False)


METRIC_FIGURES: Final = tuple(map(_metric, METRICS))

LIST_FIGURES: Final = (
    _shelf(
        "coverage",
        "coverage",
        "the share of all products that could be shown which at least one list does show",
        lambda system: system.shelf.coverage,
        share=True,
    ),
    _shelf(
        "gini",
        "exposure Gini",
        "0 when all products are shown equally often, 1 when one has it all",
        lambda system: system.shelf.gini,
    ),
    _shelf(
        "novelty",
        "novelty, bits",
        "how little known the products shown are: one bit more means bought by half as many customers",
        lambda system: system.shelf.novelty,
    ),
    _shelf(
        "diversity",
        "diversity",
        "how unlike each other the products of one list are: 1 minus their mean cosine",
        lambda system: system.shelf.diversity,
    ),
    _shelf(
        "popularity_lift",
        "popularity lift",
        "by how much more popular the products shown are than those that the same customers had bought; 0: no more",
        lambda system: system.shelf.popularity_lift,
        share=True,
    ),
    _shelf(
        "miscalibration",
        "miscalibration, bits",
        "how far the broad categories of a list are from the mix that its customer buys; 0: the very mix",
        lambda system: system.shelf.miscalibration,
    ),
    _shelf(
        "fallback",
        "by fallback",
        "the share of lists for which the system had nothing to say, and popular products stood in",
        lambda system: system.shelf.fallback,
        share=True,
    ),
    _shelf("empty", "empty", "the share of lists that nothing filled", lambda system: system.shelf.empty, share=True),
)

SCORE_FIGURES: Final = (
    _probability(
        "log_loss",
        "log loss",
        "what probabilities lose on what happened, nats; none where scores only put products in order",
        lambda scores: scores.log_loss,
    ),
    _probability(
        "calibration_error",
        "calibration error (ECE)",
        "how far probabilities are from shares; none where scores only put products in order",
        lambda scores: scores.calibration_error,
    ),
)

FIGURES: Final[Mapping[str, Figure]] = MappingProxyType(
    {each.name: each for each in (*METRIC_FIGURES, *LIST_FIGURES, *SCORE_FIGURES)}
)


def find_figure(name: str) -> Figure:
    """The figure of that name, in small letters or capital ones. Raises InputError, which lists them all."""
    known = {each.name.lower(): each for each in FIGURES.values()}
    wanted = name.lower().replace("-", "_")
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, 1)
    meant = f" Did you mean {known[near[0]].name}?" if near else ""
    raise InputError(f"There is no metric {name!r}.{meant} There are: {', '.join(FIGURES)}.")
