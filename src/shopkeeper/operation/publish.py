"""Publishing bundles: which one is served is a row in the store, so that all workers and machines agree."""

from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import BundleError, InputError
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.serving.nothing_published import NOTHING_PUBLISHED, first_steps
from shopkeeper.store import Publication

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One line of the list of bundles. `size_mb` is in megabytes; `metrics` the blend's primary metric by task."""

    bundle_id: str
    created: str
    served: bool
    code_version: str
    size_mb: float
    metrics: str
    model_version: str
    catalogue_version: str

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def list_bundles(shop: Shop) -> list[BundleEntry]:
    """All bundles, newest first."""
    served = _served(shop)
    return [
        BundleEntry(
            bundle_id=bundle.bundle_id,
            created=bundle.manifest.created[:19],
            served=bundle.bundle_id == served,
            code_version=bundle.manifest.code_version,
            size_mb=round(sum(member.size for member in bundle.manifest.files.values()) / MEGABYTE, 3),
            metrics=", ".join(
                f"{task} {next(iter(systems.values())):.4f}"  # what is served comes first
                for task, systems in bundle.manifest.metrics.items()
                if systems
            ),
            model_version=bundle.manifest.model_version,
            catalogue_version=bundle.manifest.catalogue_version,
        )
        for bundle in BundleShelf(shop.bundles).bundles()
    ]


def verify_bundle(shop: Shop, bundle_id: str) -> None:
    """Check every file of a bundle. Raises NotFound, BundleError."""
    BundleShelf(shop.bundles).verify(bundle_id)


def publish_bundle(shop: Shop, bundle_id: str) -> Publication:
    """Serve a bundle from now on, once all its files are found whole. Raises NotFound, BundleError."""
    verify_bundle(shop, bundle_id)
    return shop.store.office.publish(bundle_id)


def rollback_bundle(shop: Shop) -> Publication:
    """Serve the bundle that was served before the present one. Raises InputError where there is none on the shelf."""
    served = _served(shop)
    on_shelf = {bundle.bundle_id for bundle in BundleShelf(shop.bundles).bundles()}
    for publication in shop.store.office.publications():
        if publication.bundle_id != served and publication.bundle_id in on_shelf:
            return publish_bundle(shop, publication.bundle_id)
    raise InputError(f"There is no earlier bundle to go back to. See: shopkeeper bundle list {quote(str(shop.folder))}")


def _served(shop: Shop) -> str | None:
    """The id of the bundle that is served."""
    publications = shop.store.office.publications()
    return publications[0].bundle_id if publications else None


def published_id(shop: Shop) -> str:
    """The id of the bundle that is served. Raises BundleError, which says what to do first, where there is none."""
    served = _served(shop)
    if served is None:
        raise BundleError(f"{NOTHING_PUBLISHED} {how_to_begin(shop)}")
    return served


def how_to_begin(shop: Shop) -> str:
    """What to do in a shop that has no bundle yet."""
    return first_steps(shop.store, quote(str(shop.folder)))


def why_nothing_is_served(folder: Path) -> str:
    """What a server of this shop waits for; "" where a bundle is published."""
    with open_shop(folder) as shop:
        if _served(shop) is not None:
            return ""
        steps = how_to_begin(shop)
    return f"{NOTHING_PUBLISHED} {steps} (this server takes a bundle up as soon as there is one)"
