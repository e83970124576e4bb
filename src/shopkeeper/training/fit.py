"""Fitting all learners on one snapshot, each kept in the run's folder as soon as it is done."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from shopkeeper.bundle.layout import source_file
from shopkeeper.bundle.member import describe, load_learner, save_learner
from shopkeeper.data import Dataset
from shopkeeper.error import BundleError
from shopkeeper.model import Learner, Run


def fit_all(
    learners: Mapping[str, Learner], dataset: Dataset, run: Run, folder: Path, stage: str
) -> dict[str, Learner]:
    """Fitted learners by name; one that an earlier, killed run had finished in `folder` is read back."""
    folder.mkdir(parents=True, exist_ok=True)
    fitted: dict[str, Learner] = {}
    for done, (name, learner) in enumerate(learners.items()):
        run.progress(f"{stage}: {name}", done, len(learners))
        fitted[name] = _fitted(learner, name, dataset, run, folder)
    run.progress(stage, len(learners), len(learners))
    return fitted


def _fitted(learner: Learner, name: str, dataset: Dataset, run: Run, folder: Path) -> Learner:
    """One learner, fitted now or before."""
    path = folder / source_file(name)
    described = path.with_suffix(".json")
    wanted = json.dumps(asdict(describe(learner)), sort_keys=True)
    if path.is_file() and described.is_file() and described.read_text("utf-8") == wanted:
        with suppress(BundleError):  # a power cut can leave a damaged file behind: fitted anew
            return load_learner(describe(learner), path, run.vectors)
    fresh = learner.fit(dataset, run)
    draft = path.with_suffix(".part")
    save_learner(fresh, draft)
    draft.replace(path)
    described.write_text(wanted, "utf-8")  # last: its presence says that the arrays are whole
    return fresh
