"""How the terminal shows a tuning: a table that grows where somebody looks on, a line every ten seconds in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shopkeeper.cli.progress import DETAIL, LINE_SECONDS, Lines
from shopkeeper.record import Progress

if TYPE_CHECKING:  # heavy; the command has imported it
    from shopkeeper.operation.tune import TuneTrial

SHOWN: Final = 8  # trials of the table, the latest
MINUTE: Final = 60.0


class TrialTable:
    """The latest trials, the best so far, what is at work, and how long it may go on."""

    def __init__(self, minutes: float, most: int | None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._time, self._most = seconds, most
        self._end = seconds() + MINUTE * minutes
        self._trials: list[TuneTrial] = []
        self._stage = ""

    def told(self, trial: "TuneTrial") -> None:
        """One more trial has ended."""
        self._trials.append(trial)

    def progress(self, stage: str, done: int, total: int) -> None:
        """What is at work."""
        share = f" {100 * done // total} %" if 0 < done < total else ""
        self._stage = "" if done == total else stage + share

    def __rich__(self) -> RenderableType:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("trial", "NDCG@10", "seconds"):
            table.add_column(name, justify="right")
        table.add_column("values", overflow="fold")
        for trial in self._trials[-SHOWN:]:
            table.add_row(str(trial.number), reached(trial), f"{trial.seconds:.1f}", values_of(trial))
        return Group(table, Text(self._standing()))

    def _standing(self) -> str:
        """The line below the table."""
        best = f"best so far {self._trials[-1].best:.4f}; " if self._trials else ""
        stage = f"; {self._stage}" if self._stage else ""
        return f"{best}{left(self._end - self._time())}{self._of_most()} left{stage}"

    def _of_most(self) -> str:
        if self._most is None or not self._trials:
            return ""
        return f" or {max(self._most - self._trials[-1].number - 1, 0)} trials"


class TrialLines:
    """A line of the first trial, and every ten seconds one of the trial that ends then; the best values are told at
    the end, and kept in the study meanwhile."""

    def __init__(self, stream: TextIO, minutes: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._time = stream, seconds
        self._end = seconds() + MINUTE * minutes
        self._next = seconds()

    def told(self, trial: "TuneTrial") -> None:
        """One more trial has ended."""
        now = self._time()
        if now < self._next:
            return
        self._next = now + LINE_SECONDS
        what = f"trial {trial.number}{DETAIL}{reached(trial)}, best so far {trial.best:.4f}"
        self._stream.write(f"{what}, {left(self._end - now)} left\n")
        self._stream.flush()


def left(seconds: float) -> str:
    """A time in the words of a progress bar."""
    return f"{max(seconds, 0):.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:.0f} min"


def reached(trial: "TuneTrial") -> str:
    """What a trial came to."""
    return "given up" if trial.value is None else f"{trial.value:.4f}"


def values_of(trial: "TuneTrial") -> str:
    """What it tried."""
    return ", ".join(f"{name} {value:g}" for name, value in trial.values.items())


@contextmanager
def watched_trials(minutes: float, most: int | None) -> "Iterator[tuple[Progress, Callable[[TuneTrial], None]]]":
    """(who is told the progress, who is told each trial), on stderr, fit for who reads it."""
    console = Console(stderr=True)
    if console.is_terminal:
        table = TrialTable(minutes, most)
        live = Live(table, console=console, refresh_per_second=4)

        def at_work(stage: str, done: int, total: int) -> None:
            live.start()  # not before there is work: what is refused leaves no empty table
            table.progress(stage, done, total)

        try:
            yield at_work, table.told
        finally:
            live.stop()
        return
    yield Lines(sys.stderr), TrialLines(sys.stderr, minutes).told
