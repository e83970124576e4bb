"""A learned finder of cold items: trees that say how likely an item that nobody took yet is the answer.

They learn from warm items that are pretended cold. What they are told is of texts, words, brands and categories alone,
none of which depends on who took the item: so any warm item can be pretended cold, without any model fitted again.
Gradient boosting by LightGBM (Ke et al., NeurIPS 2017).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.full_rank import Float64
from shopkeeper.evaluation.leave_one_out import Chunk, LeaveOneOut
from shopkeeper.model import Run
from shopkeeper.operation.benchmark.cold_place import Likeliest
from shopkeeper.operation.benchmark.sequential_evidence import Asked, Lore, shared
from shopkeeper.operation.benchmark.sequential_system import unfitted
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, offsets
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.record import Progress, silent

if TYPE_CHECKING:  # takes most of a second to import
    from lightgbm import Booster

CHOOSERS: Final = ("semantic", "words")  # whose best cold items are candidates
SOURCES: Final = (*CHOOSERS, "attributes")
NEVER: Final = np.float32(-1e9)  # the score of what a user has


@dataclass(frozen=True, slots=True)
class FinderConfig:
    """How the trees are grown; chosen on validation of two files."""

    candidates: int = 12  # of each chooser
    questions: int = 20_000  # looked at, at most
    others: float = 0.1  # share of lists looked at among those that cannot hold the answer
    trees: int = 120
    rate: float = 0.07
    leaves: int = 8
    least: int = 300  # candidates in a leaf
    share: float = 0.5  # of the evidence that a tree sees, chosen at random


@dataclass(frozen=True, slots=True)
class Candidates:
    """N candidates: `row` (N,) whose, `item` (N,), `given` (N, features) what is known of them."""

    row: Int64
    item: Int32
    given: Float32


@dataclass(frozen=True, slots=True)
class Content:
    """What texts, words, brands and categories say of items."""

    sources: Mapping[str, CatalogueScorer]
    lore: Lore
    config: FinderConfig = field(default_factory=FinderConfig)

    @classmethod
    def of(cls, questions: LeaveOneOut, run: Run) -> "Content":
        """Read from the catalogue of some questions."""
        sources: dict[str, CatalogueScorer] = {}
        for name in SOURCES:
            source = unfitted(run.vectors)[name].fit(questions.training(), run)
            assert isinstance(source, CatalogueScorer)
            sources[name] = source
        return cls(sources, Lore.of(questions.known, questions.items, run.vectors))

    def said(self, chunk: Chunk) -> dict[str, Float32]:
        """(B, n_items) of each source, NEVER for what a user has."""
        said = {name: source.score_all(chunk.batch) for name, source in self.sources.items()}
        for score in said.values():
            score[chunk.seen_row, chunk.seen_item] = NEVER
        return said

    def candidates(self, said: Mapping[str, Float32], asked: Asked, rows: Int64, cold: Int32) -> Candidates:
        """The likeliest of the items `cold`, of some rows of a chunk."""
        among = {name: score[np.ix_(rows, cold)] for name, score in said.items()}
        chosen = np.zeros((len(rows), len(cold)), bool)
        width = min(self.config.candidates, len(cold))
        for name in CHOOSERS:
            np.put_along_axis(chosen, np.argpartition(-among[name], width - 1, axis=1)[:, :width], True, axis=1)
        row, column = np.nonzero(chosen & (among[CHOOSERS[0]] > NEVER))
        of_source = {name: score[row, column] for name, score in among.items()}
        leads = {f"{name}, ahead": _ahead(among[name], row, of_source[name]) for name in CHOOSERS}
        item = cold[column]
        columns = {**of_source, **leads, **self._of_steps(asked, rows[row], item)}
        return Candidates(rows[row], item, np.stack(list(columns.values()), axis=1).astype(np.float32))

    def _of_steps(self, asked: Asked, row: Int64, item: Int32) -> dict[str, Float32 | Int64]:
        """(N,) each: what candidates have to do with the last steps."""
        steps = asked.steps[row]
        there = steps >= 0
        likeness = np.einsum("nd,nkd->nk", self.lore.vector[item], self.lore.vector[steps])
        likeness[~there] = -1
        best = -np.sort(-likeness, axis=1)
        own = Asked(steps, asked.length[row])
        count = np.maximum(there.sum(axis=1), 1)
        return {
            "likeness to the last step": likeness[:, 0],
            "likeness to the nearest step": best[:, 0],
            "likeness to the next one": best[:, 1],
            "steps of its brand": shared(self.lore.brand, own, item[:, None])[:, 0] / count,
            "steps of its category": shared(self.lore.category, own, item[:, None])[:, 0] / count,
            "steps": np.log(own.length),
        }


@dataclass(frozen=True, slots=True)
class LearnedFinder:
    """Fitted trees over what content says."""

    content: Content
    trees: "Booster"

    @classmethod
    def fit(
        cls, content: Content, questions: LeaveOneOut, held: Bool, rng: np.random.Generator, progress: Progress = silent
    ) -> "LearnedFinder":
        """Grown on validation questions that warm items answer; those that `held` items answer are not looked at."""
        import lightgbm

        config = content.config
        asked = np.flatnonzero(~held[questions.target])
        some = questions.users(np.sort(rng.permutation(asked)[: config.questions]))
        given, right, weight = _pretended(content, some, held, rng, progress)
        data = lightgbm.Dataset(given, right, weight=weight, params={"verbose": -1})
        return cls(content, lightgbm.train(_parameters(config, int(rng.integers(2**31))), data, config.trees))

    def likeliest(self, chunk: Chunk, cold: Int32) -> Likeliest:
        rows = np.arange(len(chunk.target))
        found = self.content.candidates(self.content.said(chunk), _asked(chunk), rows, cold)
        score = np.full((len(rows), len(cold)), -np.inf, np.float32)
        raw: Any = self.trees.predict(found.given, raw_score=True, num_threads=1)
        score[found.row, np.searchsorted(cold, found.item)] = raw
        return Likeliest.of(score, cold)


def _pretended(
    content: Content, questions: LeaveOneOut, held: Bool, rng: np.random.Generator, progress: Progress
) -> tuple[Float32, Bool, Float64]:
    """(evidence, whether each is the answer, weights) of candidates among items that are pretended cold, as many at a
    time as are held out."""
    warm = np.unique(questions.known.item)
    groups = max(1, round(len(warm) / max(int(held.sum()), 1)))
    group = np.full(len(held), -1)
    group[warm] = rng.permutation(np.arange(len(warm)) % groups)
    given: list[Float32] = []
    right: list[Bool] = []
    weight: list[Float64] = []
    asked = 0
    for chunk in questions.chunks():
        progress("pretending items cold", asked, len(questions))
        asked += len(chunk.target)
        for found, of_row in _lists(content, chunk, group, groups, rng):
            given.append(found.given)
            right.append(found.item == chunk.target[found.row])
            weight.append(of_row[found.row])
    progress("pretending items cold", asked, asked)
    return np.concatenate(given), np.concatenate(right), np.concatenate(weight)


def _lists(
    content: Content, chunk: Chunk, group: Int64, groups: int, rng: np.random.Generator
) -> Iterator[tuple[Candidates, Float64]]:
    """(candidates, (B,) weights) of each group: the questions that it answers, and a share of the others."""
    said, asked = content.said(chunk), _asked(chunk)
    for number in range(groups):
        own = group[chunk.target] == number
        drawn = rng.random(len(own)) < content.config.others
        rows = np.flatnonzero(own | drawn)
        if len(rows):
            found = content.candidates(said, asked, rows, np.flatnonzero(group == number).astype(np.int32))
            yield found, np.where(own, 1, 1 / content.config.others)


def _asked(chunk: Chunk) -> Asked:
    """The last steps of a chunk's histories."""
    return Asked.of(Sequences(chunk.seen_item, offsets(np.bincount(chunk.seen_row, minlength=len(chunk.target)))))


def _ahead(score: Float32, row: Int64, own: Float32) -> Float32:
    """(N,) how far each candidate's `own` score lies above the best other one of its row; `score` is (B, C)."""
    width = score.shape[1]
    if width < 2:
        return np.zeros(len(own), np.float32)
    two = np.partition(score, (width - 2, width - 1), axis=1)[:, -2:]
    other: Float32 = np.where(own >= two[row, 1], two[row, 0], two[row, 1])
    return own - np.maximum(other, 0)


def _parameters(config: FinderConfig, seed: int) -> dict[str, Any]:
    """As LightGBM calls them; one thread, and one order of sums, so that the same lists give the same trees."""
    return {
        "objective": "binary",
        "learning_rate": config.rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.least,
        "feature_fraction": config.share,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "seed": seed,
    }
