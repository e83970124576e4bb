"""What a server needs of an open shop: its engine, and the report of the bundle that it serves."""

import gc
from pathlib import Path

from shopkeeper.bundle import BundleShelf
from shopkeeper.language.registry import open_encoder
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.thread import limit_threads
from shopkeeper.serving import Engine, ExposureRecorder


def open_engine(shop: Shop, exposures: ExposureRecorder | None = None) -> Engine:
    """The engine of an open shop; it serves whatever bundle is published, now and later. Close it before the shop.

    What it answers is noted in `exposures`: given to a server, whose lists shoppers see, and to nobody else.
    """
    limit_threads(shop.setting.language.threads)
    encoder = open_encoder(shop.setting.language)
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock, exposures).start()
    gc.collect()
    gc.freeze()  # the catalogue stays: no collection need walk its hundred thousand objects while a shopper waits
    return engine


def open_recorder(shop: Shop) -> ExposureRecorder | None:
    """What notes the lists of a server, unless the settings want none noted. Close it before the shop."""
    return ExposureRecorder(shop.store.exposures).start() if shop.setting.serve.exposures else None


def rounds_pages(shop: Shop) -> dict[str, Path]:
    """The pages of the shop's last evaluations in rounds, by protocol; those that there are."""
    kept = sorted(shop.runs.glob(shop.rounds_page("*").name))
    return {path.stem.partition("-")[2]: path for path in kept}


def published_report(shop: Shop) -> Path | None:
    """The evaluation report of the published bundle, where it has one."""
    published = shop.store.office.publications()
    path = shop.bundles / published[0].bundle_id / "report.html" if published else None
    return path if path and path.is_file() else None
