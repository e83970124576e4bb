"""Cold items: some items are held out of all training and all histories, and asked for as new ones would be.

The split is that of Volkovs, Yu and Poutanen, DropoutNet: Addressing Cold Start in Recommender Systems, NeurIPS 2017,
on the questions of leave-one-out. A question is cold where its target is a held-out item, else warm. Both are ranked
among all items, cold and warm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from shopkeeper.data import ItemTable
from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.full_rank import Float64, rank_metrics, target_ranks
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32


class ScoresAll(Protocol):
    """What is judged here."""

    def score_all(self, batch: QueryBatch) -> Float32:
        """(B, n_items)."""
        ...


@dataclass(frozen=True, slots=True)
class ColdItems:
    """`held` (n_items,) says which items are held out; the questions are those of users with any history left."""

    held: Bool
    validation: LeaveOneOut
    test: LeaveOneOut

    @classmethod
    def split(cls, items: ItemTable, sequences: Sequences, share: float, rng: np.random.Generator) -> "ColdItems":
        """With this share of the items that anybody took held out."""
        taken = np.unique(sequences.item)
        held = np.zeros(len(items), bool)
        held[rng.permutation(taken)[: round(share * len(taken))]] = True
        validation = LeaveOneOut.validation(items, sequences)
        return cls(held, _without(validation, held), _without(LeaveOneOut.test(items, sequences), held))


@dataclass(frozen=True, slots=True)
class ColdResult:
    """What a system reaches on cold and on warm questions, and on warm ones if no cold item could be listed."""

    cold: Mapping[str, float]
    warm: Mapping[str, float]
    warm_alone: Mapping[str, float]

    def loss(self, metric: str) -> float:
        """The share of a metric on warm questions that the cold items in their lists cost."""
        alone = self.warm_alone[metric]
        return 1 - self.warm[metric] / alone if alone else 0.0


@dataclass(frozen=True, slots=True)
class ColdRanks:
    """(U,) each: the place of a question's target among all items, the place that it would have if no cold item could
    be listed (`alone`), and whether it is a cold one itself."""

    rank: Float64
    alone: Float64
    cold: Bool

    def result(self) -> ColdResult:
        """HR and NDCG at the usual cuts, each kind of question by itself."""
        warm = ~self.cold
        return ColdResult(
            rank_metrics(self.rank[self.cold]), rank_metrics(self.rank[warm]), rank_metrics(self.alone[warm])
        )


def rank_cold(scorer: ScoresAll, questions: LeaveOneOut, held: Bool) -> ColdRanks:
    """Where a system puts every target."""
    ranks, alone = [np.empty(0)], [np.empty(0)]
    for chunk in questions.chunks():
        score = scorer.score_all(chunk.batch)
        ranks.append(target_ranks(score, chunk.target, chunk.seen_row, chunk.seen_item))
        row, item = np.nonzero(np.broadcast_to(held, score.shape))
        other = item != chunk.target[row]
        unlisted = (np.concatenate([chunk.seen_row, row[other]]), np.concatenate([chunk.seen_item, item[other]]))
        alone.append(target_ranks(score, chunk.target, unlisted[0], unlisted[1].astype(np.int32)))
    return ColdRanks(np.concatenate(ranks), np.concatenate(alone), held[questions.target])


def _without(questions: LeaveOneOut, held: Bool) -> LeaveOneOut:
    """The questions with held-out items gone from histories, and without users who are left with none."""
    known = questions.known.without_items(held)
    return LeaveOneOut(questions.items, known, questions.target).users(np.flatnonzero(np.diff(known.offset)))
