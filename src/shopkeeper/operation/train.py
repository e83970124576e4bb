"""Training a shop: evaluate, fit everything on all data, write a bundle, publish it."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from shopkeeper import __version__
from shopkeeper.bundle import Bundle, BundleShelf, Manifest
from shopkeeper.bundle.layout import CATALOGUE_FILE, SEARCH_FOLDER, VECTOR_FILE, source_file
from shopkeeper.bundle.member import describe, save_learner
from shopkeeper.bundle.ranker import save_rankers
from shopkeeper.data.attribute import served_attributes
from shopkeeper.error import BundleError, NotFound
from shopkeeper.evaluation.report import JSON_FILE, EvaluationReport, read_report
from shopkeeper.model import Learner
from shopkeeper.model.popularity import Popularity
from shopkeeper.model.ranker import LearnedRanker
from shopkeeper.operation.card import write_card
from shopkeeper.operation.evaluate import judge
from shopkeeper.operation.evidence import evidence_of
from shopkeeper.operation.publish import publish_bundle
from shopkeeper.operation.rank import rankers_of
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop, sole_workshop
from shopkeeper.pipeline.tensor import save_arrays
from shopkeeper.record import Progress, silent
from shopkeeper.search import TextSearch
from shopkeeper.training import blended_specs


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What training did; `skipped` where the published bundle was made from the very same inputs."""

    bundle_id: str
    report: EvaluationReport
    skipped: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"bundle_id": self.bundle_id, "skipped": self.skipped, "report": self.report.as_dict()}


def train_shop(
    shop: Shop,
    *,
    progress: Progress = silent,
    force: bool = False,
    min_new: float = 0.0,
    models: Sequence[str] = (),
) -> TrainResult:
    """Evaluate, fit, write and publish a bundle.

    `models` are blended beside the usual sources and those that shop.toml adds. Raises SettingError for what is none,
    and MissingPart for a network without PyTorch, before any work.

    Nothing is done where the published bundle was trained by the same recipe and no more than the share `min_new` of
    the store's rows is new since; `force` trains all the same. A killed training leaves the published bundle serving,
    and the next one goes on where it stopped.
    """
    with sole_workshop(shop, progress, models) as workshop:
        present = None if force else _up_to_date(workshop, min_new)
        if present is not None:
            return TrainResult(present.bundle_id, _report(present.folder), skipped=True)
        if force:
            shutil.rmtree(workshop.folder)
            workshop.folder.mkdir()
        return _trained(workshop)


def _trained(workshop: Workshop) -> TrainResult:
    """A new bundle, published."""
    shop, progress = workshop.shop, workshop.progress
    judgement = judge(workshop)
    report, blends = judgement.report, judgement.blends
    began = time.perf_counter()
    learners = workshop.fit(workshop.unfitted, workshop.everything, "fitting on everything")
    rankers = rankers_of(judgement.rankers, workshop.everything)
    progress("writing the bundle", 0, 1)
    manifest = Manifest(
        bundle_id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:6]}",
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        code_version=__version__,
        as_of=workshop.everything.as_of,
        change=workshop.everything.change,
        fingerprint=workshop.fingerprint,
        recipe=workshop.recipe,
        encoder=workshop.encoder.name,
        model_version=workshop.fingerprint[:12],
        catalogue_version=str(workshop.everything.change),
        sources={name: describe(learner) for name, learner in learners.items()},
        pipelines=blended_specs(blends, rankers, workshop.surfaces),
        metrics=_headline(report),
        evidence=evidence_of(blends, report.tasks),
        rankers={name: ranker.spec for name, ranker in rankers.items()},
    )
    shelf = BundleShelf(shop.bundles)

    def fill(folder: Path) -> None:
        _fill(folder, workshop, learners, rankers, report)
        write_card(folder, workshop, manifest, report, time.perf_counter() - began)

    bundle = shelf.write(manifest, fill)
    progress("writing the bundle", 1, 1)
    publish_bundle(shop, bundle.bundle_id)
    _tidy(shop, shelf)
    return TrainResult(bundle.bundle_id, report, skipped=False)


def _fill(
    folder: Path,
    workshop: Workshop,
    learners: Mapping[str, Learner],
    rankers: Mapping[str, LearnedRanker],
    report: EvaluationReport,
) -> None:
    """Write a bundle's files."""
    items = workshop.everything.items
    items.frame.with_columns(served_attributes(items.frame)).write_parquet(folder / CATALOGUE_FILE)
    save_arrays(folder / VECTOR_FILE, workshop.vectors.arrays())
    for name, learner in learners.items():
        save_learner(learner, folder / source_file(name))
    save_rankers(rankers, folder)
    popular = learners["popular"]
    assert isinstance(popular, Popularity)
    TextSearch.build(folder / SEARCH_FOLDER, items, workshop.vectors, workshop.encoder, popular.scores)
    report.write(folder)


def _up_to_date(workshop: Workshop, min_new: float) -> Bundle | None:
    """The published bundle, where it is whole and the present inputs would hardly change it."""
    publications = workshop.shop.store.office.publications()
    if not publications:
        return None
    try:
        bundle = BundleShelf(workshop.shop.bundles).verify(publications[0].bundle_id)
    except (NotFound, BundleError):
        return None
    # Each publication since took a change number too, and is nothing to learn from.
    first = max(place for place, one in enumerate(publications) if one.bundle_id == bundle.bundle_id)
    new = workshop.change - bundle.manifest.change - (first + 1)
    same = bundle.manifest.recipe == workshop.recipe and new <= min_new * max(bundle.manifest.change, 1)
    return bundle if same else None


def _report(folder: Path) -> EvaluationReport:
    """The report that a bundle carries."""
    return read_report((folder / JSON_FILE).read_text("utf-8"))


def _headline(report: EvaluationReport) -> dict[str, dict[str, float]]:
    """Each system's primary metric by task."""
    return {
        task.task: {system.name: system.metrics[task.primary].mean for system in task.systems} for task in report.tasks
    }


def _tidy(shop: Shop, shelf: BundleShelf) -> None:
    """Remove bundles beyond those kept, and the arrays of finished and abandoned runs; their reports stay."""
    served = {publication.bundle_id for publication in shop.store.office.publications()[:1]}
    shelf.prune(shop.setting.bundle.keep, served)
    for path in shop.runs.glob("train-*/as-of-*"):  # of killed trainings too: nobody else is at work
        shutil.rmtree(path, ignore_errors=True)
