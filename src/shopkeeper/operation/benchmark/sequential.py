"""`benchmark sequential`: next-item accuracy by the published leave-one-out protocol, beside the published rows."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError
from shopkeeper.evaluation.full_rank import rank_metrics
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.language import TextEncoder
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.model.neural import need_torch
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.published import published_rows
from shopkeeper.operation.benchmark.sequence_file import SequenceFile, read_sequences
from shopkeeper.operation.benchmark.sequential_fit import (
    Fitted,
    Means,
    fit_again,
    fit_parts,
    fit_ranker,
    fit_weights,
    ranks,
    with_texts,
)
from shopkeeper.operation.benchmark.sequential_system import (
    BLEND,
    BLENDED,
    EFFORT,
    FULL,
    INSTANT,
    RANKED,
    READS_TEXT,
    SYSTEMS,
    TRAINED,
)
from shopkeeper.operation.benchmark.sequential_text import NO_TEXTS, read_texts
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Cell, Row, missing_row, ratio
from shopkeeper.record import Progress, silent

REFIT: Final = ", refitted on train and validation"
FILE: Final = "file"
SHUFFLED: Final = "shuffled"
BOTH: Final = "both"
TIES: Final = (FILE, SHUFFLED, BOTH)
CHIEF: Final = ("HR@10", "NDCG@10")
MEGABYTE: Final = 2**20
CORES: Final = min(os.cpu_count() or 1, 2)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure: the systems of a tier, or one of them; how many seeds to repeat it with, on how many threads;
    with which order of ties; and whether the blends are also fitted again on train and validation."""

    tier: str = INSTANT
    model: str | None = None
    seeds: int = 1
    threads: int = CORES
    ties: str = BOTH
    refit: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """One system with one seed and one order of ties."""

    system: str
    ties: str
    metrics: dict[str, float]
    validation: float | None
    seconds: float


def benchmark_sequential(
    folder: Path, wanted: Wanted, encoder: TextEncoder | None = None, *, progress: Progress = silent
) -> BenchmarkResult:
    """Rows of our systems, best first, with ties as the file has them and shuffled, and the published rows.

    Raises NotFound, InputError, LanguageError; MissingPart where a system is trained by PyTorch, and it is not there.
    """
    names = _systems(wanted)
    for name in names:
        if name in TRAINED:
            need_torch(name)
    machine = describe_machine()
    measured: list[Measured] = []
    for seed in range(wanted.seeds):
        file = read_sequences(folder, np.random.default_rng(seed))
        measured += _of_seed(file, names, encoder or Usem3Encoder(), seed, wanted, progress)
    tier = FULL if set(TRAINED) & set(names) else INSTANT
    rows, peers = _rows(measured, file.name, tier), published_rows(folder, file.name)
    as_filed = [row for row in rows if row["ties"] == FILE]
    shuffled = [row for row in rows if row["ties"] == SHUFFLED]
    if file.day is None and wanted.ties != FILE:
        shuffled = [missing_row(f"{names[-1]}, ties {SHUFFLED}", "the folder tells no times, so no ties are known")]
    return BenchmarkResult("sequential", machine, (*as_filed, *peers, *shuffled), _ratios(as_filed, peers))


def cost(wanted: Wanted) -> str:
    """How long it takes, in words, said before it begins."""
    tables = wanted.seeds * (2 if wanted.ties == BOTH else 1)
    whole = wanted.model in (None, BLEND, RANKED)
    if (wanted.tier == FULL and whole) or wanted.model in TRAINED:
        trainings = tables * (2 if wanted.refit and whole else 1)
        fewer = "" if trainings == 1 else " (fewer with --ties file, --no-refit, --seeds 1)"
        return f"{_times(trainings)}a training of 5 to 20 minutes{fewer} for 20,000 to 40,000 users"
    return f"{_times(tables)}two to four minutes for 20,000 to 40,000 users"


def _times(count: int) -> str:
    return "" if count == 1 else f"{count} times "


def _systems(wanted: Wanted) -> tuple[str, ...]:
    """The systems to measure, the chief one last."""
    if wanted.tier not in BLENDED:
        raise InputError(f"There is no tier {wanted.tier!r}. There are: {', '.join(BLENDED)}.")
    if wanted.seeds < 1:
        raise InputError("A benchmark needs at least one seed: --seeds 1")
    if wanted.ties not in TIES:
        raise InputError(f"There is no order of ties {wanted.ties!r}. There are: {', '.join(TIES)}.")
    blended = (*BLENDED[wanted.tier], BLEND, RANKED)
    if wanted.model is None:
        return blended
    if wanted.model not in (*SYSTEMS, BLEND, RANKED):
        raise InputError(f"There is no model {wanted.model!r}. There are: {', '.join((*SYSTEMS, BLEND, RANKED))}.")
    return blended if wanted.model in (BLEND, RANKED) else (wanted.model,)


def _of_seed(
    file: SequenceFile, names: tuple[str, ...], encoder: TextEncoder, seed: int, wanted: Wanted, progress: Progress
) -> Iterator[Measured]:
    """All systems with the orders of ties that are wanted; texts are read once for both."""
    texts = NO_TEXTS
    if READS_TEXT & set(names):
        texts = read_texts(file.items, encoder, CORES, progress)
    means = Means(texts, seed, wanted.threads, progress, EFFORT[wanted.tier])
    if wanted.ties != SHUFFLED:
        yield from _measured(file, file.sequences, FILE, names, wanted.refit, means)
    if wanted.ties != FILE and file.day is not None:
        yield from _measured(file, file.shuffled(np.random.default_rng(seed)), SHUFFLED, names, wanted.refit, means)


def _measured(
    file: SequenceFile, sequences: Sequences, ties: str, names: tuple[str, ...], refit: bool, means: Means
) -> Iterator[Measured]:
    """Systems fitted on the training items alone; and the blends with their parts fitted anew on validation too."""
    validation, test = LeaveOneOut.validation(file.items, sequences), LeaveOneOut.test(file.items, sequences)
    fitted = fit_parts(tuple(name for name in names if name not in (BLEND, RANKED)), validation, means)
    if BLEND in names:
        fitted = fit_weights(fitted, validation, means)
    if RANKED in names:
        fitted = fit_ranker(fitted, validation, means)
    seconds = with_texts(fitted.seconds, means.texts)
    for name, rank in ranks(fitted, test, means).items():
        yield Measured(name, ties, dict(rank_metrics(rank)), fitted.validation.get(name), seconds[name])
    if BLEND in names and refit:
        yield from _refitted(fitted, test, ties, means)


def _refitted(fitted: Fitted, test: LeaveOneOut, ties: str, means: Means) -> Iterator[Measured]:
    """The blends with the weights and trees that validation gave them, their parts fitted on train and validation."""
    again = fit_again(fitted, test, means)
    before, more = with_texts(fitted.seconds, means.texts), sum(again.seconds.values())
    for name, rank in ranks(again, test, means).items():
        if name in (BLEND, RANKED):
            yield Measured(name + REFIT, ties, dict(rank_metrics(rank)), None, before[name] + more)


def _rows(measured: list[Measured], dataset: str, tier: str) -> list[Row]:
    """One row for each system and order of ties, means over the seeds, best first."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for each in measured:
        groups.setdefault((each.ties, each.system), []).append(each)
    rows = [_row(group, dataset, tier) for group in groups.values()]
    return sorted(rows, key=_ndcg, reverse=True)


def _row(group: list[Measured], dataset: str, tier: str) -> Row:
    """Means, and beside the two chief metrics their standard deviation where there are several seeds."""
    first = group[0]
    row: dict[str, Cell] = {"system": first.system, "dataset": dataset, "tier": tier, "ties": first.ties}
    for metric in first.metrics:
        row[metric] = round(float(np.mean([each.metrics[metric] for each in group])), 4)
    for metric in CHIEF if len(group) > 1 else ():
        row[f"{metric} sd"] = round(float(np.std([each.metrics[metric] for each in group], ddof=1)), 4)
    told = [each.validation for each in group if each.validation is not None]
    if told:
        row["validation"] = round(float(np.mean(told)), 4)  # NDCG@10; by trees that did not see the question
    row["seeds"] = len(group)
    row["fit_seconds"] = round(float(np.mean([each.seconds for each in group])), 1)
    row["peak_mb"] = _peak_mb()
    return row


def _peak_mb() -> int:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / MEGABYTE) if sys.platform == "darwin" else round(peak / 1024)  # macOS counts bytes, Linux kB


def _ratios(rows: list[Row], peers: list[Row]) -> dict[str, float]:
    """Our system that is best on validation, where there is a choice, over the best published one; ties as filed."""
    if not peers or not rows:
        return {}
    ours = max((row for row in rows if not str(row["system"]).endswith(REFIT)), key=_promise)
    best = max(peers, key=_ndcg)
    return {
        f"{ours['system']} / {best['system']} {metric}": ratio(float(ours[metric] or 0), float(best[metric] or 1))
        for metric in CHIEF
    }


def _promise(row: Row) -> tuple[float, float]:
    """What a system reached on validation, before all others that were not judged there."""
    return float(row.get("validation") or 0), _ndcg(row)


def _ndcg(row: Row) -> float:
    return float(row["NDCG@10"] or 0)
