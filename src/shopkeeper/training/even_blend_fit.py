"""Fitting the weights of an EvenBlend on validation questions, with sources that never saw the answers.

First by gradient: the softmax likelihood of the answers among the candidates, as in Cao et al., Learning to Rank: From
Pairwise Approach to Listwise Approach, ICML 2007. Then by coordinate search on NDCG@10 itself, from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.evaluation.leave_one_out import Chunk, LeaveOneOut
from shopkeeper.model.even_blend import evened
from shopkeeper.pipeline.lists import Bool, Float32, Int64
from shopkeeper.pipeline.role import CatalogueScorer

Float64 = npt.NDArray[np.float64]

CUT = 10


@dataclass(frozen=True, slots=True)
class EvenBlendFitConfig:
    """How weights are found."""

    users: int = 10_000  # questions looked at, chosen at random
    candidates: int = 60  # of each source for each question
    penalty: float = 1e-3  # on the squared weights
    steps: int = 100  # of the gradient search at most
    strides: tuple[float, ...] = (-0.4, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.4)  # tried, in the largest weight
    rounds: int = 3  # of the coordinate search at most


def fit_even_blend(
    sources: Mapping[str, CatalogueScorer],
    questions: LeaveOneOut,
    config: EvenBlendFitConfig,
    rng: np.random.Generator,
    threads: int = 1,
) -> tuple[dict[str, float], float]:
    """(weights by source that sum to 1, the NDCG@10 that they reach on the questions).

    An answer that no source found among its best counts against the blend, and is never added to the candidates.
    """
    asked = np.sort(rng.permutation(len(questions))[: config.users])
    table = _table(sources, questions.users(asked), config.candidates, threads)
    weight = _climbed(table, _likeliest(table, config), config)
    total = float(weight.sum())
    even = weight / total if total > 0 else np.full(len(weight), 1 / len(weight))
    return dict(zip(sources, even.tolist(), strict=True)), table.ndcg(table.given @ even.astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Table:
    """Candidates of the Q questions of which some source found the answer, padded to (Q, width, sources).

    `valid` (Q, width) marks places that hold one; `answer` (Q,) is the answer's place; `asked` counts all questions.
    """

    given: Float32
    valid: Bool
    answer: Int64
    asked: int

    def ndcg(self, score: Float32) -> float:
        """Mean NDCG@10 of (Q, width) scores over all questions asked."""
        row = np.arange(len(self.answer))
        above = (score > score[row, self.answer][:, None]) & self.valid
        place = np.count_nonzero(above, axis=1)
        gain = np.where(place < CUT, 1 / np.log2(place + 2), 0)
        return float(gain.sum() / max(self.asked, 1))


def _table(sources: Mapping[str, CatalogueScorer], questions: LeaveOneOut, candidates: int, threads: int) -> _Table:
    """The candidates of all questions."""
    found = list(questions.each(lambda chunk: _candidates(sources, chunk, candidates), threads))
    width = max((valid.shape[1] for _, valid, _ in found), default=0)
    given = [np.pad(each, ((0, 0), (0, width - each.shape[1]), (0, 0))) for each, _, _ in found]
    valid = [np.pad(each, ((0, 0), (0, width - each.shape[1]))) for _, each, _ in found]
    nothing = np.empty((0, width, len(sources)), np.float32)
    return _Table(
        np.concatenate([nothing, *given]),
        np.concatenate([np.empty((0, width), bool), *valid]),
        np.concatenate([np.empty(0, np.int64), *(answer for _, _, answer in found)]),
        len(questions),
    )


def _candidates(sources: Mapping[str, CatalogueScorer], chunk: Chunk, count: int) -> tuple[Float32, Bool, Int64]:
    """(given, valid, answer) of the questions of one chunk that have their answer among each source's best."""
    scores = [evened(source.score_all(chunk.batch)) for source in sources.values()]
    chosen = np.zeros((len(chunk.target), len(chunk.batch.eligible)), bool)
    for score in scores:
        score[chunk.seen_row, chunk.seen_item] = -np.inf
        best = np.argpartition(-score, min(count, score.shape[1]) - 1, axis=1)[:, :count]
        np.put_along_axis(chosen, best, values=True, axis=1)
    chosen[chunk.seen_row, chunk.seen_item] = False
    found = np.flatnonzero(chosen[np.arange(len(chosen)), chunk.target])
    row, item = np.nonzero(chosen[found])
    count_of = np.bincount(row, minlength=len(found))
    place = np.arange(len(row)) - np.repeat(np.cumsum(count_of) - count_of, count_of)
    width = int(count_of.max(initial=0))
    given = np.zeros((len(found), width, len(scores)), np.float32)
    valid = np.zeros((len(found), width), bool)
    valid[row, place] = True
    for column, score in enumerate(scores):
        given[row, place, column] = score[found[row], item]
    answer = place[item == chunk.target[found][row]]
    return given, valid, answer


def _likeliest(table: _Table, config: EvenBlendFitConfig) -> Float64:
    """The weights from 0 of the highest penalised likelihood of the answers."""
    size = table.given.shape[2]
    if not len(table.answer):
        return np.ones(size)
    row = np.arange(len(table.answer))
    wanted = table.given[row, table.answer].mean(axis=0)

    def loss(weight: Float64) -> tuple[float, Float64]:
        score = np.where(table.valid, table.given @ weight.astype(np.float32), -np.inf)
        top = score.max(axis=1, keepdims=True)
        chance = np.exp(score - top)
        total = chance.sum(axis=1, keepdims=True)
        value = float((np.log(total) + top).mean() - wanted @ weight + config.penalty * weight @ weight)
        slope = np.einsum("qw,qws->s", chance / total, table.given) / len(row) - wanted
        return value, (slope + 2 * config.penalty * weight).astype(np.float64)

    from scipy.optimize import minimize  # 20 MB, and a process may read configs alone

    start = np.full(size, 0.1)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * size, options={"maxiter": config.steps}
    )
    return np.asarray(found.x, np.float64)


def _climbed(table: _Table, weight: Float64, config: EvenBlendFitConfig) -> Float64:
    """The weights after a coordinate search on NDCG@10."""
    score = table.given @ weight.astype(np.float32)
    best = table.ndcg(score)
    for _ in range(config.rounds):
        before = best
        for column in range(len(weight)):
            for stride in np.array(config.strides) * weight.max():
                step = max(weight[column] + stride, 0) - weight[column]
                tried = score + np.float32(step) * table.given[..., column]
                reached = table.ndcg(tried)
                if reached > best:
                    score, best = tried, reached
                    weight[column] += step
        if best <= before:
            break
    return weight
