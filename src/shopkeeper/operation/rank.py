"""Trying learned rankers on the surfaces that the recipe names: fitted before the validation days, chosen on them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.error import MissingPart
from shopkeeper.evaluation.leak import check_no_leak
from shopkeeper.model.fact import Facts, log_price
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, need_lightgbm
from shopkeeper.model.ranker_feature import names_of
from shopkeeper.operation.workshop import Workshop
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import format_time, within
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training import (
    RANKED,
    ChoiceConfig,
    Fitted,
    FittedBlend,
    FittedRanker,
    Lesson,
    RankerFitConfig,
    Trial,
    blended_specs,
    cut_offs,
    lesson_of,
    questions_of,
    sampled,
    too_few,
    tried,
    untried,
)

FIT = RankerFitConfig()
CHOICE = ChoiceConfig()
STAGE: Final = "learning to rank"


@dataclass(frozen=True, slots=True)
class _Cut:
    """What was known at one cut-off, and who learned from it."""

    history: Dataset
    facts: Facts
    learners: Fitted


def try_rankers(
    workshop: Workshop,
    blends: Mapping[str, FittedBlend],
    sources: Fitted,
    validation: Dataset,
    test: Dataset,
) -> dict[str, Trial]:
    """What was tried, by surface. `sources` have learned from `validation`, the data before the validation days; `test`
    ends with them. Raises LeakError where sources have learned from what they are to be judged on."""
    wanted = [name for name in RANKED if name in blends and blends[name].queries]
    if not wanted:
        return {}
    try:
        need_lightgbm()
    except MissingPart as problem:  # a shop is served by its blend as well
        nothing = RankerSpec((), (), FIT.depth)
        return {name: untried(str(SURFACES[name].task), nothing, str(problem)) for name in wanted}
    return {name: _trial(workshop, workshop.surfaces[name], blends, sources, validation, test) for name in wanted}


def _trial(
    workshop: Workshop,
    surface: Surface,
    blends: Mapping[str, FittedBlend],
    sources: Fitted,
    validation: Dataset,
    test: Dataset,
) -> Trial:
    """What was tried on one surface; nothing is worked out where there are too few customers to choose by."""
    blend, seed = blends[surface.name], workshop.shop.setting.evaluation.seed
    spec = RankerSpec(names_of(blend.leading), blend.leading, FIT.depth)
    if blend.queries < CHOICE.queries:
        return untried(str(surface.task), spec, too_few(None, blend.queries, FIT, CHOICE), 0, blend.queries)
    pipeline_spec = blended_specs(blends, surfaces=workshop.surfaces)[surface.name]
    whole = _Cut(validation, Facts.of(validation), sources)
    checked = _lesson(workshop, surface, pipeline_spec, spec, whole, test, FIT.validated)
    lessons = _lessons(workshop, surface, pipeline_spec, spec, validation)
    return tried(str(surface.task), spec, lessons, checked, FIT, CHOICE, seed)


def rankers_of(fitted: Mapping[str, FittedRanker], dataset: Dataset) -> dict[str, LearnedRanker]:
    """The rankers with facts and prices as of a dataset."""
    if not fitted:
        return {}
    facts, price = Facts.of(dataset), log_price(dataset.items.frame["price"].to_numpy())
    return {name: LearnedRanker(ranker.spec, ranker.trees, facts, price) for name, ranker in fitted.items()}


def _lessons(
    workshop: Workshop, surface: Surface, pipeline_spec: PipelineSpec, spec: RankerSpec, validation: Dataset
) -> dict[str, Lesson]:
    """A lesson for each cut-off, the latest first; its sources are those that lead, and the fallback's, which fills."""
    window = workshop.split.test_from - workshop.split.validation_from
    first = int(validation.time.min(initial=validation.as_of))
    cuts = cut_offs(validation.as_of, window, first, FIT)
    names = tuple(name for name in surface.spec.sources if name in {*spec.sources, surface.spec.fallback})
    narrow = replace(
        pipeline_spec,
        sources=names,
        weight={name: pipeline_spec.weight[name] for name in names},
        score_map={name: pipeline_spec.score_map[name] for name in names},
        fallback=None,
    )
    lessons = {}
    for done, time in enumerate(cuts):
        workshop.progress(STAGE, done, len(cuts))
        history = workshop.snapshot(time)
        check_no_leak(history, time)
        learners = {name: learner for name, learner in workshop.unfitted.items() if name in names}
        inside, day = within(workshop.progress, STAGE, done, len(cuts)), format_time(time)[:10]
        cut = _Cut(history, Facts.of(history), workshop.fit(learners, history, f"up to {day}", progress=inside))
        later = workshop.everything.before(time + window, workshop.everything.items)
        lessons[format_time(time)] = _lesson(workshop, surface, narrow, spec, cut, later, FIT.lists)
    workshop.progress(STAGE, len(cuts), len(cuts))
    return lessons


def _lesson(
    workshop: Workshop,
    surface: Surface,
    pipeline_spec: PipelineSpec,
    spec: RankerSpec,
    cut: _Cut,
    later: Dataset,
    most: int,
) -> Lesson:
    """The lists of at most so many customers as of a cut-off, and what was right after it."""
    questions, queries = questions_of(cut.history, later, surface, n=1)
    rng = np.random.default_rng(workshop.shop.setting.evaluation.seed)
    asked = sampled(len(questions), most, rng)
    return lesson_of(
        pipeline_spec.build(cut.learners),
        cut.history,
        cut.facts,
        questions.truth.of_queries(asked),
        lambda rows: queries(asked[rows]),
        spec,
        learned_to=cut.learners.learned_to,
    )
