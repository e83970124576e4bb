"""Sources that read a history step by step into one state, whose product with every item's vector is the scores."""

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.asking import widened
from shopkeeper.model.learner import gather, retrieve_dense
from shopkeeper.model.step import Steps, steps
from shopkeeper.model.transformer import lifted
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists


class Stepwise:
    """What such sources share; a frozen dataclass inherits it, and says how long a history it reads, and into what.

    score = log of how many times likelier than a mean item it is that this one comes next, 0 for what is less likely,
    and for what the history speaks against. A request is read alone: the same bits whoever asks beside it.
    """

    __slots__ = ()

    embedding: Float32  # (n_items, d)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_dense(batch, n, lambda row: self._row_scores(batch, row))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            dense = self._row_scores(batch, row) if span.stop > span.start else None
            if dense is not None:
                score[span] = gather(dense, lists.item[span])
        return score

    def score_all(self, batch: QueryBatch) -> Float32:
        asked = self._asked(batch)
        told = np.flatnonzero(np.diff(asked.taken.offset))
        score = np.zeros((len(batch), self._items(len(batch.eligible))), np.float32)
        if len(told):
            score[told] = self._scores(self._states(asked.taken.users(told)), len(batch.eligible))
        known = asked.against < score.shape[1]
        score[asked.against_row[known], asked.against[known]] = 0
        return widened(score, len(batch.eligible))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _length(self) -> int:
        """Steps of a history that are read."""
        raise NotImplementedError

    def _states(self, taken: Sequences) -> Float32:
        """(B, d) what B sequences of one step at least have come to."""
        raise NotImplementedError

    def _items(self, items: int) -> int:
        """How many of so many items are known: all but those that came after the fit."""
        return min(len(self.embedding), items)

    def _scores(self, states: Float32, items: int) -> Float32:
        """(k, known items) scores of k states."""
        return lifted(states @ self.embedding[: self._items(items)].T)

    def _asked(self, batch: QueryBatch) -> Steps:
        return steps(batch, self._items(len(batch.eligible)), self._length())

    def _row_scores(self, batch: QueryBatch, row: int) -> Float32 | None:
        """(known items,) one request's scores, None of one without steps."""
        asked = self._asked(batch)
        state = self._states_alone(batch)[row]
        if state is None:
            return None
        score: Float32 = self._scores(state, len(batch.eligible))[0]
        against = asked.against[asked.against_row == row]
        score[against[against < len(score)]] = 0
        return score

    def _states_alone(self, batch: QueryBatch) -> list[Float32 | None]:
        """The (1, d) state of each request, None of one without steps."""

        def alone() -> "tuple[Stepwise, list[Float32 | None]]":
            rows = (self._asked(batch).taken.users(np.array([row])) for row in range(len(batch)))
            return self, [self._states(taken) if len(taken.item) else None for taken in rows]

        # Kept with `self`: the id of a learner that is gone may come back as another's.
        kept: tuple[Stepwise, list[Float32 | None]] = batch.once(("stepwise", id(self)), alone)
        return kept[1]
