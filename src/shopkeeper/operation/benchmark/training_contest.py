"""Our transformer against two peers': who learns how much in how long, each system in a process of its own."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from shopkeeper.operation.benchmark.shape import Cell, Row, missing_row, ratio
from shopkeeper.operation.benchmark.training_course import Course, run_course
from shopkeeper.operation.benchmark.training_job import Job, Shape
from shopkeeper.operation.benchmark.training_level import level_rows, levels
from shopkeeper.record import Progress

EPOCHS: Final = 100  # at most
PATIENCE: Final = 5  # epochs without a better one, after which a system ends
NEAR: Final = 0.98  # of what the better peer reached is the level: the rest of a curve is noise
OUR_MODULE: Final = "shopkeeper.operation.benchmark.training_ours"


@dataclass(frozen=True, slots=True)
class Peer:
    """A library with a transformer of its own, in an environment of its own; `parts` are what works together."""

    name: str
    parts: tuple[str, ...]

    def python(self, folder: Path) -> Path:
        """The interpreter of its environment; `folder` has one for each peer."""
        return folder / self.name / "bin" / "python"

    def missing(self, folder: Path) -> str | None:
        """How to install it, None where it is there."""
        if self.python(folder).is_file():
            return None
        place = shlex.quote(str(folder / self.name))
        install = f"python -m venv {place} && {place}/bin/pip install {shlex.join(self.parts)}"
        return f"not installed. Install it with: {install}"


PEERS: Final[Mapping[str, Peer]] = MappingProxyType(
    {
        "RecTools SASRecModel, softmax": Peer("rectools", ("torch==2.13.0", "rectools[torch]==0.19.0")),
        # It reads numpy.bool8 by way of Ray, fills columns as pandas did before 3, and needs pkg_resources.
        "RecBole SASRec, CE": Peer(
            "recbole", ("torch==2.13.0", "recbole==1.2.1", "numpy<2", "pandas<3", "setuptools<81")
        ),
    }
)
TEXT: Final = "shopkeeper transformer"
IDS: Final = "shopkeeper transformer, ids alone"
OURS: Final[Mapping[str, str]] = MappingProxyType({TEXT: "text", IDS: "ids"})


@dataclass(frozen=True, slots=True)
class Contest:
    """Every system's course by name, rows of peers that are not installed, the NDCG@10 that all should reach, 0 where
    no peer learned anything, and how many items there are."""

    courses: Mapping[str, Course]
    absent: tuple[Row, ...]
    level: float
    items: int

    @property
    def rows(self) -> tuple[Row, ...]:
        peers = {name: course for name, course in self.courses.items() if name in PEERS}
        ours = {name: course for name, course in self.courses.items() if name in OURS}
        told = (course_row(name, course, self.level) for name, course in self.courses.items())
        return (*told, *level_rows(peers, ours, self.items), *self.absent)


def run_contest(folder: Path, threads: int, peers: Path, minutes: float, progress: Progress) -> Contest:
    """Peers first, for so many minutes each at most: what they reach says how long ours have to run.

    Raises NotFound, InputError, ShopkeeperError where a process fails.
    """
    job = Job.of(folder)
    courses: dict[str, Course] = {}
    absent: list[Row] = []
    with TemporaryDirectory(prefix="shopkeeper-training-") as place:
        for number, (name, peer) in enumerate(PEERS.items()):
            progress(f"training: {name}", number, len(PEERS) + len(OURS))
            missing = peer.missing(peers)
            if missing:
                absent.append(missing_row(name, missing))
            else:
                courses[name] = _peer_course(peer, job, Path(place) / peer.name, peers, threads, minutes)
        goal = max((lap.validation for course in courses.values() for lap in levels(course, len(job.items))), default=0)
        job.keep(Path(place))
        for number, (name, kind) in enumerate(OURS.items(), start=len(PEERS)):
            progress(f"training: {name}", number, len(PEERS) + len(OURS))
            command = [sys.executable, "-m", OUR_MODULE, place, str(threads), str(EPOCHS), kind]
            courses[name] = run_course(command, lambda: 0.0, lambda told: is_enough(told, goal), minutes * 60)
    progress("training", 1, 1)
    return Contest(courses, tuple(absent), NEAR * goal, len(job.items))


def _peer_course(peer: Peer, job: Job, place: Path, peers: Path, threads: int, minutes: float) -> Course:
    place.mkdir()
    job.write(place / "job.npz", Shape(), EPOCHS, threads)
    script = Path(__file__).with_name(f"training_peer_{peer.name}.py")
    command = [str(peer.python(peers).absolute()), "-P", str(script), str(place / "job.npz"), str(place)]
    return run_course(command, lambda: job.judge(place / "epoch.npz"), is_over, minutes * 60)


def is_over(course: Course) -> bool:
    """Whether the best point is PATIENCE epochs past."""
    best = max(course.laps, key=lambda lap: lap.validation)  # the first of equal ones
    return course.epochs - best.epochs >= PATIENCE


def is_enough(course: Course, level: float) -> bool:
    """Whether the level is reached, or is out of reach; without a level the system ends as the peers do."""
    return (level > 0 and course.best >= level) or is_over(course)


def course_row(system: str, course: Course, level: float) -> Row:
    """What a system came to, and when it was as good as the level."""
    at = course.reached(level) if level else None
    epoch = course.epoch_seconds
    row: dict[str, Cell] = {
        "system": system,
        "epochs": round(course.epochs, 2),
        "NDCG@10": round(course.best, 4),
        "level": round(level, 4),
        "epochs_to_level": None if at is None else round(at.epochs, 2),
        "seconds_to_level": None if at is None else round(at.seconds, 1),
        "cpu_seconds_to_level": None if at is None else round(at.cpu_seconds, 1),
        "cpu_seconds_before": round(course.prepared, 1),
        "epoch_cpu_seconds": None if epoch is None else round(epoch, 1),
        "peak_mb": course.peak_mb,
    }
    if course.epochs < 1 and course.steps:
        row["note"] = f"time was up; its epoch is extrapolated from {course.steps:,} of {course.of:,} steps"
    return row


def contest_ratios(contest: Contest) -> dict[str, float]:
    """The quicker peer over ours: how many times as long it takes to the level and for an epoch; and ours over the
    leaner peer's memory."""
    ratios: dict[str, float] = {}
    courses, level = contest.courses, contest.level
    peers = [courses[name] for name in PEERS if name in courses]
    laps = [at.cpu_seconds for course in peers if level and (at := course.reached(level)) is not None]
    epochs = [course.epoch_seconds for course in peers if course.epoch_seconds is not None]
    for name in (name for name in OURS if name in courses):
        ours = courses[name]
        at = ours.reached(level)
        if laps and at is not None:
            ratios[f"quicker peer / {name}: cpu_seconds_to_level"] = ratio(min(laps), at.cpu_seconds)
        if epochs and ours.epoch_seconds:
            ratios[f"quicker peer / {name}: epoch_cpu_seconds"] = ratio(min(epochs), ours.epoch_seconds)
        if peers and ours.peak_mb:
            ratios[f"{name} / leaner peer: peak_mb"] = ratio(ours.peak_mb, min(course.peak_mb for course in peers))
    return ratios
