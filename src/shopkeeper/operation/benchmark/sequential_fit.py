"""Fitting the systems of `benchmark sequential` on a dataset, timed, and ranking every question's target by each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

import numpy as np

from shopkeeper.data import Dataset, ItemTable
from shopkeeper.evaluation.full_rank import Float64, target_ranks
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.language import TextEncoder
from shopkeeper.language.bulk import encode_all
from shopkeeper.model import Learner, Run
from shopkeeper.model.even_blend import blended
from shopkeeper.model.neural import Trainer
from shopkeeper.model.transformer import Transformer
from shopkeeper.operation.benchmark.sequential_system import BLEND, READS_TEXT, TEXT_DIMENSION, TRAINED, unfitted
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import Progress
from shopkeeper.training.even_blend_fit import EvenBlendFitConfig, fit_even_blend


@dataclass(frozen=True, slots=True)
class Texts:
    """The items' vectors, and the seconds that it took to make them."""

    vectors: TextVectors
    seconds: float


NO_TEXTS: Final = Texts(TextVectors.build(DistinctTexts.of([]), np.zeros((0, 1), np.float32), "none", 1), 0.0)


@dataclass(frozen=True, slots=True)
class Means:
    """What every fit of one run shares."""

    texts: Texts
    seed: int
    threads: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Fitted:
    """Fitted parts by name with the seconds that each took, texts included where a part reads them.

    `weight` is the blend's, empty where only one system was asked for; `validation` the NDCG@10 that it reached there.
    """

    parts: Mapping[str, CatalogueScorer]
    seconds: Mapping[str, float]
    weight: Mapping[str, float]
    validation: float | None


def read_texts(items: ItemTable, encoder: TextEncoder, processes: int, progress: Progress) -> Texts:
    """Every item's text as a whitened vector; nothing is kept from an earlier run."""
    start = perf_counter()
    text, new = DistinctTexts.of([]).with_changes(np.arange(len(items), dtype=np.int32), items.texts())
    raw = encode_all(encoder, new, progress=progress, processes=processes)
    vectors = TextVectors.build(text, raw, encoder.name, TEXT_DIMENSION)
    return Texts(vectors, perf_counter() - start)


def fit_parts(names: tuple[str, ...], validation: LeaveOneOut, means: Means) -> Fitted:
    """The named parts, fitted on what the validation questions know; networks end by what they reach on these."""
    trainers = {name: _trainer(validation, means.seed) for name in names if name in TRAINED}
    return _fitted(names, validation.training(), trainers, means)


def fit_again(fitted: Fitted, dataset: Dataset, means: Means) -> Fitted:
    """The same parts with the same weights, fitted on more: networks for as many epochs as were best before."""
    trainers = {
        name: _trainer(None, means.seed, int(part.best[0]) + 1)
        for name, part in fitted.parts.items()
        if isinstance(part, Transformer)
    }
    return replace(_fitted(tuple(fitted.parts), dataset, trainers, means), weight=fitted.weight)


def _fitted(names: tuple[str, ...], dataset: Dataset, trainers: Mapping[str, Trainer], means: Means) -> Fitted:
    parts: dict[str, CatalogueScorer] = {}
    seconds: dict[str, float] = {}
    vectors = means.texts.vectors
    for done, name in enumerate(names):
        means.progress("fitting: " + name, done, len(names))
        start = perf_counter()
        run = Run(np.random.default_rng(means.seed), vectors, means.threads, means.progress, trainers.get(name))
        fitted: Learner = unfitted(vectors)[name].fit(dataset, run)
        assert isinstance(fitted, CatalogueScorer)
        parts[name] = fitted
        seconds[name] = perf_counter() - start
    means.progress("fitting", len(names), len(names))
    return Fitted(parts, seconds, {}, None)


def _trainer(validation: LeaveOneOut | None, seed: int, epochs: int | None = None) -> Trainer:
    """Of networks: ended by validation, else after so many epochs."""
    # PyTorch takes two seconds to import, and the instant tier does without it.
    from shopkeeper.training.judge import NextItemJudge
    from shopkeeper.training.network_trainer import NetworkTrainer
    from shopkeeper.training.session import TrainerConfig

    if validation is None:
        return NetworkTrainer(TrainerConfig(epochs=epochs or TrainerConfig().epochs))
    return NetworkTrainer(TrainerConfig(), NextItemJudge(validation, np.random.default_rng(seed)))


def fit_weights(fitted: Fitted, validation: LeaveOneOut, means: Means) -> Fitted:
    """With a blend of the parts, its weights fitted on validation; its seconds are all parts' and its own."""
    means.progress("fitting blend weights", 0, 1)
    start = perf_counter()
    rng = np.random.default_rng(means.seed)
    weight, reached = fit_even_blend(fitted.parts, validation, EvenBlendFitConfig(), rng)
    means.progress("fitting blend weights", 1, 1)
    seconds = {**fitted.seconds, BLEND: sum(fitted.seconds.values()) + perf_counter() - start}
    return Fitted(fitted.parts, seconds, weight, reached)


def with_texts(seconds: Mapping[str, float], texts: Texts) -> dict[str, float]:
    """The seconds of each system, reading of texts included where it needs their vectors."""
    return {name: told + texts.seconds * (name in READS_TEXT or name == BLEND) for name, told in seconds.items()}


def ranks(fitted: Fitted, questions: LeaveOneOut, progress: Progress) -> dict[str, Float64]:
    """The place of every target by each part, and by the blend where there is one."""
    found: dict[str, list[Float64]] = {}
    done = 0
    for chunk in questions.chunks():
        progress("ranking the catalogue", done, len(questions))
        done += len(chunk.target)
        scores = {name: part.score_all(chunk.batch) for name, part in fitted.parts.items()}
        if fitted.weight:
            scores[BLEND] = blended({name: scores[name] for name in fitted.weight}, fitted.weight)
        for name, score in scores.items():
            place = target_ranks(score, chunk.target, chunk.seen_row, chunk.seen_item)
            found.setdefault(name, []).append(place)
    progress("ranking the catalogue", len(questions), len(questions))
    return {name: np.concatenate(each) for name, each in found.items()}
