"""Chart geometry for the report: places in per cent of the width, so that charts fit any screen without script."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from shopkeeper.evaluation.result import TaskResult
from shopkeeper.evaluation.significance import Interval


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` with round ticks."""

    low: float
    high: float
    step: float

    def at(self, value: float) -> float:
        """The place of a value, 0 to 100."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    @property
    def ticks(self) -> list[float]:
        """The round values on the axis, both ends included."""
        return [self.low + number * self.step for number in range(round((self.high - self.low) / self.step) + 1)]

    @property
    def decimals(self) -> int:
        """How many decimals tell the ticks apart."""
        return max(0, -math.floor(math.log10(self.step) + 1e-9))


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a chart: a value with its interval, places in per cent; `strong` is the row that it is about."""

    name: str
    value: Interval
    place: float
    low: float
    high: float
    strong: bool
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows on one scale; `zero` is the place of 0."""

    scale: Scale
    zero: float
    marks: tuple[Mark, ...]


def scale_of(values: Iterable[float]) -> Scale:
    """The round scale that holds these values and 0."""
    every = [*values, 0.0]
    low, high = min(every), max(every)
    span = (high - low) or 1.0
    magnitude = 10 ** math.floor(math.log10(span / 4))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if span / (factor * magnitude) <= 4)
    return Scale(math.floor(low / step) * step, (math.ceil(high / step) or 1) * step, step)


def figure_chart(task: TaskResult) -> Chart:
    """Every system's primary metric, best first."""
    rows = [(system.name, system.metrics[task.primary], "") for system in task.ranking]
    return chart_of(rows, task.chief)


def difference_chart(task: TaskResult) -> Chart:
    """The chief's lead over every other system."""
    rows = [(found.other, found.difference, found.verdict) for found in task.comparisons]
    return chart_of(rows, "")


def chart_of(rows: list[tuple[str, Interval, str]], strong: str) -> Chart:
    """Rows of a name, its value and a verdict on one scale; `strong` names the one that the chart is about."""
    scale = scale_of(end for _, value, _ in rows for end in (value.low, value.high))
    marks = tuple(
        Mark(name, value, scale.at(value.mean), scale.at(value.low), scale.at(value.high), name == strong, verdict)
        for name, value, verdict in rows
    )
    return Chart(scale, scale.at(0), marks)
