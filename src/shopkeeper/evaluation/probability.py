"""Are scores true as probabilities? Log loss and calibration error, of systems that say that theirs are.

Most scores of recommenders only put items in order: a blend's, a learned ranker's. Read as probabilities they would
have a figure, and a meaningless one; so such systems have none. Not all that lies from 0 to 1 is a probability.
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from shopkeeper.error import InputError
from shopkeeper.evaluation.significance import Interval, around, ratio_interval
from shopkeeper.evaluation.truth import Truth, right_places
from shopkeeper.pipeline.lists import ItemLists

Float64 = npt.NDArray[np.float64]

BINS: Final = 10
_LEAST: Final = 1e-15  # a probability of 0 for what happened would cost infinitely much


@runtime_checkable
class Probable(Protocol):
    """A system that says of its final scores whether each is the probability that the item is right."""

    @property
    def probable(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Bin:
    """Places whose probabilities fall together: how many, their mean `probability`, and the share that was `right`."""

    places: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class ProbabilityFigures:
    """How true probabilities are, over all places of all lists.

    `log_loss`: mean of -ln of the probability given to what happened (Good, 1952), nats. `calibration_error`: the mean
    distance of probability and share within BINS equal bins, weighted by places (Naeini et al., AAAI 2015). `bins` are
    the reliability diagram, empty ones left out (Murphy & Winkler, 1977).
    """

    log_loss: Interval
    calibration_error: Interval
    bins: tuple[Bin, ...]


def probability_columns(lists: ItemLists, truth: Truth) -> Float64:
    """(B, 2 + 3 BINS) sums over each list's places: loss, places; then places, probabilities and hits of each bin.

    Raises InputError where a score is no probability.
    """
    score = lists.score.astype(np.float64)
    if not ((score >= 0) & (score <= 1)).all():
        raise InputError(
            f"Scores from {score.min():.3g} to {score.max():.3g} are no probabilities, though the system says so: let "
            "it give scores from 0 to 1, or say probable = False."
        )
    right = right_places(lists, truth)
    happened = np.maximum(np.where(right, score, 1 - score), _LEAST)
    loss = np.bincount(lists.row, -np.log(happened), minlength=len(lists))
    cell = lists.row * BINS + np.minimum((score * BINS).astype(np.int64), BINS - 1)
    binned = [np.bincount(cell, weight, minlength=len(lists) * BINS) for weight in (None, score, right)]
    return np.concatenate(
        [loss[:, None], np.diff(lists.offset)[:, None], *(each.reshape(len(lists), BINS) for each in binned)], axis=1
    ).astype(np.float64)


def probability_figures(columns: Float64, means: Float64) -> ProbabilityFigures | None:
    """The figures of `probability_columns` (Q, C) of all queries, and their `bootstrap_means` (R, C); None without a
    place."""
    loss = ratio_interval(columns[:, :2], means[:, :2])
    if loss is None:
        return None
    drawn = means[means[:, 1] > 0]
    whole = columns.sum(axis=0)
    return ProbabilityFigures(loss, around(float(_error(whole[None])[0]), _error(drawn)), _bins(whole))


def _error(sums: Float64) -> Float64:
    """(R,) the calibration error of each row of sums (R, 2 + 3 BINS)."""
    probability, right = sums[:, 2 + BINS : 2 + 2 * BINS], sums[:, 2 + 2 * BINS :]
    error: Float64 = np.abs(probability - right).sum(axis=1) / sums[:, 1]
    return error


def _bins(sums: Float64) -> tuple[Bin, ...]:
    """The reliability diagram of sums (2 + 3 BINS,)."""
    places, probability, right = sums[2:].reshape(3, BINS)
    return tuple(
        Bin(int(places[bin_]), float(probability[bin_] / places[bin_]), float(right[bin_] / places[bin_]))
        for bin_ in np.flatnonzero(places > 0)
    )
