"""What several rounds of one evaluation found together: mean and standard deviation over folds or origins."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from shopkeeper.evaluation.figure import FIGURES, Figure
from shopkeeper.evaluation.lead import LEAST, PooledLead, pooled_leads
from shopkeeper.evaluation.report import EvaluationReport
from shopkeeper.evaluation.result import SystemResult, TaskResult
from shopkeeper.evaluation.significance import mean_and_sd
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.evaluation.wording import FEW_QUERIES, between, chance, figure, label, signed, verdict_words

SERVED: Final = "what is served"  # where some rounds chose a learned ranker, and others did not


@dataclass(frozen=True, slots=True)
class OverRounds:
    """A figure over the rounds that have it: mean, standard deviation (n - 1; None of one), each value or None."""

    mean: float
    sd: float | None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SystemRounds:
    """One system over the rounds of a task. `figures` are by name.

    `lead` is by how much what is served is better on the primary metric, and `ahead` in how many of `rounds` rounds; of
    what is served itself, None and 0. `pooled` is that lead over all customers, where each was asked in one round; None
    also where these were too few.
    """

    name: str
    figures: Mapping[str, OverRounds]
    lead: OverRounds | None
    ahead: int
    rounds: int
    pooled: PooledLead | None = None


@dataclass(frozen=True, slots=True)
class TaskRounds:
    """One task over all rounds, best system first by the primary metric; last those that did not run in every round.

    `served` names the system that is what a round serves: one of them, or SERVED where it is not the same in all.
    """

    task: str
    title: str
    primary: str
    served: str
    queries: tuple[int, ...]
    systems: tuple[SystemRounds, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its name, its days, and how many customers it learned from."""

    name: str
    split: TimeSplit
    learned_from: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RoundsReport:
    """One evaluation by a `protocol` that fits several times. `created` is ISO 8601."""

    shop: str
    created: str
    code_version: str
    protocol: str
    rounds: tuple[Round, ...]
    tasks: tuple[TaskRounds, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON values only."""
        return asdict(self)


def together(
    protocol: str, reports: Mapping[str, EvaluationReport], notes: tuple[str, ...], *, disjoint: bool = False
) -> RoundsReport:
    """What the reports of all rounds, by their names, found together; `disjoint`: no customer is asked in two."""
    every = list(reports.values())
    last = every[-1]
    return RoundsReport(
        shop=last.shop,
        created=last.created,
        code_version=last.code_version,
        protocol=protocol,
        rounds=tuple(
            Round(name, report.split, report.data.users, round(sum(report.seconds.values()), 1))
            for name, report in reports.items()
        ),
        tasks=tuple(_task([report.tasks[place] for report in every], disjoint) for place in range(len(last.tasks))),
        notes=(*_few(every), *(_too_few(every) if disjoint else ()), *notes),
    )


def _few(reports: Sequence[EvaluationReport]) -> list[str]:
    """Of tasks whose customers are too few for their intervals to be trusted."""
    asked = {task.title: 0 for report in reports for task in report.tasks}
    for report in reports:
        for task in report.tasks:
            asked[task.title] = max(asked[task.title], task.queries)
    return [
        f"{title} asked {most} customers a round at most: take its figures as a first impression, its intervals too."
        for title, most in asked.items()
        if 0 < most < FEW_QUERIES
    ]


def _too_few(reports: Sequence[EvaluationReport]) -> list[str]:
    """Of tasks whose customers, all rounds together, are too few for any verdict."""
    asked: dict[str, int] = {}
    for report in reports:
        for task in report.tasks:
            asked[task.title] = asked.get(task.title, 0) + task.queries
    return [
        f"{title} asked {every} customers in all rounds, fewer than the {LEAST} from which a lead over all of them "
        "gets an interval and a verdict: there is none."
        for title, every in asked.items()
        if 0 < every < LEAST
    ]


def rounds_table(task: TaskRounds, figures: list[Figure]) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of mean and sd of chosen figures; of the primary metric alone also the lead of what is served."""
    heads = ["system", *(part for each in figures for part in (each.head, "sd"))]
    rows = [[system_label(task, system), *_means(system, figures)] for system in task.systems]
    if [each.name for each in figures] != [task.primary]:
        return heads, rows
    pooled = any(system.pooled for system in task.systems)
    heads += ["lead", "95 % interval" if pooled else "sd", "ahead in"]
    heads += ["verdict"] if pooled else []
    return heads, [row + _lead(system, pooled) for row, system in zip(rows, task.systems, strict=True)]


def system_label(task: TaskRounds, system: SystemRounds) -> str:
    """A system's name, and in how many rounds it ran where that is not all: its mean is of other customers then."""
    most = max(_ran(each, task.primary) for each in task.systems)
    ran = _ran(system, task.primary)
    return label(system.name) if ran == most else f"{label(system.name)} ({ran} of {most})"


def _ran(system: SystemRounds, primary: str) -> int:
    return sum(value is not None for value in system.figures[primary].values)


def _means(system: SystemRounds, figures: list[Figure]) -> list[str]:
    """Mean and sd of each figure."""
    cells = []
    for each in figures:
        found = system.figures.get(each.name)
        mean, sd = (None, None) if found is None else (found.mean, found.sd)
        cells += [each.short(mean), each.short(sd)]
    return cells


def round_values(task: TaskRounds, told: Figure) -> list[list[str]]:
    """A row for each system: its name, and the figure in each round."""
    return [
        [system_label(task, system), *(told.short(value) for value in system.figures[told.name].values)]
        for system in task.systems
        if told.name in system.figures
    ]


def _lead(system: SystemRounds, pooled: bool) -> list[str]:
    """The cells of a system's lead, whose second is the interval where `pooled`, else the deviation over rounds.

    They are empty of what is served.
    """
    if system.lead is None:
        return [""] * (4 if pooled else 3)
    ahead = f"{system.ahead} of {system.rounds}"
    if not pooled:
        return [signed(system.lead.mean), figure(system.lead.sd, 4), ahead]
    if system.pooled is None:
        return [signed(system.lead.mean), figure(None), ahead, "too few customers"]
    sure = system.pooled
    verdict = f"{verdict_words(sure.verdict)} ({chance(sure.p_holm)})"
    return [signed(sure.difference.mean), between(sure.difference), ahead, verdict]


def _task(rounds: list[TaskResult], disjoint: bool) -> TaskRounds:
    first = rounds[0]
    names = dict.fromkeys(system.name for task in rounds for system in task.systems)
    chiefs = {task.chief for task in rounds if task.systems}
    served = [_found(task, task.chief) for task in rounds]
    systems = [] if len(chiefs) < 2 else [_system(SERVED, served, served, first.primary)]
    systems += [_system(name, [_found(task, name) for task in rounds], served, first.primary) for name in names]
    leads = pooled_leads(rounds) if disjoint else {}
    return TaskRounds(
        task=first.task,
        title=first.title,
        primary=first.primary,
        served=chiefs.pop() if len(chiefs) == 1 else SERVED,
        queries=tuple(task.queries for task in rounds),
        systems=tuple(
            replace(system, pooled=leads.get(system.name))
            for system in sorted(systems, key=lambda system: _order(system, first.primary))
        ),
    )


def _order(system: SystemRounds, primary: str) -> tuple[int, float]:
    """The best first; behind all others what did not run in every round, and cannot be compared by its mean."""
    return -_ran(system, primary), -system.figures[primary].mean


def _found(task: TaskResult, name: str) -> SystemResult | None:
    """A system's result; None where a round did not run it."""
    return next((system for system in task.systems if system.name == name), None)


def _system(
    name: str, found: Sequence[SystemResult | None], served: Sequence[SystemResult | None], primary: str
) -> SystemRounds:
    """One system's figures in all rounds; None of those that did not run it."""
    figures = {each.name: _over([each.of(one) for one in found]) for each in FIGURES.values()}
    leads = [_lead_over(one, best, primary) for one, best in zip(found, served, strict=True)]
    return SystemRounds(
        name=name,
        figures={each: values for each, values in figures.items() if values is not None},
        lead=None if all(one in (None, best) for one, best in zip(found, served, strict=True)) else _over(leads),
        ahead=sum(lead is not None and lead > 0 for lead in leads),
        rounds=sum(lead is not None for lead in leads),
    )


def _lead_over(one: SystemResult | None, served: SystemResult | None, primary: str) -> float | None:
    if one is None or served is None:
        return None
    return served.metrics[primary].mean - one.metrics[primary].mean


def _over(values: Sequence[float | None]) -> OverRounds | None:
    known = [value for value in values if value is not None]
    return OverRounds(*mean_and_sd(known), tuple(values)) if known else None
