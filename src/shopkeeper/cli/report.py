"""The evaluation in a terminal of 100 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shopkeeper.cli.output import say_paragraph, say_table

if TYPE_CHECKING:  # heavy; the commands that have a report have imported it
    from shopkeeper.evaluation.figure import Figure
    from shopkeeper.evaluation.report import EvaluationReport

FIRST, LAST = 3, 2  # the columns that fit a terminal; the HTML report has them all


def say_report(report: "EvaluationReport") -> None:
    """A table for each task, best system first, and the notes."""
    from shopkeeper.evaluation.report import table

    rows = table(report)
    asked = {task.title: f"{task.queries:,} customer{'s' * (task.queries != 1)} asked" for task in report.tasks}
    for title in dict.fromkeys(row["task"] for row in rows):
        chosen = [
            {name: value for name, value in row.items() if name != "task"} for row in rows if row["task"] == title
        ]
        columns = list(chosen[0])
        kept = [*columns[:FIRST], *columns[-LAST:]]
        say_table(kept, [[row.get(name, "") for name in kept] for row in chosen], title=f"{title}, {asked[title]}")
    for note in report.notes:
        say_paragraph(note)


def say_close_up(report: "EvaluationReport") -> None:
    """Every figure of what is judged, beside the best of the others, each with its 95 % interval."""
    from shopkeeper.evaluation.report import close_up
    from shopkeeper.evaluation.wording import NO_PROBABILITY

    judged = [task for task in report.tasks if task.systems]
    for task in judged:
        heads, rows = close_up(task)
        say_table(heads, rows, title=f"{task.title}: every figure, with 95 % intervals")
    if not any(system.probability for task in judged for system in task.systems):
        say_paragraph(NO_PROBABILITY)


def say_figures(report: "EvaluationReport", figures: "Sequence[Figure]") -> None:
    """Chosen figures of every system, with 95 % intervals."""
    from shopkeeper.evaluation.report import figure_table

    for task in report.tasks:
        if task.systems:
            heads, rows = figure_table(task, figures)
            say_table(heads, rows, title=f"{task.title}, with 95 % intervals")
