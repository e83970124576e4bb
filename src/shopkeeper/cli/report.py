"""The evaluation table in a terminal."""

from typing import TYPE_CHECKING

from shopkeeper.cli.output import say, say_table

if TYPE_CHECKING:  # heavy; the commands that have a report have imported it
    from shopkeeper.evaluation.report import EvaluationReport

FIRST, LAST = 3, 2  # the columns that fit a terminal; the HTML report has them all


def say_report(report: "EvaluationReport") -> None:
    """A table for each task, best system first, and the notes."""
    from shopkeeper.evaluation.report import table

    rows = table(report)
    for title in dict.fromkeys(row["task"] for row in rows):
        chosen = [
            {name: value for name, value in row.items() if name != "task"} for row in rows if row["task"] == title
        ]
        columns = list(chosen[0])
        kept = [*columns[:FIRST], *columns[-LAST:]]
        say_table(kept, [[row.get(name, "") for name in kept] for row in chosen], title=title)
    for note in report.notes:
        say(note)
