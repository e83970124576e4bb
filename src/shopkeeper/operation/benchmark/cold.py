"""`benchmark cold`: items that nobody has taken yet, found by their texts alone, and what their places cost."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.evaluation.cold_item import ColdItems, ColdRanks, ColdResult, ScoresAll, rank_cold
from shopkeeper.evaluation.full_rank import Float64
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.evaluation.significance import mean_interval
from shopkeeper.language import TextEncoder
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.model import Run
from shopkeeper.model.neural import need_torch
from shopkeeper.model.two_tower import TwoTower
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.sequence_file import SequenceFile, read_sequences
from shopkeeper.operation.benchmark.sequential_system import unfitted
from shopkeeper.operation.benchmark.sequential_text import read_texts
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Cell, Row, ratio
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.record import Progress, silent

SHARE: Final = 0.05  # of the items, held out
MOST_LOSS: Final = 0.01  # of HR@10 and of NDCG@10 on warm questions, on validation
# Each so fine that two systems that cost MOST_LOSS at most do cost much the same.
SHIFTS: Final = tuple(each / 50 for each in range(-50, 151))  # nats that are tried
FACTORS: Final = tuple(each / 100 for each in range(120, -1, -1))
LISTED: Final = 10  # places of a list that count
EPOCHS: Final = 5
TOWERS: Final = "two_tower"
CONTENT: Final = "content kNN"
# Who is held against whom: both at one price, and both as they are.
PEERS: Final[Mapping[str, str]] = MappingProxyType({TOWERS: f"{CONTENT}, lowered", f"{TOWERS}, as trained": CONTENT})
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
    file, split = cold_split(folder, seed)
    vectors = read_texts(file.items, encoder or Usem3Encoder(), 1, progress).vectors
    run = Run(np.random.default_rng(seed), vectors, threads, progress)
    training = split.validation.training()
    start = perf_counter()
    towers = fit_towers(training, run, epochs)
    moved = [replace(towers, config=replace(towers.config, cold_shift=shift)) for shift in SHIFTS]
    chosen = cheap_enough(moved, split, progress)
    seconds = perf_counter() - start
    start = perf_counter()
    near = unfitted(vectors)["semantic"].fit(training, run)
    assert isinstance(near, CatalogueScorer)
    lowered = cheap_enough([Lowered(near, split.held, factor) for factor in FACTORS], split, progress)
    near_seconds = perf_counter() - start
    systems: Mapping[str, tuple[ScoresAll, float]] = {
        TOWERS: (chosen, seconds),
        f"{TOWERS}, as trained": (towers, seconds),
        f"{CONTENT}, lowered": (lowered, near_seconds),
        CONTENT: (near, near_seconds),
    }
    ranks = {name: rank_cold(system, split.test, split.held) for name, (system, _) in systems.items()}
    return BenchmarkResult("cold", machine, _rows(file.name, systems, ranks, seed), _ratios(ranks))


def cold_split(folder: Path, seed: int) -> tuple[SequenceFile, ColdItems]:
    """A folder's sequences, with SHARE of the items held out by chance."""
    rng = np.random.default_rng(seed)
    file = read_sequences(folder, rng)
    return file, ColdItems.split(file.items, file.sequences, SHARE, rng)


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


def cheap_enough(systems: Sequence[Scored], split: ColdItems, progress: Progress = silent) -> Scored:
    """The first whose cold items cost warm ones at most MOST_LOSS on validation; the last, if none does.

    The systems are one, its cold items ever lower, so that each costs no more than the one before.
    """
    questions = _at_stake(systems, split, progress)
    looked = 0

    def cheap(system: Scored) -> bool:
        nonlocal looked
        progress("moving cold items", looked, len(systems).bit_length())
        looked += 1
        return cost(rank_cold(system, questions, split.held).result()) <= MOST_LOSS

    found = bisect_left(systems, True, key=cheap)
    progress("moving cold items", looked, looked)
    return systems[min(found, len(systems) - 1)]


def _at_stake(systems: Sequence[ScoresAll], split: ColdItems, progress: Progress) -> LeaveOneOut:
    """The warm validation questions that have anything to lose: their answers are listed where no cold item is.

    For the first system or the last: an item that training happens not to have, though nobody held it out, moves too.
    """
    questions = split.validation
    reached = np.zeros(len(questions), bool)
    for done, system in enumerate((systems[0], systems[-1])):
        progress("asking validation questions", done, 2)
        ranks = rank_cold(system, questions, split.held)
        reached |= ~ranks.cold & (ranks.alone <= LISTED)
    progress("asking validation questions", 2, 2)
    return questions.users(np.flatnonzero(reached))


def cost(result: ColdResult) -> float:
    """The larger share that warm questions lost, of HR@10 and of NDCG@10."""
    return max(result.loss("HR@10"), result.loss("NDCG@10"))


def _rows(
    dataset: str, systems: Mapping[str, tuple[ScoresAll, float]], ranks: Mapping[str, ColdRanks], seed: int
) -> tuple[Row, ...]:
    """One of each system, by what it reached on the test and the seconds that it took."""
    return tuple(
        {
            "system": name,
            "dataset": dataset,
            **_told(ranks[name]),
            "fit_seconds": round(seconds, 1),
            **_moved(system),
            **_held_against(name, ranks, np.random.default_rng(seed)),
        }
        for name, (system, seconds) in systems.items()
    )


def _told(ranks: ColdRanks) -> dict[str, Cell]:
    """What one system reached on the test."""
    found = ranks.result()
    row: dict[str, Cell] = {}
    for metric in ("HR@10", "NDCG@10"):
        row[f"cold {metric}"] = round(found.cold[metric], 4)
        row[f"warm {metric}"] = round(found.warm[metric], 4)
        row[f"warm {metric} lost"] = round(found.loss(metric), 4)
    row["cold questions"] = int(ranks.cold.sum())
    return row


def _moved(system: ScoresAll) -> dict[str, Cell]:
    """How far its cold items were moved."""
    if isinstance(system, TwoTower):
        return {"moved by": system.config.cold_shift}  # nats
    return {"times": system.factor} if isinstance(system, Lowered) else {}


def _held_against(name: str, ranks: Mapping[str, ColdRanks], rng: np.random.Generator) -> dict[str, Cell]:
    """How sure it is that a system finds more cold items than its peer, both being asked the same questions."""
    if name not in PEERS:
        return {}
    ours, peer = (_hits(ranks[each]) for each in (name, PEERS[name]))
    if not len(ours):
        return {}
    more = mean_interval(ours - peer, rng)
    told = (
        f"cold HR@10 {more.mean:+.4f} [{more.low:+.4f}, {more.high:+.4f}] against {PEERS[name]}, with its 95 % interval"
    )
    return {"note": told}


def _ratios(ranks: Mapping[str, ColdRanks]) -> dict[str, float]:
    """The towers over the content kNN on cold questions, at the same price and as both are."""
    hits = {name: float(_hits(each).sum()) for name, each in ranks.items()}
    return {f"{ours} / {peer} cold HR@10": ratio(hits[ours], hits[peer]) for ours, peer in PEERS.items() if hits[peer]}


def _hits(ranks: ColdRanks) -> Float64:
    """1 for each cold question whose answer is listed, else 0."""
    return (ranks.rank[ranks.cold] <= LISTED).astype(np.float64)
