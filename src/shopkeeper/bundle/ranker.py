"""How learned rankers become files and come back: trees as LightGBM's text, facts of the items as arrays. No pickle."""

from collections.abc import Mapping
from pathlib import Path

from shopkeeper.bundle.layout import FACT_FILE, ranker_file
from shopkeeper.error import BundleError
from shopkeeper.model.fact import Facts
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, Trees
from shopkeeper.pipeline.tensor import load_arrays, save_arrays


def save_rankers(rankers: Mapping[str, LearnedRanker], folder: Path) -> None:
    """Write the rankers, which share their facts; nothing where there are none."""
    for name, ranker in rankers.items():
        (folder / ranker_file(name)).write_text(ranker.trees.text, "utf-8")
        save_arrays(folder / FACT_FILE, ranker.facts.arrays())


def load_rankers(specs: Mapping[str, RankerSpec], folder: Path) -> dict[str, LearnedRanker]:
    """The rankers of a bundle's folder, without prices yet. Raises BundleError."""
    if not specs:
        return {}
    path = folder / FACT_FILE
    try:
        facts = Facts(**load_arrays(path))
        texts = {name: (folder / ranker_file(name)).read_text("utf-8") for name in specs}
    except (OSError, ValueError, TypeError) as problem:
        raise BundleError(f"The rankers of {folder.name} cannot be read ({problem}). Train again.") from None
    rankers = {name: LearnedRanker(spec, Trees(texts[name]), facts) for name, spec in specs.items()}
    for ranker in rankers.values():
        _ = ranker.trees.booster  # read now, before a shopper waits for it
    return rankers
