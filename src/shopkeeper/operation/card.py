"""Writing a bundle's model card, and finding it again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.bundle import BundleShelf, Manifest
from shopkeeper.bundle.layout import CARD_FILE
from shopkeeper.data import Dataset
from shopkeeper.data.item_table import living_texts
from shopkeeper.error import NotFound
from shopkeeper.evaluation.card import Contents, Cost, DataFacts, model_card
from shopkeeper.evaluation.report import EvaluationReport
from shopkeeper.operation.memory import peak_memory
from shopkeeper.operation.publish import published_id
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop
from shopkeeper.record import TYPE_OF_CODE, ItemKind, format_time
from shopkeeper.surface import SURFACES

_MARKETS: Final = 1000  # looked at


def write_card(folder: Path, workshop: Workshop, manifest: Manifest, report: EvaluationReport, seconds: float) -> None:
    """Write the card beside the other files, which are all there; `seconds` is what fitting and writing them took."""
    stages = {**_stages(report), "fitting on everything, writing": seconds}
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    peak = peak_memory()
    # The evaluation may be an earlier process's.
    cost = Cost(stages, max(peak.own or 0, report.peak or 0) or None, peak.helper, disk)
    markets = workshop.shop.store.prices.markets(_MARKETS)
    text = model_card(contents_of(manifest), report, facts_of(workshop.everything, markets), cost)
    (folder / CARD_FILE).write_text(text, "utf-8")


def read_card(shop: Shop, bundle_id: str | None = None) -> tuple[str, str]:
    """(id, card) of a bundle, by default the published one. Raises NotFound where it is not there, or has no card,
    BundleError where none is published."""
    if bundle_id is None:
        bundle_id = published_id(shop)
    path = BundleShelf(shop.bundles).open(bundle_id).folder / CARD_FILE
    if not path.is_file():
        raise NotFound(
            f"Bundle {bundle_id} has no card: an older version made it. Train anew: shopkeeper train {shop.folder}"
        )
    return bundle_id, path.read_text("utf-8")


def contents_of(manifest: Manifest) -> Contents:
    """What is in a bundle, in words."""
    return Contents(
        bundle_id=manifest.bundle_id,
        encoder=manifest.encoder,
        sources={name: source.model for name, source in manifest.sources.items()},
        rankers=[SURFACES[name].title for name in manifest.rankers],
        untasked=[surface.title for surface in SURFACES.values() if not surface.task],
    )


def facts_of(dataset: Dataset, markets: list[str]) -> DataFacts:
    """What a snapshot holds."""
    items = dataset.items
    alive = items.frame.select((pl.col("kind") == ItemKind.PRODUCT.value) & ~pl.col("deleted"))
    product = alive.to_series().fill_null(value=False).to_numpy()
    touched = np.isin(items.group, dataset.item)
    wordless = np.array([not text for text in living_texts(items.frame)], bool)
    missing = items.frame.select(
        category=pl.col("category").fill_null("") == "", price=pl.col("price").is_null()
    ).to_dict(as_series=False)
    return DataFacts(
        products=int(product.sum()),
        without_text=int((product & wordless).sum()),
        without_category=int((product & np.array(missing["category"], bool)).sum()),
        without_price=int((product & np.array(missing["price"], bool)).sum()),
        untouched=int((product & ~touched).sum()),
        users=dataset.users,
        events=_events(dataset),
        first_event=_time(dataset, 0),
        last_event=_time(dataset, -1),
        markets=markets,
    )


def _events(dataset: Dataset) -> dict[str, int]:
    """How many of each type, the commonest first."""
    code, count = np.unique(dataset.type, return_counts=True)
    order = np.argsort(-count, kind="stable")
    return {TYPE_OF_CODE[int(code[place])]: int(count[place]) for place in order}


def _time(dataset: Dataset, place: int) -> str | None:
    """The first or the last event's time."""
    if not len(dataset):
        return None
    return format_time(int(dataset.time.min() if place == 0 else dataset.time.max()))


def _stages(report: EvaluationReport) -> Mapping[str, float]:
    """What the evaluation before took."""
    named = {"choosing": "fitting and choosing before the test", "judging": "fitting and judging on the test"}
    return {named.get(stage, stage): seconds for stage, seconds in report.seconds.items()}
