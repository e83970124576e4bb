"""Evaluating a shop: fit before the cut, choose on validation, judge on the test, the pipelines being those served."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from shopkeeper import __version__
from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.evaluation.evaluator import Judge, System, evaluate
from shopkeeper.evaluation.leak import check_no_leak
from shopkeeper.evaluation.report import JSON_FILE, EvaluationReport, data_counts, read_report
from shopkeeper.evaluation.result import TaskResult
from shopkeeper.evaluation.shelf import Shelf, self_information
from shopkeeper.evaluation.task import TASKS
from shopkeeper.model import Learner
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, Trees
from shopkeeper.operation.evidence import notes_of
from shopkeeper.operation.lock import one_at_a_time
from shopkeeper.operation.rank import rankers_of, try_rankers
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.pipeline.blend import ScoreMap
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import Progress, silent
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training import (
    BASELINE,
    LABEL,
    FittedBlend,
    FittedRanker,
    baselines,
    blended_specs,
    fit_blends,
    questions_of,
    unfitted,
)

LENGTH = 20  # of the judged lists: Recall@20 is the deepest metric
BLEND: Final = "blend"
RANKER: Final = "ranker"
_CHOSEN: Final = "chosen.json"  # in a run's folder


@dataclass(frozen=True, slots=True)
class Judgement:
    """The report, and what it judged: blends by surface, and the learned rankers that were chosen."""

    report: EvaluationReport
    blends: Mapping[str, FittedBlend]
    rankers: Mapping[str, FittedRanker]


def evaluate_shop(shop: Shop, *, progress: Progress = silent) -> EvaluationReport:
    """The report on the shop as it is now; read back where nothing has changed.

    Raises LeakError, SettingError, and InputError for a shop without items.
    """
    with one_at_a_time(shop, progress):
        return judge(open_workshop(shop, progress)).report


def judge(workshop: Workshop) -> Judgement:
    """The report, and the blends and rankers that it judged. Raises InputError for a shop without items."""
    kept = _kept(workshop)
    if kept is not None:
        return kept
    _check_items(workshop)
    began = time.perf_counter()
    split = workshop.split
    validation, test = workshop.snapshot(split.validation_from), workshop.snapshot(split.test_from)
    later = workshop.snapshot(split.test_to)
    checks = (check_no_leak(validation, split.validation_from), check_no_leak(test, split.test_from))
    sources = workshop.fit(unfitted(workshop.vectors), validation, "fitting before validation")
    blends = fit_blends(sources, validation, test, workshop.progress)
    trials = try_rankers(workshop, blends, sources, validation, test)
    rankers = {name: trial.ranker for name, trial in trials.items() if trial.ranker is not None}
    fitted_at = time.perf_counter()
    learners = {**unfitted(workshop.vectors), **baselines()}
    fitted = workshop.fit(learners, test, "fitting before the test")
    tasks = _tasks(workshop, fitted, blends, rankers_of(rankers, test), test, later)
    report = EvaluationReport(
        shop=workshop.shop.setting.shop.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        code_version=__version__,
        seed=workshop.shop.setting.evaluation.seed,
        split=split,
        data=data_counts(test, later),
        tasks=tasks,
        blend_weights=_named_weights(blends),
        rankers=tuple(trial.record for trial in trials.values()),
        leak_checks=checks,
        notes=notes_of(split, blends, tasks, len(workshop.everything), ranked=bool(rankers)),
        seconds={"choosing": round(fitted_at - began, 1), "judging": round(time.perf_counter() - fitted_at, 1)},
    )
    judgement = Judgement(report, blends, rankers)
    _keep(workshop, judgement)
    return judgement


def _check_items(workshop: Workshop) -> None:
    """Refuse a shop that has nothing to show."""
    if workshop.everything.items.frame["deleted"].all():
        raise InputError(
            f"{workshop.shop.folder} has no items, so there is nothing to train on or to serve. Import a catalogue "
            f"first: shopkeeper import {workshop.shop.folder} products.csv"
        )


def _tasks(
    workshop: Workshop,
    learners: Mapping[str, Learner],
    blends: Mapping[str, FittedBlend],
    rankers: Mapping[str, LearnedRanker],
    test: Dataset,
    later: Dataset,
) -> tuple[TaskResult, ...]:
    """Every task judged: the surface's own pipeline against each of its parts and the baselines."""
    setting = workshop.shop.setting.evaluation
    shelf = Shelf(test.items.eligible(test.as_of), information=self_information(test), vectors=workshop.vectors.of)
    results = []
    for surface in (surface for surface in SURFACES.values() if surface.task):
        questions, queries = questions_of(test, later, surface, LENGTH)
        results.append(
            evaluate(
                _systems(surface, learners, blends, rankers),
                TASKS[str(surface.task)],
                questions,
                queries,
                shelf=shelf,
                rng=np.random.default_rng(setting.seed),
                judge=Judge(chief=RANKER if surface.name in rankers else BLEND, resamples=setting.bootstrap),
                progress=workshop.progress,
            )
        )
    return tuple(results)


def _systems(
    surface: Surface,
    learners: Mapping[str, Learner],
    blends: Mapping[str, FittedBlend],
    rankers: Mapping[str, LearnedRanker],
) -> dict[str, System]:
    """The pipeline that is served, and each of its parts alone under the same rules."""
    blend = blended_specs(blends)[surface.name]
    served = blended_specs(blends, rankers)[surface.name]
    ranked = {RANKER: served.build(learners, rankers=rankers)} if surface.name in rankers else {}
    names = dict.fromkeys((*surface.spec.sources, "popular", BASELINE))
    alone = {LABEL.get(name, name): _alone(surface.spec, name).build(learners) for name in names}
    return {**ranked, BLEND: blend.build(learners), **alone}


def _alone(spec: PipelineSpec, name: str) -> PipelineSpec:
    """A pipeline that ranks by one source, and has no stand-in: what it cannot say counts against it."""
    return replace(spec, name=name, sources=(name,), leading=(), weight={}, score_map={}, fallback=None)


def _named_weights(blends: Mapping[str, FittedBlend]) -> dict[str, dict[str, float]]:
    """Weights by task and by the label of each source, as the report shows them."""
    return {
        str(SURFACES[surface].task): {LABEL.get(name, name): weight for name, weight in blend.weight.items()}
        for surface, blend in blends.items()
    }


def _keep(workshop: Workshop, judgement: Judgement) -> None:
    """Leave the judgement in the run's folder; the blends last, for their presence says that all of it is whole."""
    judgement.report.write(workshop.folder)
    told = {
        "blends": {name: asdict(blend) for name, blend in judgement.blends.items()},
        "rankers": {name: asdict(ranker) for name, ranker in judgement.rankers.items()},
    }
    draft = workshop.folder / "chosen.part"
    draft.write_text(json.dumps(told, indent=1), "utf-8")
    draft.replace(workshop.folder / _CHOSEN)


def _kept(workshop: Workshop) -> Judgement | None:
    """The judgement that an earlier run of this fingerprint left."""
    path = workshop.folder / _CHOSEN
    if not path.is_file():
        return None
    told = json.loads(path.read_text("utf-8"))
    blends = {
        name: FittedBlend(
            values["weight"],
            {source: ScoreMap(**entry) for source, entry in values["score_map"].items()},
            values["validation"],
            values["queries"],
        )
        for name, values in told["blends"].items()
    }
    rankers = {
        name: FittedRanker(RankerSpec.from_dict(values["spec"]), Trees(**values["trees"]))
        for name, values in told["rankers"].items()
    }
    return Judgement(read_report((workshop.folder / JSON_FILE).read_text("utf-8")), blends, rankers)
