"""Trying learned rankers on the surfaces that the recipe names: fitted before the validation days, chosen on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.error import MissingPart
from shopkeeper.evaluation.leak import check_no_leak
from shopkeeper.evaluation.task import Task
from shopkeeper.model.fact import Facts, log_price
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, need_lightgbm
from shopkeeper.model.ranker_feature import names_of
from shopkeeper.operation.workshop import Workshop
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import Progress, format_time, within
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training import (
    CUTS,
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A surface that may get a ranker: what tells it right from wrong, what it reads, whose lists it would order."""

    surface: Surface
    task: Task
    fit: RankerFitConfig
    pipeline: PipelineSpec
    spec: RankerSpec
    customers: int  # to validate on

    @property
    def narrow(self) -> PipelineSpec:
        """The pipeline of the sources that lead and the fallback's alone, for others are not fitted at each cut-off."""
        names = tuple(name for name in self.pipeline.sources if name in {*self.spec.sources, self.pipeline.fallback})
        weight = {name: value for name, value in self.pipeline.weight.items() if name in names}
        maps = {name: value for name, value in self.pipeline.score_map.items() if name in names}
        return replace(self.pipeline, sources=names, weight=weight, score_map=maps, fallback=None)


def try_rankers(
    workshop: Workshop,
    blends: Mapping[str, FittedBlend],
    sources: Fitted,
    validation: Dataset,
    test: Dataset,
) -> dict[str, Trial]:
    """What was tried, by surface. `sources` have learned from `validation`, the data before the validation days; `test`
    ends with them. Raises LeakError where sources have learned from what they are to be judged on."""
    validated = {name for name, blend in blends.items() if blend.queries}
    wanted = [name for name in RANKED if name in validated or (validated and not SURFACES[name].task)]
    if not wanted:
        return {}
    try:
        need_lightgbm()
    except MissingPart as problem:  # a shop is served by its blend as well
        nothing = RankerSpec((), (), FIT.depth)
        return {name: untried(RANKED[name].name, nothing, str(problem)) for name in wanted}
    told = [_candidate(workshop, name, blends, validation, test) for name in wanted]
    enough = [one for one in told if one.customers >= CHOICE.queries]
    checked = _checked(workshop, enough, sources, validation, test)
    lessons = _lessons(workshop, enough, validation)
    return {one.surface.name: _trial(workshop, one, lessons, checked) for one in told}


def _candidate(
    workshop: Workshop, name: str, blends: Mapping[str, FittedBlend], validation: Dataset, test: Dataset
) -> _Candidate:
    """A surface as the blends would serve it."""
    surface, task = workshop.surfaces[name], RANKED[name]
    pipeline = blended_specs(blends, surfaces=workshop.surfaces)[name]
    leading = pipeline.leading or pipeline.sources
    customers = blends[name].queries if name in blends else len(task.questions(validation, test))
    fit = replace(FIT, cuts=min(FIT.cuts, CUTS.get(name, FIT.cuts)))
    return _Candidate(surface, task, fit, pipeline, RankerSpec(names_of(leading), leading, FIT.depth), customers)


def _trial(
    workshop: Workshop,
    candidate: _Candidate,
    lessons: Mapping[str, Mapping[str, Lesson]],
    checked: Mapping[str, Lesson],
) -> Trial:
    """What was tried on one surface; nothing where there are too few customers to choose by."""
    name, spec, customers = candidate.surface.name, candidate.spec, candidate.customers
    if name not in checked:
        return untried(candidate.task.name, spec, too_few(None, customers, FIT, CHOICE), 0, customers)
    seed = workshop.shop.setting.evaluation.seed
    choice = replace(CHOICE, surfaces=len(checked))
    return tried(candidate.task.name, spec, lessons[name], checked[name], candidate.fit, choice, seed)


def rankers_of(fitted: Mapping[str, FittedRanker], dataset: Dataset) -> dict[str, LearnedRanker]:
    """The rankers with facts and prices as of a dataset."""
    if not fitted:
        return {}
    facts, price = Facts.of(dataset), log_price(dataset.items.frame["price"].to_numpy())
    return {name: LearnedRanker(ranker.spec, ranker.trees, facts, price) for name, ranker in fitted.items()}


def _checked(
    workshop: Workshop, candidates: Sequence[_Candidate], sources: Fitted, validation: Dataset, test: Dataset
) -> dict[str, Lesson]:
    """The validation lists of each surface, of all its sources."""
    if not candidates:
        return {}
    cut = _Cut(validation, Facts.of(validation), sources)
    return {one.surface.name: _lesson(workshop, one, one.pipeline, cut, test, FIT.validated) for one in candidates}


def _lessons(workshop: Workshop, candidates: Sequence[_Candidate], validation: Dataset) -> dict[str, dict[str, Lesson]]:
    """Of each surface a lesson for each of its cut-offs, the latest first."""
    lessons: dict[str, dict[str, Lesson]] = {one.surface.name: {} for one in candidates}
    if not candidates:
        return lessons
    window = workshop.split.test_from - workshop.split.validation_from
    first = int(validation.time.min(initial=validation.as_of))
    cuts = cut_offs(validation.as_of, window, first, FIT)
    near = validation
    for done, time in enumerate(cuts):
        workshop.progress(STAGE, done, len(cuts))
        asked = [one for one in candidates if done < one.fit.cuts]
        cut = _cut(workshop, asked, time, near, within(workshop.progress, STAGE, done, len(cuts)))
        near = cut.history
        later = workshop.everything.before(time + window, workshop.everything.items)
        for one in asked:
            lessons[one.surface.name][format_time(time)] = _lesson(workshop, one, one.narrow, cut, later, FIT.lists)
    workshop.progress(STAGE, len(cuts), len(cuts))
    return lessons


def _cut(workshop: Workshop, asked: Sequence[_Candidate], time: int, near: Dataset, progress: Progress) -> _Cut:
    """What is known at a cut-off, and the sources that these surfaces need, fitted on it."""
    history = workshop.snapshot(time, near)
    check_no_leak(history, time)
    names = {name for one in asked for name in one.narrow.sources}
    learners = {name: learner for name, learner in workshop.unfitted.items() if name in names}
    fitted = workshop.fit(learners, history, f"up to {format_time(time)[:10]}", progress=progress)
    return _Cut(history, Facts.of(history), fitted)


def _lesson(
    workshop: Workshop, candidate: _Candidate, pipeline: PipelineSpec, cut: _Cut, later: Dataset, most: int
) -> Lesson:
    """The lists of at most so many customers as of a cut-off, and what was right after it."""
    questions, queries = questions_of(cut.history, later, candidate.surface, n=1, task=candidate.task)
    rng = np.random.default_rng(workshop.shop.setting.evaluation.seed)
    asked = sampled(len(questions), most, rng)
    return lesson_of(
        pipeline.build(cut.learners),
        cut.history,
        cut.facts,
        questions.truth.of_queries(asked),
        lambda rows: queries(asked[rows]),
        candidate.spec,
        learned_to=cut.learners.learned_to,
    )
