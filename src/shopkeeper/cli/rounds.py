"""An evaluation of several rounds in a terminal of 100 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shopkeeper.cli.output import say_paragraph, say_table

if TYPE_CHECKING:  # heavy; the command that has a report has imported it
    from shopkeeper.evaluation.figure import Figure
    from shopkeeper.evaluation.rounds import RoundsReport, TaskRounds

MOST_ROUNDS = 8  # columns of single rounds that fit; JSON has them all


def say_rounds(report: "RoundsReport", chosen: "Sequence[Figure]" = ()) -> None:
    """Mean and standard deviation over the rounds for each task, then the rounds themselves, and the notes."""
    for task in report.tasks:
        if task.systems:
            _say_task(task, list(chosen), [round_.name for round_ in report.rounds])
        else:
            say_paragraph(f"{task.title}: nobody could be asked in any round.")
    for note in report.notes:
        say_paragraph(note)


def _say_task(task: "TaskRounds", chosen: "list[Figure]", names: list[str]) -> None:
    from shopkeeper.evaluation.figure import FIGURES
    from shopkeeper.evaluation.rounds import round_values, rounds_table
    from shopkeeper.evaluation.wording import label

    figures = chosen or [FIGURES[task.primary]]
    asked = [questions for questions in task.queries if questions]
    heads, rows = rounds_table(task, figures)
    title = f"{task.title}: mean over {len(asked)} rounds, {sum(asked):,} questions"
    say_table(heads, rows, title=f"{title}; lead of {label(task.served)}" if "lead" in heads else title)
    if len(names) <= MOST_ROUNDS:
        for figure in figures:
            title = f"{task.title}: {figure.head} in each round"
            say_table(["system", *map(_short, names)], round_values(task, figure), title=title)


def _short(name: str) -> str:
    """A round's name as the head of a column: "fold 2 of 5" is "fold 2"."""
    return name.partition(" of ")[0]
