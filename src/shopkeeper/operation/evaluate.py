"""Evaluating a shop: fit before the cut, choose on validation, judge on the test, the pipelines being those served."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
from shopkeeper.evaluation.shelf import Shelf, popularity, self_information
from shopkeeper.evaluation.task import TASKS
from shopkeeper.evaluation.taste import broad_categories
from shopkeeper.model import Learner
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, Trees
from shopkeeper.operation.addition import additions_of
from shopkeeper.operation.evidence import notes_of
from shopkeeper.operation.memory import peak_memory
from shopkeeper.operation.rank import rankers_of, try_rankers
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop, sole_workshop
from shopkeeper.pipeline.blend import ScoreMap
from shopkeeper.record import Progress, silent
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training import (
    BASELINE,
    LABEL,
    FittedBlend,
    FittedRanker,
    alone,
    baselines,
    blended_specs,
    fit_blends,
    questions_of,
)

LENGTH = 50  # of the judged lists: AUC@50 is the deepest metric
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
    with sole_workshop(shop, progress) as workshop:
        return judge(workshop).report


def judge(workshop: Workshop, asked: Workshop | None = None) -> Judgement:
    """The report, and the blends and rankers that it judged. Raises InputError for a shop without items.

    All is fitted and chosen on `workshop`; the customers of `asked` are those that are asked, by default the same.
    """
    kept = _kept(workshop)
    if kept is not None:
        return kept
    _check_items(workshop)
    began = time.perf_counter()
    split = workshop.split
    validation, test = workshop.snapshot(split.validation_from), workshop.snapshot(split.test_from)
    audience = asked or workshop
    history = test if asked is None else audience.snapshot(split.test_from)
    later = audience.snapshot(split.test_to)
    checks = (check_no_leak(validation, split.validation_from), check_no_leak(test, split.test_from))
    sources = workshop.fit(workshop.unfitted, validation, "fitting before validation", later=test)
    blends = fit_blends(sources, validation, test, workshop.progress, workshop.surfaces)
    added = additions_of(workshop, sources, validation, test, blends)
    trials = try_rankers(workshop, blends, sources, validation, test)
    rankers = {name: trial.ranker for name, trial in trials.items() if trial.ranker is not None}
    fitted_at = time.perf_counter()
    learners = {**workshop.unfitted, **baselines()}
    fitted = workshop.fit(learners, test, "fitting before the test")
    shelf = _shelf(workshop, test)
    tasks = _tasks(workshop, fitted, blends, rankers_of(rankers, test), shelf, history, later)
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
        notes=(*notes_of(split, blends, tasks, len(workshop.everything), ranked=bool(rankers)), *added),
        seconds={"choosing": round(fitted_at - began, 1), "judging": round(time.perf_counter() - fitted_at, 1)},
        peak=peak_memory().own,
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


def _shelf(workshop: Workshop, known: Dataset) -> Shelf:
    """What lists are held against: all that is known before the test."""
    return Shelf(
        known.items.eligible(known.as_of),
        information=self_information(known),
        vectors=workshop.vectors.of,
        popularity=popularity(known),
        category=broad_categories(known.items),
    )


def _tasks(
    workshop: Workshop,
    learners: Mapping[str, Learner],
    blends: Mapping[str, FittedBlend],
    rankers: Mapping[str, LearnedRanker],
    shelf: Shelf,
    history: Dataset,
    later: Dataset,
) -> tuple[TaskResult, ...]:
    """Every task judged: the surface's own pipeline against each of its parts and the baselines.

    Asked are the customers of `history`, as of the test's start, about what they bought in `later`, as of its end.
    """
    setting = workshop.shop.setting.evaluation
    results = []
    for surface in (surface for surface in workshop.surfaces.values() if surface.task):
        questions, queries = questions_of(history, later, surface, LENGTH)
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
    blend = blended_specs(blends, surfaces={surface.name: surface})[surface.name]
    served = blended_specs(blends, rankers, {surface.name: surface})[surface.name]
    ranked = {RANKER: served.build(learners, rankers=rankers)} if surface.name in rankers else {}
    names = dict.fromkeys((*surface.spec.sources, "popular", BASELINE))
    parts = {LABEL.get(name, name): alone(surface.spec, name).build(learners) for name in names}
    return {**ranked, BLEND: blend.build(learners), **parts}


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
