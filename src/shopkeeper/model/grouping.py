"""Grouping users who are alike, so that a bundle can hold what a group does and no row about anybody."""

from typing import Final

import numpy as np
import scipy.sparse as sp

from shopkeeper.language.whiten import unit
from shopkeeper.pipeline.lists import Float32, Int64

ROUNDS: Final = 6  # after so many, few users change their group
CHUNK: Final = 1024  # users compared with all groups at once


def alike(place: Float32, groups: int) -> Int64:
    """(U,) the group of each of U users, by the cosine of their places (U, d); spherical k-means from halves of halves.

    Dhillon and Modha, Concept Decompositions for Large Sparse Text Data using Clustering, Machine Learning 2001.
    """
    place = unit(place)
    group = _halved(place, groups)
    for _ in range(ROUNDS):
        middle = unit((members(group) @ place).astype(np.float32))
        parts = [np.argmax(place[at : at + CHUNK] @ middle.T, axis=1) for at in range(0, len(place), CHUNK)]
        group = np.unique(np.concatenate([np.empty(0, np.int64), *parts]), return_inverse=True)[1].astype(np.int64)
    return group


def members(group: Int64) -> sp.csr_matrix:
    """(G, U) 1 where a user is of a group."""
    size = len(group)
    shape = (int(group.max(initial=-1)) + 1, size)
    return sp.csr_matrix((np.ones(size, np.float32), (group, np.arange(size))), shape=shape)


def _halved(place: Float32, groups: int) -> Int64:
    """(U,) users cut in halves of equal size, again and again, each part where it spreads most, into some `groups`."""
    group = np.zeros(len(place), np.int64)
    for _ in range(round(np.log2(max(min(groups, len(place)), 1)))):
        member = members(group)
        count = np.maximum(np.asarray(member.sum(axis=1)), 1)
        spread = (member @ place**2) / count - ((member @ place) / count) ** 2
        value = place[np.arange(len(place)), np.argmax(spread, axis=1)[group]]
        order = np.lexsort((value, group))
        start = np.searchsorted(group[order], np.arange(member.shape[0]))
        within = np.arange(len(order)) - start[group[order]]
        later = within * 2 >= np.bincount(group)[group[order]]
        group[order] = 2 * group[order] + later
        group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return group
