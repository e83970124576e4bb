"""The tables of docs/training.md, made from the configs of models and trainer: python tool/training_page.py.

What stands above them in the page is written by hand, and stays.
"""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from shopkeeper.model import REGISTRY
from shopkeeper.model.search_range import Range, ranges_of
from shopkeeper.training.trainer_config import TrainerConfig

PAGE: Final = Path(__file__).parents[1] / "docs" / "training.md"
FIRST: Final = "## The trainer of networks"  # the heading from which on the page is made
TRAINER: Final = "Fields of `[model.NAME]` for every network. What has a range is tuned; what has none is set by hand."
MODELS: Final = "## The fields of each model"
ADDED: Final = (
    "Defaults are those of a model that a shop adds. The recipe gives its own sources other values, which "
    '`shopkeeper tune` shows as "now".'
)
END: Final = "These tables are made from the code by `make docs`; a test fails where the two differ."


def page() -> str:
    """The whole page."""
    by_hand = PAGE.read_text("utf-8").partition(FIRST)[0]
    lines = [FIRST, "", TRAINER, "", *_table(TrainerConfig), "", MODELS, "", ADDED, ""]
    for name, registered in REGISTRY.items():
        network = ", a network" if registered.network else ""
        lines += [f"### {name}{network}", "", *_table(registered.config), ""]
    return by_hand + "\n".join([*lines, END]) + "\n"


def _table(config: type[Any]) -> Iterator[str]:
    """A row for each field."""
    ranges, meaning = ranges_of(config), _meanings(config)
    yield "| field | default | range | meaning |"
    yield "| --- | --- | --- | --- |"
    for field in fields(config):
        told = _shown(getattr(config(), field.name))
        yield f"| `{field.name}` | {told} | {_range(ranges.get(field.name))} | {meaning.get(field.name, '')} |"


def _range(told: Range | None) -> str:
    if told is None:
        return ""
    return f"{told.low:g} to {told.high:g}" + (", by factors" if told.log else "")


def _shown(value: object) -> str:
    """A default as shop.toml would have it."""
    if value is None:
        return "(absent)"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def _meanings(config: type[Any]) -> dict[str, str]:
    """What the comments beside the fields say, or those above them that begin with a field's name."""
    found: dict[str, str] = {}
    for line in inspect.getsource(config).splitlines():
        beside = re.match(r"\s+(\w+): .* = [^#]*# (.*)$", line)
        above = re.match(r"\s+# (\w+): (.*)$", line)
        match = beside or above
        if match:
            found[match[1]] = match[2].replace("|", "&#124;")
    return found


if __name__ == "__main__":
    print(page(), end="")
