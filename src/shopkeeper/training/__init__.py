"""Training: the recipe, fitting, the blends and the rankers; what comes out goes into a bundle."""

from shopkeeper.training.blend_fit import BlendFitConfig, FittedBlend, fit_blend
from shopkeeper.training.blending import blended_specs, fit_blends, questions_of
from shopkeeper.training.fit import fit_all
from shopkeeper.training.ranker_choice import ChoiceConfig, FittedRanker, Trial, sampled, tried, untried
from shopkeeper.training.ranker_fit import Lesson, RankerFitConfig, cut_offs, lesson_of
from shopkeeper.training.recipe import BASELINE, LABEL, RANKED, baselines, unfitted

__all__ = [
    "BASELINE",
    "LABEL",
    "RANKED",
    "BlendFitConfig",
    "ChoiceConfig",
    "FittedBlend",
    "FittedRanker",
    "Lesson",
    "RankerFitConfig",
    "Trial",
    "baselines",
    "blended_specs",
    "cut_offs",
    "fit_all",
    "fit_blend",
    "fit_blends",
    "lesson_of",
    "questions_of",
    "sampled",
    "tried",
    "unfitted",
    "untried",
]
