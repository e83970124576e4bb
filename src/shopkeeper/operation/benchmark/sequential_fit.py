"""Fitting the systems of `benchmark sequential` on a dataset, timed, and ranking every question's target by each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from shopkeeper.data import Dataset
from shopkeeper.evaluation.full_rank import Float64, target_ranks
from shopkeeper.evaluation.leave_one_out import CHUNK, MAX_LENGTH, Chunk, LeaveOneOut
from shopkeeper.model import Learner, Run
from shopkeeper.model.even_blend import evened, weighted
from shopkeeper.model.neural import Trainer
from shopkeeper.model.transformer import Transformer
from shopkeeper.operation.benchmark.sequential_alone import scoring_all
from shopkeeper.operation.benchmark.sequential_evidence import Lore
from shopkeeper.operation.benchmark.sequential_rank import ListRanker, RankConfig, Shelves, grown, shelves_of, two_fold
from shopkeeper.operation.benchmark.sequential_system import (
    BLEND,
    RANKED,
    READS_TEXT,
    TRAINED,
    WHOLE,
    Effort,
    unfitted,
)
from shopkeeper.operation.benchmark.sequential_text import Texts
from shopkeeper.pipeline.lists import Float32
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.record import Progress
from shopkeeper.training.even_blend_fit import fit_even_blend

EPOCHS: Final = 30  # of a network, at most
PATIENCE: Final = 4  # epochs without a better one: of eighteen in a trial, the six after the best were for nothing


@dataclass(frozen=True, slots=True)
class Means:
    """What every fit of one run shares."""

    texts: Texts
    seed: int
    threads: int
    progress: Progress
    effort: Effort = WHOLE


@dataclass(frozen=True, slots=True)
class Fitted:
    """Fitted parts by name with the seconds that each took, texts included where a part reads them.

    `weight` is the blend's, empty where only one system was asked for; `ranker` puts its best in order, None where
    nobody asked for one. `validation` has the NDCG@10 that these reached there.
    """

    parts: Mapping[str, CatalogueScorer]
    seconds: Mapping[str, float]
    weight: Mapping[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)
    ranker: ListRanker | None = None


def fit_parts(names: tuple[str, ...], validation: LeaveOneOut, means: Means) -> Fitted:
    """The named parts, fitted on what the validation questions know; networks end by what they reach on these."""
    trainers = {name: _trainer(name, validation, means.seed) for name in names if name in TRAINED}
    return _fitted(names, validation.training(), trainers, means)


def fit_again(fitted: Fitted, more: LeaveOneOut, means: Means) -> Fitted:
    """The same parts with the same weights and trees, fitted on more: networks for as many epochs as were best."""
    trainers = {
        name: _trainer(name, None, means.seed, int(part.best[0]) + 1)
        for name, part in fitted.parts.items()
        if isinstance(part, Transformer)
    }
    again = _fitted(tuple(fitted.parts), more.training(), trainers, means)
    ranker = fitted.ranker
    if ranker is not None:
        ranker = replace(ranker, lore=_lore(more, means))
    return replace(again, weight=fitted.weight, ranker=ranker)


def _fitted(names: tuple[str, ...], dataset: Dataset, trainers: Mapping[str, Trainer], means: Means) -> Fitted:
    parts: dict[str, CatalogueScorer] = {}
    seconds: dict[str, float] = {}
    vectors = means.texts.vectors
    for done, name in enumerate(names):
        means.progress("fitting: " + name, done, len(names))
        start = perf_counter()
        run = Run(np.random.default_rng(means.seed), vectors, means.threads, means.progress, trainers.get(name))
        with threadpool_limits(means.threads, "blas"):  # elsewhere each thread has a chunk of questions of its own
            fitted: Learner = unfitted(vectors)[name].fit(dataset, run)
        parts[name] = scoring_all(fitted)
        seconds[name] = perf_counter() - start
    means.progress("fitting", len(names), len(names))
    return Fitted(parts, seconds)


def _trainer(name: str, validation: LeaveOneOut | None, seed: int, epochs: int = EPOCHS) -> Trainer:
    """Of a network: ended by validation, else after so many epochs."""
    # PyTorch takes two seconds to import, and the instant tier does without it.
    from shopkeeper.training.judge import NextItemJudge
    from shopkeeper.training.network_trainer import NetworkTrainer
    from shopkeeper.training.trainer_config import TrainerConfig

    config = replace(TrainerConfig(epochs=epochs, patience=PATIENCE), **TRAINED[name])
    judge = None if validation is None else NextItemJudge(validation, np.random.default_rng(seed))
    return NetworkTrainer(config, judge)


def fit_weights(fitted: Fitted, validation: LeaveOneOut, means: Means) -> Fitted:
    """With a blend of the parts, its weights fitted on validation; its seconds are all parts' and its own."""
    means.progress("fitting blend weights", 0, 1)
    start = perf_counter()
    rng = np.random.default_rng(means.seed)
    weight, reached = fit_even_blend(fitted.parts, validation, means.effort.weights, rng, means.threads)
    means.progress("fitting blend weights", 1, 1)
    seconds = {**fitted.seconds, BLEND: sum(fitted.seconds.values()) + perf_counter() - start}
    return replace(fitted, seconds=seconds, weight=weight, validation={BLEND: reached})


def fit_ranker(fitted: Fitted, validation: LeaveOneOut, means: Means) -> Fitted:
    """With trees that put the blend's best in order; its seconds are the blend's and its own."""
    start = perf_counter()
    config = means.effort.rank
    asked = np.sort(np.random.default_rng(means.seed).permutation(len(validation))[: config.users])
    lore = _lore(validation, means)
    shelves = _shelves(fitted, validation.users(asked), config, lore, means)
    seconds = {**fitted.seconds, RANKED: fitted.seconds[BLEND]}
    if not len(shelves.answer) or shelves.given.shape[1] < 2:  # no list, or none with an order
        return replace(fitted, seconds=seconds)
    trees = grown(shelves, config, means.seed, means.threads)
    seconds[RANKED] += perf_counter() - start
    reached = two_fold(shelves, config, means.seed, means.threads)  # tells how good it is; nothing of it is kept
    told = {**fitted.validation, RANKED: reached}
    return replace(fitted, seconds=seconds, validation=told, ranker=ListRanker(config, lore, trees))


def _shelves(fitted: Fitted, questions: LeaveOneOut, config: RankConfig, lore: Lore, means: Means) -> Shelves:
    """The lists that hold their answer, of all questions."""

    def of(chunk: Chunk) -> Shelves:
        even = {name: evened(part.score_all(chunk.batch)) for name, part in fitted.parts.items()}
        return shelves_of(config, lore, chunk, even, weighted(even, fitted.weight))

    found: list[Shelves] = []
    for shelves in questions.each(of, means.threads):
        means.progress("fitting the ranker", sum(each.asked for each in found), len(questions))
        found.append(shelves)
    means.progress("fitting the ranker", len(questions), len(questions))
    return Shelves.joined(found)


def _lore(questions: LeaveOneOut, means: Means) -> Lore:
    """Of what models learn from."""
    return Lore.of(questions.known.tail(MAX_LENGTH), questions.items, means.texts.vectors)


def with_texts(seconds: Mapping[str, float], texts: Texts) -> dict[str, float]:
    """The seconds of each system, reading of texts included where it needs their vectors."""
    return {
        name: told + texts.seconds * (name in READS_TEXT or name in (BLEND, RANKED)) for name, told in seconds.items()
    }


def ranks(fitted: Fitted, questions: LeaveOneOut, means: Means) -> dict[str, Float64]:
    """The place of every target by each part, by the blend and by the ranker where there are these."""

    def of(chunk: Chunk) -> dict[str, Float64]:
        scores = {name: part.score_all(chunk.batch) for name, part in fitted.parts.items()}
        if fitted.weight:
            scores |= _joint(fitted, chunk, {name: evened(score) for name, score in scores.items()})
        return {
            name: target_ranks(score, chunk.target, chunk.seen_row, chunk.seen_item) for name, score in scores.items()
        }

    found: list[dict[str, Float64]] = []
    for chunk_ranks in questions.each(of, means.threads):
        found.append(chunk_ranks)
        means.progress("ranking the catalogue", min(len(found) * CHUNK, len(questions)), len(questions))
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


def _joint(fitted: Fitted, chunk: Chunk, even: Mapping[str, Float32]) -> dict[str, Float32]:
    """(B, n) of the blend of evened parts, and of the ranker where there is one."""
    blend = weighted(even, fitted.weight)
    ranked = {} if fitted.ranker is None else {RANKED: fitted.ranker.reordered(chunk, even, blend)}
    return {BLEND: blend, **ranked}
