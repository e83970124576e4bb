"""How sure a figure is: bootstrap intervals, paired tests, and the correction for testing several times.

All systems share the same resamples of queries. So every difference is paired by query, which takes out what makes one
customer easier than another (Sakai, SIGIR 2006; Smucker et al., CIKM 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from shopkeeper.setting import EvaluationSection

Float64 = npt.NDArray[np.float64]

LEVEL: Final = 0.95
RESAMPLES: Final = EvaluationSection().bootstrap  # where nobody asks for another number
NORMAL: Final = 1.959963984540054  # standard errors on each side of a normal interval at LEVEL
_NOTHING: Final = 1e-12  # a mean nearer to zero is zero: sums of equal numbers differ in their last bits
_CHUNK_CELLS: Final = 4_000_000  # resamples x queries held at once: 32 MB of float64


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval, of the kind that the function which makes it names.

    Percentile bootstraps for means over queries and their ratios, jackknife for counts of distinct things, Student's t
    for what several rounds found together.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of `size` values, one at least: their mean and standard deviation (n - 1; None of one value)."""

    size: int
    mean: float
    sd: float | None


def bootstrap_means(values: Float64, resamples: int, rng: np.random.Generator) -> Float64:
    """(resamples, C) means of the columns of `values` (Q, C) over queries drawn with replacement (Efron, 1979).

    Row i of the answer uses the same drawn queries for every column. `values` holds no NaN; Q is at least 1.
    """
    queries = len(values)
    step = max(1, _CHUNK_CELLS // queries)
    means = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(queries, size=(rows, queries)) + np.arange(rows)[:, None] * queries
        counts = np.bincount(drawn.ravel(), minlength=rows * queries).reshape(rows, queries)
        means[start : start + rows] = counts.astype(np.float64) @ values / queries
    return means


def intervals(values: Float64, means: Float64) -> list[Interval]:
    """One for each column of `values` (Q, C), from the `bootstrap_means` (R, C) of it."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means, [tail, 100 - tail], axis=0)
    return [Interval(*map(float, row)) for row in zip(values.mean(axis=0), low, high, strict=True)]


def mean_interval(values: Float64, rng: np.random.Generator, resamples: int = RESAMPLES) -> Interval:
    """The mean of `values` (Q,) with its bootstrap interval."""
    column = values.reshape(-1, 1)
    return intervals(column, bootstrap_means(column, resamples, rng))[0]


def ratio_interval(values: Float64, means: Float64) -> Interval | None:
    """Of the sum of the first column of `values` (Q, 2) by that of the second, from their `bootstrap_means` (R, 2).

    So a query that has no value counts in neither column. Resamples without any are left out; None where all are.
    """
    total = values.sum(axis=0)
    known = means[:, 1] > 0
    if not known.any() or total[1] <= 0:
        return None
    return around(float(total[0] / total[1]), means[known, 0] / means[known, 1])


def around(value: float, drawn: Float64) -> Interval:
    """The percentile interval of a figure that the resamples (R,) had like this."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Interval(value, float(low), float(high))


def jackknife_interval(value: float, without: Float64) -> Interval:
    """The normal interval of a figure from 0 to 1, from what it is `without` each of the queries (Q,) (Tukey, 1958).

    For figures that count distinct things: a resample repeats queries, and so finds fewer than there are.
    """
    queries = len(without)
    error = np.sqrt((queries - 1) / queries * ((without - without.mean()) ** 2).sum())
    return Interval(value, max(0.0, value - NORMAL * float(error)), min(1.0, value + NORMAL * float(error)))


def bootstrap_p(means: Float64) -> Float64:
    """(C,) two-sided p that a difference is zero, from the bootstrap means (R, C) of differences.

    Twice the rarer side of zero, one resample added to each side: never below 2 / (R + 1).
    """
    below = (means <= _NOTHING).sum(axis=0)
    above = (means >= -_NOTHING).sum(axis=0)
    p: Float64 = np.minimum(1.0, 2 * (np.minimum(below, above) + 1) / (len(means) + 1))
    return p


def permutation_p(differences: Float64, resamples: int, rng: np.random.Generator) -> Float64:
    """(C,) two-sided p of the paired randomisation test on differences (Q, C): each query's sign is a fair coin.

    A second opinion that assumes nothing but that (Fisher, 1935).
    """
    queries = len(differences)
    seen = np.abs(differences.mean(axis=0)) - _NOTHING
    step = max(1, _CHUNK_CELLS // queries)
    as_far = np.zeros(differences.shape[1])
    for start in range(0, resamples, step):
        sign = rng.integers(2, size=(min(step, resamples - start), queries)) * 2.0 - 1
        as_far += (np.abs(sign @ differences / queries) >= seen).sum(axis=0)
    return (as_far + 1) / (resamples + 1)


def holm(p: Float64) -> Float64:
    """(m,) p-values of one family corrected so that any false alarm at all stays below the level (Holm, 1979)."""
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(stepped)
    corrected[order] = np.maximum.accumulate(stepped)
    return corrected


def pooled(parts: Sequence[Sample]) -> tuple[Interval, float]:
    """(mean with its 95 % interval, two-sided p that it is zero) of all values of disjoint parts, by Student's t.

    It is the very answer that all values in one part would give. There must be two values or more in all.
    """
    size, mean = np.array([part.size for part in parts]), np.array([part.mean for part in parts])
    sd, every = np.array([part.sd or 0.0 for part in parts]), int(size.sum())
    whole = float(size @ mean) / every
    squares = float((size - 1) @ sd**2 + size @ (mean - whole) ** 2)
    error = sqrt(squares / (every - 1) / every)
    if error <= _NOTHING:
        return Interval(whole, whole, whole), float(abs(whole) <= _NOTHING)
    reach = float(stdtrit(every - 1, (1 + LEVEL) / 2)) * error
    return Interval(whole, whole - reach, whole + reach), 2 * float(stdtr(every - 1, -abs(whole) / error))


def mean_and_sd(values: Sequence[float] | Float64) -> tuple[float, float | None]:
    """(mean, standard deviation with n - 1) of some figures; one alone has none."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None
