"""How likely something is, by logistic regression on a few numbers."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.evaluation.full_rank import Float64

RIDGE: Final = 1.0  # on each weight, of evidence of unit spread
STEPS: Final = 30  # of Newton's method at most; ten do


@dataclass(frozen=True, slots=True)
class Odds:
    """`mean` and `spread` (k,) even the evidence out; `weight` (k + 1,) has the constant last."""

    mean: Float64
    spread: Float64
    weight: Float64

    @classmethod
    def fit(cls, evidence: Float64, right: Float64) -> "Odds":
        """From (n, k) evidence and how far each of n came true, from 0 to 1."""
        spread = evidence.std(axis=0)
        odds = cls(evidence.mean(axis=0), np.where(spread > 0, spread, 1), np.zeros(evidence.shape[1] + 1))
        given = odds._evened(evidence)
        weight = odds.weight
        for _ in range(STEPS):
            chance = _chance(given @ weight)
            slope = given.T @ (chance - right) + RIDGE * weight
            curve = (given * (chance * (1 - chance))[:, None]).T @ given + RIDGE * np.eye(len(weight))
            step = np.linalg.solve(curve, slope)
            weight = weight - step
            if np.abs(step).max() < 1e-8:
                break
        return cls(odds.mean, odds.spread, weight)

    def chance(self, evidence: Float64) -> Float64:
        """(n,) of (n, k) evidence."""
        return _chance(self._evened(evidence) @ self.weight)

    def _evened(self, evidence: Float64) -> Float64:
        """(n, k + 1) with a column of ones."""
        return np.hstack([(evidence - self.mean) / self.spread, np.ones((len(evidence), 1))])


def _chance(logit: Float64) -> Float64:
    chance: Float64 = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return chance
