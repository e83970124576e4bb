"""The blends of all surfaces that have a task: fitted on validation, with learners that saw only what was before it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.evaluation.query import HistoryQueries
from shopkeeper.evaluation.task import TASKS, Questions, Task
from shopkeeper.evaluation.truth import right_places
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.blend import ScoreMap
from shopkeeper.pipeline.lists import Int64
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import Progress
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training.blend_fit import BlendFitConfig, FittedBlend, Float64, measured_blend


def fit_blends(
    sources: Mapping[str, Source],
    history: Dataset,
    later: Dataset,
    progress: Progress,
    surfaces: Mapping[str, Surface] = SURFACES,
) -> dict[str, FittedBlend]:
    """A fitted blend for each surface with a task, by surface name.

    `history` is as of the start of validation, and all that `sources` were fitted on; `later` as of its end.
    """
    fitted: dict[str, FittedBlend] = {}
    blended = [surface for surface in surfaces.values() if surface.task]
    for done, surface in enumerate(blended):
        progress("fitting blend weights", done, len(blended))
        fitted[surface.name], _ = fit_surface(surface, sources, history, later)
    progress("fitting blend weights", len(blended), len(blended))
    return fitted


def blended_specs(
    blends: Mapping[str, FittedBlend], ranked: Collection[str] = (), surfaces: Mapping[str, Surface] = SURFACES
) -> dict[str, PipelineSpec]:
    """Every surface's pipeline, with fitted weights where it has a blend, and a learned ranker where it is `ranked`."""
    specs = {
        name: _blended(surface.spec, blends[name]) if name in blends else surface.spec
        for name, surface in surfaces.items()
    }
    return {name: replace(spec, learned=name) if name in ranked else spec for name, spec in specs.items()}


def _blended(spec: PipelineSpec, blend: FittedBlend) -> PipelineSpec:
    return replace(spec, weight=blend.weight, score_map=blend.score_map, leading=blend.leading)


def questions_of(
    history: Dataset, later: Dataset, surface: Surface, n: int, task: Task | None = None
) -> tuple[Questions, Callable[[Int64], QueryBatch]]:
    """What a task, by default the surface's own, asks about users, and the requests that ask it."""
    questions = (task or TASKS[str(surface.task)]).questions(history, later)
    queries = HistoryQueries(
        history.histories(),
        questions.user,
        surface=surface.name,
        n=n,
        now=history.as_of,
        eligible=history.items.eligible(history.as_of),
        weight=history.weight,
    )
    return questions, queries


def fit_surface(
    surface: Surface, sources: Mapping[str, Source], history: Dataset, later: Dataset
) -> tuple[FittedBlend, Float64]:
    """One surface's blend, and the NDCG@10 that it reaches for each of its questions.

    Without anything to learn from, all sources count alike.
    """
    questions, queries = questions_of(history, later, surface, n=1)
    if not len(questions):
        alike = 1 / len(surface.spec.sources)
        weight = dict.fromkeys(surface.spec.sources, alike)
        return FittedBlend(weight, _plain_maps(surface.spec.sources), 0.0, 0), np.empty(0)
    pipeline = surface.spec.build(sources)
    candidates = pipeline.candidates(pipeline.prepared(queries(np.arange(len(questions)))))
    relevant = right_places(candidates, questions.truth)
    return measured_blend(candidates, relevant, questions.truth.counts, BlendFitConfig())


def _plain_maps(sources: Sequence[str]) -> dict[str, ScoreMap]:
    return dict.fromkeys(sources, ScoreMap(1.0, 1.0))
