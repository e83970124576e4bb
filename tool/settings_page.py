"""docs/settings.md, made from the fields of setting.py: python tool/settings_page.py > docs/settings.md."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shopkeeper.record import DEFAULT_WEIGHT
from shopkeeper.setting import Setting

HEAD: Final = """# Settings

A shop's settings are in the file `shop.toml` of its folder; `shopkeeper init` writes one with every setting explained.
An environment variable overrides the file: `SHOPKEEPER_`, the section, two underscores and the name, such as
`SHOPKEEPER_SERVE__PORT=8080`. A key belongs into the environment rather than into the file. What cannot be used is
told by name, with exit code 4; `shopkeeper doctor SHOP` looks a shop over.

This page is made from `src/shopkeeper/setting.py` by `make docs`; a test fails where the two differ."""

WORD: Final = {
    dict: "table",
    tuple: "list of texts",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
}
BOUND: Final = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below", "pattern": "like"}


def page() -> str:
    """The whole page. Raises ValueError where a setting has no description."""
    lines = [HEAD]
    for section, field in Setting.model_fields.items():
        lines += ["", f"## [{section}]", ""]
        if isinstance(field.default, BaseModel):
            lines += _section(section, field.default)
        elif section == "event_weight":
            lines += _weights(field)
        else:
            lines.append(str(field.description).replace("docs/training.md", "[training.md](training.md)") + ".")
    return "\n".join(lines) + "\n"


def _section(name: str, section: BaseModel) -> Iterator[str]:
    """A row for each setting."""
    yield "| setting | default | what | meaning |"
    yield "| --- | --- | --- | --- |"
    for key, field in type(section).model_fields.items():
        if not field.description:
            raise ValueError(f"[{name}] {key} has no description: give it one in setting.py")
        default = getattr(section, key)
        yield f"| `{key}` | {_shown(default)} | {_kind(field)} | {field.description.replace('|', '&#124;')} |"


def _shown(default: object) -> str:
    """A default as shop.toml would have it."""
    if default is None:
        return "(absent)"
    if isinstance(default, Mapping):
        return "`{" + ", ".join(f'{name} = "{value}"' for name, value in default.items()) + "}`"
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default}`" if default != "" else "(empty)"


def _kind(field: FieldInfo) -> str:
    """What values a setting takes, in words."""
    kind: Any = get_origin(field.annotation)
    if kind not in (dict, tuple):
        kind = next((part for part in get_args(field.annotation) if part is not type(None)), field.annotation)
    bounds = [
        f"{word} {f'`{value}`' if name == 'pattern' else value}"
        for name, word in BOUND.items()
        for limit in field.metadata
        if (value := getattr(limit, name, None)) is not None
    ]
    return ", ".join([WORD.get(kind, kind.__name__), *bounds])


def _weights(field: FieldInfo) -> Iterator[str]:
    """The weight of each type of event."""
    yield f"{str(field.description).capitalize()}."
    yield ""
    yield "| event | default |"
    yield "| --- | --- |"
    yield from (f"| `{kind.value}` | {weight} |" for kind, weight in DEFAULT_WEIGHT.items())


if __name__ == "__main__":
    print(page(), end="")
