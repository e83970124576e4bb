"""Training: the recipe, fitting, and the blends; what comes out goes into a bundle."""

from shopkeeper.training.blend_fit import BlendFitConfig, FittedBlend, fit_blend
from shopkeeper.training.blending import blended_specs, fit_blends, questions_of
from shopkeeper.training.fit import fit_all
from shopkeeper.training.recipe import BASELINE, LABEL, baselines, unfitted

__all__ = [
    "BASELINE",
    "LABEL",
    "BlendFitConfig",
    "FittedBlend",
    "baselines",
    "blended_specs",
    "fit_all",
    "fit_blend",
    "fit_blends",
    "questions_of",
    "unfitted",
]
