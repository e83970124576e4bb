"""The model card of a bundle, for people: what it learned from, how good it is, where its limits lie, what it cost.

Mitchell et al., Model Cards for Model Reporting, FAT* 2019. Every number is counted; what was not is said to be not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shopkeeper.evaluation import wording
from shopkeeper.evaluation.report import EvaluationReport, close_up
from shopkeeper.evaluation.result import TaskResult

MARKETS_NAMED: Final = 5
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What a bundle learned from. Times are ISO 8601, None without events; `events` are by type.

    `products` are alive; of these, `without_text`, `without_category` and `without_price` lack it, and `untouched` are
    of groups that no event is about. `markets` are those beside the default one.
    """

    products: int
    without_text: int
    without_category: int
    without_price: int
    untouched: int
    users: int
    events: Mapping[str, int]
    first_event: str | None
    last_event: str | None
    markets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cost:
    """`stages`: wall seconds by what was done. Peaks are resident memory, bytes, None where the system does not tell;
    `disk` is bytes of the bundle's files."""

    stages: Mapping[str, float]
    peak: int | None
    peak_of_helpers: int | None
    disk: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a bundle: `sources` by their model, surfaces with learned `rankers`, surfaces that have no task."""

    bundle_id: str
    encoder: str
    sources: Mapping[str, str]
    rankers: Sequence[str]
    untasked: Sequence[str]


def model_card(contents: Contents, report: EvaluationReport, data: DataFacts, cost: Cost) -> str:
    """The card as Markdown."""
    parts = (
        [f"# Model card: {report.shop}, bundle {contents.bundle_id}", "", *_what(contents, report)],
        ["## Data", "", *_data(report, data)],
        ["## Metrics", "", *_metrics(report)],
        ["## Limits", "", *(f"- {limit}" for limit in limits(contents, report, data))],
        ["## Cost", "", *_cost(cost)],
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def limits(contents: Contents, report: EvaluationReport, data: DataFacts) -> list[str]:
    """What this bundle cannot do, or is not known to do, most of it counted."""
    told = [_horizon(report, data), _untouched(data), *_lacking(data), *_strangers(report), _prices(contents, data)]
    if contents.untasked:
        told.append(f"No figure is of {_listed(contents.untasked)}: no task tells what would be right there.")
    told += [
        f"{task.title} was judged on {task.queries:,} customers only: take its figures as a first impression."
        for task in report.tasks
        if 0 < task.queries < wording.FEW_QUERIES
    ]
    told.append(
        "Consent is not kept in the store: the bundle learned from everybody whose events were taken in, except those "
        "marked as bots or staff, and those who were erased before. Send no events of whom you may not learn from."
    )
    return [*told, *report.notes, *wording.LIMITS]


def _what(contents: Contents, report: EvaluationReport) -> list[str]:
    sources = ", ".join(f"{name} ({model})" for name, model in contents.sources.items())
    ranked = f"A learned ranker orders {_listed(contents.rankers)}." if contents.rankers else "No learned ranker."
    return [
        f"Made {report.created} by Shopkeeper {report.code_version}, seed {report.seed}. It recommends and searches "
        "this shop's products for this shop's customers, and is meant for nothing else. It holds no rows about users.",
        "",
        f"Sources: {sources}. {ranked} Texts are encoded by {contents.encoder}.",
    ]


def _data(report: EvaluationReport, data: DataFacts) -> list[str]:
    split = report.split.days
    events = ", ".join(f"{count:,} {kind}" for kind, count in data.events.items()) or "none"
    when = f"from {data.first_event} to {data.last_event}" if data.last_event else "of no time"
    return [
        f"- {data.products:,} products, {data.users:,} customers and guests",
        f"- events on items, {when}: {events}",
        f"- validation from {split[0]}, test from {split[1]} to {split[2]}; then fitted again on everything",
    ]


def _metrics(report: EvaluationReport) -> list[str]:
    judged = [task for task in report.tasks if task.systems]
    if not judged:
        return ["None: nobody could be asked."]
    lines = [
        "95 % intervals over customers, in brackets. The bundle itself, fitted on the test days too, was not judged."
    ]
    for task in judged:
        lines += ["", f"### {task.title}: {task.meaning}", "", " ".join(wording.summary(task)), "", *_table(task)]
    return [*lines, "", wording.NO_PROBABILITY] if not _probable(judged) else lines


def _probable(tasks: Sequence[TaskResult]) -> bool:
    return any(system.probability for task in tasks for system in task.systems)


def _table(task: TaskResult) -> list[str]:
    heads, rows = close_up(task)
    heads = [heads[0], f"{heads[1]} (served)", *(f"{name} (best other)" for name in heads[2:])]
    return ["| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows)]


def _horizon(report: EvaluationReport, data: DataFacts) -> str:
    if data.last_event is None:
        return "It learned from no event: lists come from texts alone, and nothing of them was measured."
    days = round((report.split.test_to - report.split.test_from) / 86_400e6)
    return (
        f"It knows nothing after {data.last_event}. Figures are of what was bought within {days} days after the cut, "
        "by models that learned from what came before it; of later weeks and other seasons they say nothing."
    )


def _untouched(data: DataFacts) -> str:
    return (
        f"{_share(data.untouched, data.products)} of the products have no event yet. What learns from behaviour cannot "
        "propose them: they come up in search, in lists of similar products, and where lists would stay short."
    )


def _lacking(data: DataFacts) -> list[str]:
    lacks = (
        (data.without_text, "no text, so search and likeness by meaning do not find them"),
        (data.without_category, "no category, so a liking for categories does not reach them"),
        (data.without_price, "no price in the default market"),
    )
    return [f"{_share(count, data.products)} of the products have {what}." for count, what in lacks if count]


def _strangers(report: EvaluationReport) -> list[str]:
    """Who bought in the test and could not be asked."""
    cold = max((task.cold for task in report.tasks), default=0)
    if not cold:
        return []
    return [
        f"{cold:,} customers who bought in the test had no history before it. They are in no figure; whoever has none "
        "is shown what sells best, and the answer says so."
    ]


def _prices(contents: Contents, data: DataFacts) -> str:
    if not contents.rankers:
        return "No model reads prices."
    if not data.markets:
        return "The learned ranker reads the default market's prices; no other market has offers."
    named, more = list(data.markets)[:MARKETS_NAMED], len(data.markets) - MARKETS_NAMED
    others = _listed([*named, f"{more:,} more"] if more > 0 else named)
    return (
        f"The learned ranker reads the default market's prices. Those of {others} it does not know, and ranks there as "
        "here."
    )


def _cost(cost: Cost) -> list[str]:
    stages = [f"| {what} | {seconds:,.1f} s |" for what, seconds in cost.stages.items()]
    return [
        "| what | how much |",
        "| --- | --- |",
        *stages,
        f"| together | {sum(cost.stages.values()):,.1f} s |",
        f"| highest memory of the training process | {_megabytes(cost.peak)} |",
        f"| highest memory of a process that it started | {_megabytes(cost.peak_of_helpers)} |",
        f"| bundle on disk, this card not counted | {_megabytes(cost.disk)} |",
    ]


def _megabytes(size: int | None) -> str:
    return "not known" if size is None else f"{size / _MEGABYTE:,.1f} MB"


def _share(count: int, of: int) -> str:
    return f"{count:,} of {of:,} ({wording.percent(count / of if of else 0.0)})"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
