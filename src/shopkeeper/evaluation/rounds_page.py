"""An evaluation in rounds as a page for people, and as JSON beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shopkeeper.evaluation.chart import Chart, Scale, chart_of, scale_of
from shopkeeper.evaluation.figure import FIGURES, LIST_FIGURES, METRIC_FIGURES
from shopkeeper.evaluation.page import page, write_both
from shopkeeper.evaluation.rounds import (
    RoundsReport,
    SystemRounds,
    TaskRounds,
    round_values,
    rounds_table,
    system_label,
)

_TITLE: Final[Mapping[str, str]] = MappingProxyType(
    {"folds": "Evaluation by folds over customers", "rolling": "Evaluation at a rolling origin"}
)
_TEMPLATE: Final = "rounds.html"


@dataclass(frozen=True, slots=True)
class RoundsRow:
    """A system's mean over the rounds, and a dot for each round that ran it; places in per cent of the width."""

    name: str
    mean: str
    place: float
    dots: tuple[float, ...]
    strong: bool
    words: str


@dataclass(frozen=True, slots=True)
class RoundsChart:
    """Rows on one scale."""

    scale: Scale
    rows: tuple[RoundsRow, ...]


def to_html(report: RoundsReport) -> str:
    """A page that needs nothing beside itself: no script, no network."""
    return page(
        _TEMPLATE,
        report=report,
        title=_TITLE[report.protocol],
        primary=FIGURES,
        groups={"Metrics of one list": METRIC_FIGURES, "Figures of all lists together": LIST_FIGURES},
        rounds_chart=rounds_chart,
        lead_chart=lead_chart,
        rounds_table=rounds_table,
        round_values=round_values,
    )


def write_rounds(report: RoundsReport, path: Path) -> tuple[Path, Path]:
    """Write JSON and, at `path`, the page, in place of those of an earlier evaluation; the paths of both."""
    told = json.dumps(report.as_dict(), indent=2, ensure_ascii=False)
    return write_both(path.with_suffix(".json"), told, path, to_html(report))


def rounds_chart(task: TaskRounds) -> RoundsChart:
    """Every system's primary metric: its mean, and each round's value."""
    found = [(system, _known(system, task.primary)) for system in task.systems]
    scale = scale_of(value for _, values in found for value in values)
    return RoundsChart(scale, tuple(_row(task, system, values, scale) for system, values in found))


def lead_chart(task: TaskRounds) -> Chart | None:
    """By how much what is served leads each other system, all customers together; None where that is not known."""
    leads = [(system.name, system.pooled) for system in task.systems if system.pooled is not None]
    return chart_of([(name, lead.difference, lead.verdict) for name, lead in leads], "") if leads else None


def _row(task: TaskRounds, system: SystemRounds, values: list[float], scale: Scale) -> RoundsRow:
    short, mean = FIGURES[task.primary].short, system.figures[task.primary].mean
    name = system_label(task, system)
    words = f"{name}: {short(mean)} on average; {', '.join(map(short, values))}"
    dots = tuple(scale.at(value) for value in values)
    return RoundsRow(name, short(mean), scale.at(mean), dots, system.name == task.served, words)


def _known(system: SystemRounds, primary: str) -> list[float]:
    return [value for value in system.figures[primary].values if value is not None]
