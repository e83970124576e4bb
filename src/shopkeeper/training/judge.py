"""What a model is worth while it is trained: NDCG@10 on validation questions."""

from hashlib import blake2b
from typing import Protocol

import numpy as np

from shopkeeper.evaluation.full_rank import rank_metrics, target_ranks
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.pipeline.role import CatalogueScorer


class Judge(Protocol):
    """Tells what a model is worth."""

    @property
    def fingerprint(self) -> str:
        """Equal for equal questions: epochs that were judged by others cannot be compared."""
        ...

    def __call__(self, scorer: CatalogueScorer, /) -> float:
        """The more, the better."""
        ...


USERS = 8_000  # asked about; more of them tell epochs apart no better, and take their time after each


class NextItemJudge:
    """NDCG@10 among all items of what users took next, on a random sample of them that stays the same."""

    def __init__(self, questions: LeaveOneOut, rng: np.random.Generator, users: int = USERS) -> None:
        asked = questions.users(np.sort(rng.permutation(len(questions))[:users]))
        digest = blake2b(digest_size=16)
        for part in (asked.known.item, asked.known.offset, asked.target):
            digest.update(part.tobytes())
        self.fingerprint = digest.hexdigest()
        self._chunks = list(asked.chunks())

    def __call__(self, scorer: CatalogueScorer) -> float:
        """From 0 to 1."""
        ranks = [
            target_ranks(scorer.score_all(chunk.batch), chunk.target, chunk.seen_row, chunk.seen_item)
            for chunk in self._chunks
        ]
        return rank_metrics(np.concatenate([np.empty(0), *ranks]))["NDCG@10"]
