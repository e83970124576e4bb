"""Training: the plan, fitting, the blends and the rankers; what comes out goes into a bundle."""

from shopkeeper.training.addition import Addition, additions
from shopkeeper.training.blend_fit import BlendFitConfig, FittedBlend, fit_blend
from shopkeeper.training.blending import blended_specs, fit_blends, questions_of
from shopkeeper.training.coach import Coach
from shopkeeper.training.fit import Fitted, fit_all
from shopkeeper.training.plan import Plan
from shopkeeper.training.ranker_choice import ChoiceConfig, FittedRanker, Trial, sampled, too_few, tried, untried
from shopkeeper.training.ranker_fit import Lesson, RankerFitConfig, cut_offs, lesson_of
from shopkeeper.training.recipe import BASELINE, CUTS, LABEL, RANKED, baselines, unfitted
from shopkeeper.training.window_judge import WindowJudge, alone

__all__ = [
    "BASELINE",
    "CUTS",
    "LABEL",
    "RANKED",
    "Addition",
    "BlendFitConfig",
    "ChoiceConfig",
    "Coach",
    "Fitted",
    "FittedBlend",
    "FittedRanker",
    "Lesson",
    "Plan",
    "RankerFitConfig",
    "Trial",
    "WindowJudge",
    "additions",
    "alone",
    "baselines",
    "blended_specs",
    "cut_offs",
    "fit_all",
    "fit_blend",
    "fit_blends",
    "lesson_of",
    "questions_of",
    "sampled",
    "too_few",
    "tried",
    "unfitted",
    "untried",
]
