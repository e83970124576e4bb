"""What each model that a shop has added is worth to a blend: the blend is fitted once more without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.evaluation.significance import Interval, mean_interval
from shopkeeper.pipeline.role import Source
from shopkeeper.record import Progress
from shopkeeper.surface import Surface
from shopkeeper.training.blend_fit import FittedBlend
from shopkeeper.training.blending import fit_surface


@dataclass(frozen=True, slots=True)
class Addition:
    """`without` is the NDCG@10 of a surface's blend on validation without the model, `gain` what is added by it, paired
    over `queries` customers; `weight` is its own in the blend. The weights of both blends are fitted on these days, and
    a network's epochs are chosen on them: `gain` flatters the model."""

    surface: str
    model: str
    weight: float
    without: float
    gain: Interval
    queries: int


def additions(
    models: Sequence[str],
    surfaces: Mapping[str, Surface],
    sources: Mapping[str, Source],
    history: Dataset,
    later: Dataset,
    blends: Mapping[str, FittedBlend],
    progress: Progress,
    seed: int,
) -> tuple[Addition, ...]:
    """One for each of the models on each surface whose blend was fitted on anybody; the data as in `fit_blends`."""
    asked = [surfaces[name] for name, blend in blends.items() if blend.queries and models]
    told = []
    for done, surface in enumerate(asked):
        progress("fitting blends without each added model", done, len(asked))
        _, whole = fit_surface(surface, sources, history, later)
        for model in models:
            _, without = fit_surface(_less(surface, model), sources, history, later)
            gain = mean_interval(whole - without, np.random.default_rng(seed))
            weight = blends[surface.name].weight[model]
            told.append(Addition(surface.name, model, weight, float(without.mean()), gain, len(whole)))
    if asked:
        progress("fitting blends without each added model", len(asked), len(asked))
    return tuple(told)


def _less(surface: Surface, model: str) -> Surface:
    kept = tuple(name for name in surface.spec.sources if name != model)
    return replace(surface, spec=replace(surface.spec, sources=kept))
