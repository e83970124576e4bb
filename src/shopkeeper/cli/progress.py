"""How the terminal shows progress: bars where somebody looks on, plain lines in a log; always on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from shopkeeper.record.progress import UNKNOWN, AtMost
from shopkeeper.record.progress import Progress as Watcher

DETAIL: Final = ": "  # parts a stage from what it is at just now
QUICK_SECONDS: Final = 2.0  # what is over sooner needs no line
LINE_SECONDS: Final = 10.0  # how often a log hears of a stage that goes on
MINUTE: Final = 60.0
SOONER: Final = "sooner"  # of a bar: whether its stage may end short of its total


class Bars:
    """A bar for each stage; "fitting: popular" and "fitting: als" are one stage with a changing detail."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        what = stage.partition(DETAIL)[0]
        known = None if total == UNKNOWN else total
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(stage, total=known)
        description, sooner = what if done == total else stage, isinstance(total, AtMost)
        self._progress.update(
            self._tasks[what], description=description, completed=done, total=known, **{SOONER: sooner}
        )


class Far(ProgressColumn):
    """How far a stage is: per cent in all of them, whatever they count; the count where its end is not known."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.completed:,.0f}" if task.total is None else f"{task.percentage:3.0f} %")


class Left(TimeRemainingColumn):
    """How long the rest takes at this pace, at most where it may end sooner."""

    def render(self, task: Task) -> Text:
        told = super().render(task)
        return Text.assemble("at most ", told) if task.fields.get(SOONER) else told


class Lines:
    """A line after two seconds of a stage, every ten seconds more, and at its end; quick stages pass silently."""

    def __init__(self, stream: TextIO, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._time = seconds
        self._began: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now, what = self._time(), stage.partition(DETAIL)[0]
        began = self._began.setdefault(what, now)
        if done == total:
            del self._began[what]
            if now - began >= QUICK_SECONDS:
                self._say(f"{what}: done in {now - began:.0f} s")
        elif now - self._told.get(what, began - LINE_SECONDS + QUICK_SECONDS) >= LINE_SECONDS:
            self._told[what] = now
            self._say(f"{stage}: {done:,} so far" if total == UNKNOWN else f"{stage}: {_far(done, total, now - began)}")

    def _say(self, words: str) -> None:
        self._stream.write(words + "\n")
        self._stream.flush()


def _far(done: int, total: int, seconds: float) -> str:
    """How far a stage is, and how long the rest takes at that pace."""
    far = f"{100 * done // total} %"
    left = seconds * (total - done) / done if done else 0.0
    if left < 1:
        return far
    words = f"{left:.0f} s left" if left < 2 * MINUTE else f"{left / MINUTE:.0f} min left"
    return f"at most {words}" if isinstance(total, AtMost) else f"{far}, {words}"


@contextmanager
def watched() -> Iterator[Watcher]:
    """Progress on stderr, fit for who reads it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(sys.stderr)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), Far(), TimeElapsedColumn(), Left())
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)
