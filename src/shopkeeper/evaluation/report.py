"""EvaluationReport: what an evaluation found, as report.json for programs and report.html for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.evaluation import wording
from shopkeeper.evaluation.figure import LIST_FIGURES, METRIC_FIGURES, SCORE_FIGURES, Figure
from shopkeeper.evaluation.leak import LeakCheck
from shopkeeper.evaluation.page import page, write_both
from shopkeeper.evaluation.result import RankerTrial, SystemResult, TaskResult
from shopkeeper.evaluation.split import TimeSplit

JSON_FILE: Final = "report.json"
HTML_FILE: Final = "report.html"


@dataclass(frozen=True, slots=True)
class DataCounts:
    """How much data there was; events are those on items."""

    items: int
    eligible_items: int
    users: int
    training_events: int
    test_events: int


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One evaluation of one shop. `created` is ISO 8601; `seconds` the wall time of each stage.

    `blend_weights` gives the weight of each source for each task; `rankers` tells the learned rankers that
    were tried; `leak_checks` are the checks that passed; `peak` is the most resident memory of the process, bytes.
    """

    shop: str
    created: str
    code_version: str
    seed: int
    split: TimeSplit
    data: DataCounts
    tasks: tuple[TaskResult, ...]
    blend_weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rankers: tuple[RankerTrial, ...] = ()
    leak_checks: tuple[LeakCheck, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak: int | None = None  # reports of older bundles state none

    def as_dict(self) -> dict[str, Any]:
        """JSON values only."""
        return asdict(self)

    def to_json(self) -> str:
        """The whole report as indented JSON."""
        return _SHAPE.dump_json(self, indent=2).decode()

    def to_html(self) -> str:
        """A page that needs nothing beside itself: no script, no network."""
        return page(HTML_FILE, report=self)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files into `folder`, which is made where it is missing; their paths."""
        return write_both(folder / JSON_FILE, self.to_json(), folder / HTML_FILE, self.to_html())


def read_report(text: str) -> EvaluationReport:
    """The report of a `to_json`. Raises InputError where it is none."""
    try:
        return _SHAPE.validate_json(text)
    except ValidationError as problem:
        raise InputError(
            f"This is no evaluation report of this version: {problem.error_count()} fields do not fit. Evaluate again."
        ) from None


def data_counts(history: Dataset, later: Dataset) -> DataCounts:
    """Counts of the data before the cut (`history`) and up to the end of the test (`later`)."""
    return DataCounts(
        items=len(history.items),
        eligible_items=int(history.items.eligible(history.as_of).sum()),
        users=history.users,
        training_events=len(history),
        test_events=int((later.time >= history.as_of).sum()),
    )


def table(report: EvaluationReport) -> list[dict[str, str]]:
    """The evaluation table as rows ready to print, best system first within each task; keys are column heads."""
    return [_row(task, system) for task in report.tasks for system in task.ranking]


def figure_table(task: TaskResult, figures: Sequence[Figure]) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of chosen figures with their intervals, best system first."""
    heads = ["system", *(each.head for each in figures)]
    return heads, [[wording.label(system.name), *(each.words(system) for each in figures)] for system in task.ranking]


def close_up(task: TaskResult) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of every figure of the system that is judged, and beside it of the best of the others."""
    others = [system for system in task.ranking if system.name != task.chief][:1]
    systems = [task.system(task.chief), *others]
    rows = [[each.head, *(each.words(system) for system in systems)] for each in (*METRIC_FIGURES, *LIST_FIGURES)]
    rows += [[each.head, *(each.words(system) for system in systems)] for each in SCORE_FIGURES if _has(each, systems)]
    return ["figure", *(wording.label(system.name) for system in systems)], rows


def _has(figure: Figure, systems: Iterable[SystemResult]) -> bool:
    return any(figure.value(system) is not None for system in systems)


def _row(task: TaskResult, system: SystemResult) -> dict[str, str]:
    primary = system.metrics[task.primary]
    others = {name: wording.figure(value.mean) for name, value in system.metrics.items() if name != task.primary}
    lead = next((found for found in task.comparisons if found.other == system.name), None)
    return {
        "task": task.title,
        "system": wording.label(system.name),
        task.primary: wording.figure(primary.mean),
        "95 % interval": f"{wording.figure(primary.low)}–{wording.figure(primary.high)}",
        **others,
        "coverage": wording.percent(system.shelf.coverage),
        f"{wording.label(task.chief)} leads by": wording.signed(lead.difference.mean) if lead else "",
        "verdict": f"{wording.verdict(lead)} ({wording.chance(lead.p_holm)})" if lead else "",
    }


_SHAPE: Final = TypeAdapter(EvaluationReport)
