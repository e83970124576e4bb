"""A shop is a folder: making one, and opening it."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from shopkeeper.error import InputError
from shopkeeper.record import DEFAULT_WEIGHT, Clock, ReplayClock, SystemClock
from shopkeeper.setting import SHOP_FILE, Setting, ShopSection, load_setting
from shopkeeper.store import Store, open_store

# The grocer's log ends at 2018-01-01 04:01:20; its shop stands still just after, so that its last week is recent.
DEMO_SETTING: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType(
    {
        "shop": {"replay_now": "2018-01-01T05:00:00Z"},
        "evaluation": {
            "validation_from": date(2017, 11, 6),
            "test_from": date(2017, 11, 20),
            "test_to": date(2017, 12, 31),
        },
        "storefront": {"attributes": ["package_size"]},
    }
)

# What shop.toml shows of the tables whose names are the shop's own to choose.
_TABLE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "event_weight": tuple(f"{kind.value} = {weight}" for kind, weight in DEFAULT_WEIGHT.items()),
        "model": ("[model.two_tower]", "width = 128"),
    }
)


@dataclass(frozen=True)
class Shop:
    """An open shop. Close it, or use it in a `with`."""

    folder: Path
    setting: Setting
    store: Store
    clock: Clock

    @property
    def bundles(self) -> Path:
        """Where its bundles are kept."""
        return self.folder / self.setting.bundle.folder

    @property
    def cache(self) -> Path:
        """Embeddings by content hash; safe to delete."""
        return self.folder / "cache"

    @property
    def runs(self) -> Path:
        """Training runs and staged imports."""
        return self.folder / "runs"

    def rounds_page(self, protocol: str) -> Path:
        """The page of the last evaluation by a protocol that fits several times."""
        return self.runs / f"rounds-{protocol}.html"

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def __enter__(self) -> "Shop":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def init_shop(folder: Path, *, name: str | None = None, currency: str | None = None, demo: bool = False) -> Path:
    """Make a shop's folder with a commented shop.toml; returns that file's path.

    `demo` sets the dates of the grocer's year, and package sizes to choose from. Raises InputError where the folder
    already is a shop, or `currency` is no ISO 4217 code.
    """
    path = folder / SHOP_FILE
    if path.exists():
        raise InputError(f"{folder} already is a shop. Edit {path}, or choose another folder.")
    chosen = {section: dict(values) for section, values in (DEMO_SETTING if demo else {}).items()}
    chosen.setdefault("shop", {})["name"] = name or ("The grocer" if demo else folder.resolve().name)
    if currency is not None:
        chosen["shop"]["currency"] = _checked_currency(currency)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, setting_text(chosen))
    except OSError as problem:
        raise InputError(
            f"{folder} cannot be made a shop: {problem.strerror}. Choose a folder that you may write."
        ) from None
    return path


def _checked_currency(code: str) -> str:
    """The code, where the setting would take it."""
    try:
        return ShopSection(currency=code).currency
    except ValidationError:
        raise InputError(
            f"{code!r} is no currency code. Give the three capital letters of ISO 4217, such as EUR."
        ) from None


def open_shop(folder: Path) -> Shop:
    """The shop in `folder`, its store migrated. Raises NotFound, SettingError or StoreError."""
    setting = load_setting(folder)
    start = setting.replay_start
    clock: Clock = SystemClock() if start is None else ReplayClock(start)
    store = open_store(store_url(setting.store.url, folder))
    shop = Shop(folder, setting, store, clock)
    for needed in (shop.bundles, shop.cache, shop.runs):
        needed.mkdir(parents=True, exist_ok=True)
    return shop


def store_url(url: str, folder: Path) -> str:
    """The URL with a relative SQLite path made one inside the shop's folder, wherever the process stands."""
    scheme, slashes, path = url.partition(":///")
    if not scheme.startswith("sqlite") or not slashes or not path or path.startswith((":memory:", "file:")):
        return url
    return f"{scheme}:///{(folder / path).resolve()}"


def setting_text(chosen: Mapping[str, Mapping[str, object]]) -> str:
    """The text of a shop.toml: every setting with its meaning; those not chosen are commented out at their default."""
    lines = [
        "# The settings of this shop. A line that begins with # shows a default; remove the # to change it.",
        "# Environment variables override: SHOPKEEPER_SECTION__NAME, such as SHOPKEEPER_SERVE__PORT=8080.",
    ]
    for section, field in Setting.model_fields.items():
        lines += ["", f"[{section}]"]
        if isinstance(field.default, BaseModel):
            lines += _section_lines(field.default, chosen.get(section, {}))
        else:
            lines.append(f"# {field.description}")
            lines += [f"# {line}" for line in _TABLE[section]]
    return "\n".join(lines) + "\n"


def _section_lines(section: BaseModel, chosen: Mapping[str, object]) -> Iterator[str]:
    """Two lines for each setting: its meaning, and its value."""
    for name, field in type(section).model_fields.items():
        yield f"# {name}: {field.description}"
        default = getattr(section, name)
        if name in chosen:
            yield f"{name} = {_toml(chosen[name])}"
        elif default is not None:
            yield f"# {name} = {_toml(default)}"


def _toml(value: Any) -> str:
    """A TOML literal; JSON's and TOML's texts, numbers and Booleans are written alike, tables are not."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(inner)}" for name, inner in value.items()) + "}"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
