"""`benchmark cold`: items that nobody has taken yet, found by their texts alone, and what their places cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final, TypeVar

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.evaluation.cold_item import ColdItems, ColdResult, ScoresAll, judge_cold
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.language import TextEncoder
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.model import Run
from shopkeeper.model.neural import need_torch
from shopkeeper.model.two_tower import TwoTower
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.sequence_file import read_sequences
from shopkeeper.operation.benchmark.sequential_system import unfitted
from shopkeeper.operation.benchmark.sequential_text import read_texts
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Cell, Row, ratio
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.record import Progress, silent

SHARE: Final = 0.05  # of the items, held out
MOST_LOSS: Final = 0.01  # of HR@10 and of NDCG@10 on warm questions, on validation
SHIFTS: Final = tuple(float(each) for each in np.arange(-1, 3.01, 0.25))  # nats that are tried
FACTORS: Final = tuple(float(each) for each in np.arange(1.2, -0.01, -0.1))
ASKED: Final = 4_000  # validation questions by which one of them is chosen
EPOCHS: Final = 5
CONTENT: Final = "content kNN"
Scored = TypeVar("Scored", bound=ScoresAll)


def benchmark_cold(
    folder: Path,
    threads: int = 1,
    encoder: TextEncoder | None = None,
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    progress: Progress = silent,
) -> BenchmarkResult:
    """Rows of the two-tower model and of a content kNN on a test with SHARE of the items held out of everything before.

    The cold items of both are moved down until they cost warm ones at most MOST_LOSS on validation: only at one price
    can two systems be compared. Rows beside them have both as they are. Raises NotFound, InputError, LanguageError;
    MissingPart without PyTorch.
    """
    need_torch("two-tower model")
    machine = describe_machine()
    file = read_sequences(folder, np.random.default_rng(seed))
    split = ColdItems.split(file.items, file.sequences, SHARE, np.random.default_rng(seed))
    vectors = read_texts(file.items, encoder or Usem3Encoder(), 1, progress).vectors
    run = Run(np.random.default_rng(seed), vectors, threads, progress)
    training = split.validation.training()
    start = perf_counter()
    towers = fit_towers(training, run, epochs)
    moved = [replace(towers, config=replace(towers.config, cold_shift=shift)) for shift in SHIFTS]
    chosen = cheap_enough(moved, split, seed, progress)
    seconds = perf_counter() - start
    start = perf_counter()
    near = unfitted(vectors)["semantic"].fit(training, run)
    assert isinstance(near, CatalogueScorer)
    lowered = cheap_enough([Lowered(near, split.held, factor) for factor in FACTORS], split, seed, progress)
    near_seconds = perf_counter() - start
    rows = (
        _row("two_tower", chosen, split, seconds, file.name),
        _row("two_tower, as trained", towers, split, seconds, file.name),
        _row(f"{CONTENT}, lowered", lowered, split, near_seconds, file.name),
        _row(CONTENT, near, split, near_seconds, file.name),
    )
    return BenchmarkResult("cold", machine, rows, _ratios(rows))


def fit_towers(training: Dataset, run: Run, epochs: int) -> TwoTower:
    """The towers, trained for so many epochs: validation asks for warm items too, and more of these."""
    from shopkeeper.training.network_trainer import NetworkTrainer
    from shopkeeper.training.trainer_config import TrainerConfig

    trainer = NetworkTrainer(TrainerConfig(epochs=epochs))
    return TwoTower(run.vectors).fit(training, replace(run, trainer=trainer))


@dataclass(frozen=True, slots=True)
class Lowered:
    """A system whose scores of cold items (`held`) are so much lower."""

    whole: CatalogueScorer
    held: Bool
    factor: float

    def score_all(self, batch: QueryBatch) -> Float32:
        score = self.whole.score_all(batch)
        score[:, self.held] *= np.float32(self.factor)
        return score


def cheap_enough(systems: Sequence[Scored], split: ColdItems, seed: int, progress: Progress = silent) -> Scored:
    """The first whose cold items cost warm ones at most MOST_LOSS on validation; the last, if none does."""
    rng = np.random.default_rng(seed)
    questions = split.validation
    asked = questions.users(np.sort(rng.permutation(len(questions))[:ASKED]))
    for done, system in enumerate(systems):
        progress("moving cold items", done, len(systems))
        if cost(judge_cold(system, asked, split.held)) <= MOST_LOSS:
            break
    progress("moving cold items", len(systems), len(systems))
    return system


def cost(result: ColdResult) -> float:
    """The larger share that warm questions lost, of HR@10 and of NDCG@10."""
    return max(result.loss("HR@10"), result.loss("NDCG@10"))


def _row(system: str, scorer: ScoresAll, split: ColdItems, seconds: float, dataset: str) -> Row:
    """On the test."""
    questions: LeaveOneOut = split.test
    found = judge_cold(scorer, questions, split.held)
    row: dict[str, Cell] = {"system": system, "dataset": dataset}
    for metric in ("HR@10", "NDCG@10"):
        row[f"cold {metric}"] = round(found.cold[metric], 4)
        row[f"warm {metric}"] = round(found.warm[metric], 4)
        row[f"warm {metric} lost"] = round(found.loss(metric), 4)
    row["cold questions"] = int(split.is_cold(questions).sum())
    row["fit_seconds"] = round(seconds, 1)
    if isinstance(scorer, TwoTower):
        row["moved by"] = scorer.config.cold_shift  # nats
    if isinstance(scorer, Lowered):
        row["times"] = scorer.factor
    return row


def _ratios(rows: tuple[Row, ...]) -> dict[str, float]:
    """The towers over the content kNN on cold questions, at the same price and as both are."""
    hits = [float(row["cold HR@10"] or 0) for row in rows]
    pairs = ((0, 2), (1, 3))
    return {
        f"{rows[ours]['system']} / {rows[peer]['system']} cold HR@10": ratio(hits[ours], hits[peer])
        for ours, peer in pairs
        if hits[peer]
    }
