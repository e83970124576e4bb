"""TIFU-kNN: what this user buys again, and what groups of users alike buy, for the next basket."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.language.whiten import unit
from shopkeeper.model.asking import asked_by
from shopkeeper.model.bound import Bound
from shopkeeper.model.grouping import alike, members
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import habits
from shopkeeper.model.truncated_svd import truncated_svd
from shopkeeper.model.whole import LEAST, Whole
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, Int64, Reason


@dataclass(frozen=True, slots=True)
class TIFUKNNConfig:
    """A bundle holds at most `max_groups` x (`kept` x 8 + `factors` x 4) bytes, and `factors` x 4 an item."""

    # own: share of the user's own habits in a score; the rest is their neighbours'
    own: Annotated[float, Range(0, 1), Bound(most=1)] = 0.7
    neighbours: Annotated[int, Range(3, 100, log=True)] = 30  # groups
    group_users: Annotated[int, Range(5, 50, log=True)] = 10  # users of a group, on average
    least_users: int = 5  # smaller groups are dropped: none of what is kept is one user's
    max_groups: int = 4_000
    max_users: int = 100_000  # grouped, at random where there are more
    kept: Annotated[int, Range(100, 1000, log=True)] = 500  # items of a group, its commonest
    factors: Annotated[int, Range(16, 128, log=True)] = 64  # of users' habits, by which likeness is measured


@dataclass(frozen=True, slots=True)
class TIFUKNN(Whole):
    """Hu et al., Modeling Personalized Item Frequency Information for Next-basket Recommendation, SIGIR 2020.

    A user's vector is their habits (model.taste): every purchase fading with its own age, which the paper does by steps
    and groups of steps; here of unit length. score = own x the user's vector + (1 - own) x the mean vector of the
    nearest neighbours. The paper's neighbours are users, whose rows a bundle never holds: here they are groups of
    `least_users` at least, found once in fitting.

    Group g's mean vector is `value[start[g]:start[g + 1]]` at the items `item`; `place` (G, factors) is where it lies,
    of unit length, and `axis` (n_items, factors) takes a vector there. Fitting takes time in users x groups x factors.
    """

    config: TIFUKNNConfig = TIFUKNNConfig()
    start: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))
    item: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    value: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    place: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    axis: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Groups the users; without a group of `least_users`, a user's own habits are all there is."""
        user = self._users(dataset, run)
        axis = unit(truncated_svd(user, self.config.factors, run.rng, run.threads)[1].T).T
        groups = min(user.shape[0] // self.config.group_users, self.config.max_groups)
        member = members(alike((user @ axis).astype(np.float32), groups))
        size = np.asarray(member.sum(axis=1)).ravel()
        large = np.flatnonzero(size >= self.config.least_users)
        mean = sp.csr_matrix(sp.diags_array(1 / size[large]) @ member[large] @ user, dtype=np.float32)
        place = unit((mean @ axis).astype(np.float32))
        start, item, value = _commonest(mean, self.config.kept)
        return replace(self, start=start, item=item, value=value, place=place, axis=np.ascontiguousarray(axis))

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return _of_unit_length(asked_by(batch, habits(batch), len(self.axis)))

    def _core(self, asked: sp.csr_matrix) -> Float32:
        score: Float32 = asked.toarray() * np.float32(self.config.own)
        if len(self.place):
            group = sp.csr_matrix((self.value, self.item, self.start), shape=(len(self.place), len(self.axis)))
            score += (self._nearest(asked) @ group).toarray() * np.float32(1 - self.config.own)
        score[score < LEAST] = 0
        return score

    def _nearest(self, asked: sp.csr_matrix) -> sp.csr_matrix:
        """(k, G) equal shares of the nearest groups, none for who is near to none of them."""
        likeness = (asked @ self.axis) @ self.place.T
        count = min(self.config.neighbours, len(self.place))
        group = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(likeness, group, axis=1) > LEAST
        row = np.repeat(np.arange(len(group)), near.sum(axis=1))
        share = np.full(len(row), 1 / count, np.float32)
        return sp.csr_matrix((share, (row, group[near])), shape=likeness.shape)

    def _users(self, dataset: Dataset, run: Run) -> sp.csr_matrix:
        """(U, n_items) the unit vectors of users with any habits."""
        habit = habits(batch_of_users(dataset))
        shape = (dataset.users, len(dataset.items))
        every = _of_unit_length(sp.csr_matrix((habit.value, habit.item, habit.offset), shape=shape))
        known = np.flatnonzero(np.diff(every.indptr))
        if len(known) > self.config.max_users:
            known = np.sort(run.rng.permutation(known)[: self.config.max_users])
        return sp.csr_matrix(every[known])


def _of_unit_length(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The matrix with rows of unit length; empty ones stay so."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(row, matrix.data.astype(np.float64) ** 2, minlength=matrix.shape[0]))
    value = (matrix.data / length[row]).astype(np.float32)
    return sp.csr_matrix((value, matrix.indices, matrix.indptr), shape=matrix.shape)


def _commonest(mean: sp.csr_matrix, kept: int) -> tuple[Int64, Int32, Float32]:
    """Each row's `kept` largest entries as (start, item, value), in item order."""
    mean.sort_indices()
    row = np.repeat(np.arange(mean.shape[0]), np.diff(mean.indptr))
    order = np.lexsort((mean.indices, -mean.data, row))
    place = np.arange(len(order)) - mean.indptr[row]
    chosen = np.sort(order[place < kept])
    start = np.concatenate([[0], np.cumsum(np.bincount(row[chosen], minlength=mean.shape[0]))]).astype(np.int64)
    return start, mean.indices[chosen].astype(np.int32), mean.data[chosen].astype(np.float32)
