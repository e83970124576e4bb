"""`benchmark cold`: items that nobody has taken yet, found by their texts alone, and what their places cost."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.evaluation.cold_item import ColdItems, ColdRanks, ColdResult, ScoresAll, rank_cold
from shopkeeper.evaluation.full_rank import Float64
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.evaluation.significance import mean_interval
from shopkeeper.language import TextEncoder
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.model import Run
from shopkeeper.model.neural import need_torch
from shopkeeper.model.two_tower import TwoTower
from shopkeeper.operation.benchmark.cold_finder import Content, LearnedFinder
from shopkeeper.operation.benchmark.cold_place import LISTED, ByScore, Finder, place_ranks
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.sequence_file import SequenceFile, read_sequences
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
EPOCHS: Final = 5
TOWERS: Final = "two_tower"
CONTENT: Final = "content kNN"
LEARNED: Final = "learned finder"
PLACES: Final = "last places by "  # in the towers' list
# Who is held against whom: finders in one list at one price, each with a list of its own at one price, and as they are.
PEERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        PLACES + LEARNED: PLACES + CONTENT,
        PLACES + TOWERS: PLACES + CONTENT,
        TOWERS: f"{CONTENT}, lowered",
        f"{TOWERS}, as trained": CONTENT,
    }
)
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

    First three finders of cold items give away last places of one list, the towers'. Then the cold items of both
    models, each with a list of its own, are moved down until they cost warm ones at most MOST_LOSS on validation: only
    at one price can two systems be compared. Rows beside them have both as they are. Raises NotFound, InputError,
    LanguageError; MissingPart without PyTorch.
    """
    need_torch("two-tower model")
    machine = describe_machine()
    file, split = cold_split(folder, seed)
    if not split.held.any():
        raise InputError(f"{file.name} has too few items to hold {SHARE:.0%} of them out.")
    vectors = read_texts(file.items, encoder or Usem3Encoder(), 1, progress).vectors
    run = Run(np.random.default_rng(seed), vectors, threads, progress)
    start = perf_counter()
    towers = fit_towers(split.validation.training(), run, epochs)
    fitted = perf_counter()
    content = Content.of(split.validation, run)
    near = content.sources["semantic"]
    read = perf_counter()
    learned = LearnedFinder.fit(content, split.validation, split.held, np.random.default_rng(seed), progress)
    seconds = {TOWERS: fitted - start, CONTENT: read - fitted, LEARNED: perf_counter() - fitted}
    finders: Mapping[str, Finder] = {LEARNED: learned, TOWERS: ByScore(towers), CONTENT: ByScore(near)}
    systems = {
        **_in_one_list(towers, finders, split, seconds, progress),
        **_with_own_lists(towers, near, split, seconds, progress),
    }
    ranks = {name: system.ranks for name, system in systems.items()}
    return BenchmarkResult("cold", machine, _rows(file.name, systems, seed), _ratios(ranks))


def _in_one_list(
    towers: TwoTower, finders: Mapping[str, Finder], split: ColdItems, seconds: Mapping[str, float], progress: Progress
) -> dict[str, "System"]:
    """Who finds cold items for the last places of the towers' list."""
    placed = place_ranks(towers, finders, split, progress)
    return {PLACES + name: System(ranks, seconds[name]) for name, ranks in placed.items()}


def _with_own_lists(
    towers: TwoTower, near: CatalogueScorer, split: ColdItems, seconds: Mapping[str, float], progress: Progress
) -> dict[str, "System"]:
    """Both models with lists of their own, at one price and as they are."""
    shifts = [replace(towers, config=replace(towers.config, cold_shift=shift)) for shift in SHIFTS]
    moved = cheap_enough(shifts, split, progress)
    lowered = cheap_enough([Lowered(near, split.held, factor) for factor in FACTORS], split, progress)

    def told(scorer: ScoresAll, took: float, by: Mapping[str, Cell]) -> System:
        return System(rank_cold(scorer, split.test, split.held), took, by)

    return {
        TOWERS: told(moved, seconds[TOWERS], {"moved by": moved.config.cold_shift}),  # nats
        f"{TOWERS}, as trained": told(towers, seconds[TOWERS], {"moved by": towers.config.cold_shift}),
        f"{CONTENT}, lowered": told(lowered, seconds[CONTENT], {"times": lowered.factor}),
        CONTENT: told(near, seconds[CONTENT], {}),
    }


@dataclass(frozen=True, slots=True)
class System:
    """Where a system puts the answers of the test, how long its fit took, and how far its cold items were moved."""

    ranks: ColdRanks
    seconds: float
    moved: Mapping[str, Cell] = field(default_factory=dict)


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


def _rows(dataset: str, systems: Mapping[str, System], seed: int) -> tuple[Row, ...]:
    """One of each system, by what it reached on the test and the seconds that it took."""
    ranks = {name: system.ranks for name, system in systems.items()}
    return tuple(
        {
            "system": name,
            "dataset": dataset,
            **_told(system.ranks),
            "fit_seconds": round(system.seconds, 1),
            **system.moved,
            **_held_against(name, ranks, np.random.default_rng(seed)),
        }
        for name, system in systems.items()
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
    """Each over its peer on cold questions."""
    hits = {name: float(_hits(each).sum()) for name, each in ranks.items()}
    return {f"{ours} / {peer} cold HR@10": ratio(hits[ours], hits[peer]) for ours, peer in PEERS.items() if hits[peer]}


def _hits(ranks: ColdRanks) -> Float64:
    """1 for each cold question whose answer is listed, else 0."""
    return (ranks.rank[ranks.cold] <= LISTED).astype(np.float64)
