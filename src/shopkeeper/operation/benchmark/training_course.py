"""How one system learns: a process of its own that tells how far it is, waits while it is judged, and is watched."""

import json
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from shopkeeper.operation.benchmark.process import PeakMemory, talking_process

GO_ON: Final = "on"
END: Final = "end"


@dataclass(frozen=True, slots=True)
class Lap:
    """A judged point, after so many epochs, which need be no whole ones: seconds of a clock and of processors from the
    beginning, what was prepared before the first epoch included and validation not; and NDCG@10 on validation."""

    epochs: float
    seconds: float
    cpu_seconds: float
    validation: float


@dataclass(frozen=True, slots=True)
class Course:
    """A system's judged points, and the most memory that its process held. `prepared` are the processor seconds before
    the first epoch; (`steps`, `of`, `cpu_seconds`) are of the epoch that was under way at its end, if it told."""

    laps: tuple[Lap, ...] = ()
    peak_mb: float = 0.0
    prepared: float = 0.0
    steps: int = 0
    of: int = 0
    cpu_seconds: float = 0.0

    @property
    def best(self) -> float:
        """NDCG@10 of the best point, 0 before the first."""
        return max((lap.validation for lap in self.laps), default=0.0)

    @property
    def epochs(self) -> float:
        """Up to the last point."""
        return self.laps[-1].epochs if self.laps else 0.0

    @property
    def epoch_seconds(self) -> float | None:
        """Processor seconds of a mean epoch; of a part of the first one, what the whole would take."""
        if self.epochs >= 1:
            return (self.laps[-1].cpu_seconds - self.prepared) / self.epochs
        return self.cpu_seconds / self.steps * self.of if self.steps else None

    def reached(self, level: float) -> Lap | None:
        """The first point that is as good as `level`, None where none is."""
        return next((lap for lap in self.laps if lap.validation >= level), None)


def run_course(
    command: Sequence[str], judge: Callable[[], float], over: Callable[[Course], bool], limit: float
) -> Course:
    """Let a process train until `over` says so at a judged point, or `limit` seconds are over.

    Each line that it writes is a JSON object: one with "prepared" comes first, if at all; one with "steps" and "of"
    tells how far an epoch is; every other one, with "epochs", is such a point, which `judge` judges unless it says
    "validation" itself.
    Lines that are none are left out: libraries write what they like. Raises ShopkeeperError where it fails.
    """
    with talking_process(command) as process, PeakMemory(process.pid) as memory:
        deadline = threading.Timer(limit, process.kill)
        deadline.start()
        try:
            course = _followed(process, judge, over)
        finally:
            deadline.cancel()
    return replace(course, peak_mb=round(memory.megabytes, 1))


def _followed(process: subprocess.Popen[str], judge: Callable[[], float], over: Callable[[Course], bool]) -> Course:
    assert process.stdin is not None
    assert process.stdout is not None
    course = Course()
    for line in process.stdout:
        told = _object(line)
        if "prepared" in told:
            course = replace(course, prepared=told["prepared"])
        elif "of" in told:
            course = replace(course, steps=told["steps"], of=told["of"], cpu_seconds=told["cpu_seconds"])
        elif told:
            reached = told["validation"] if "validation" in told else judge()
            lap = Lap(told["epochs"], told["seconds"], told["cpu_seconds"], reached)
            course = replace(course, laps=(*course.laps, lap))
            ended = over(course)
            with suppress(BrokenPipeError):  # time was up
                process.stdin.write(f"{END if ended else GO_ON}\n")
                process.stdin.flush()
            if ended:
                break
    return course


def _object(line: str) -> dict[str, Any]:
    """The JSON object in a line, empty where there is none."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
