"""The section of shop.toml that tells training what a tuning has found, and putting it there."""

import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from itertools import dropwhile
from pathlib import Path
from typing import Any, Final

from shopkeeper.error import SettingError
from shopkeeper.training.plan import source_named

_HEAD: Final = re.compile(r"^\s*\[\s*model\s*\.\s*\"?([\w-]+)\"?\s*\]\s*(#.*)?$")
_ANY: Final = re.compile(r"^\s*\[")
_SILENT: Final = re.compile(r"^\s*(#.*)?$")


def section_text(source: str, values: Mapping[str, Any], why: str) -> str:
    """The section [model.SOURCE], with a comment that says where it comes from."""
    told = [f"{name} = {_toml(value)}" for name, value in values.items()]
    return "\n".join([f"[model.{source}]", f"# {why}", *told]) + "\n"


def with_section(path: Path, source: str, text: str) -> None:
    """Put the section into a shop.toml, in place of what it has of this source; all else stays as it is.

    Raises SettingError, and leaves the file alone, where it is written in a way that this cannot be done safely.
    """
    before = path.read_text("utf-8")
    after = _without(before, source).rstrip("\n") + "\n\n" + text
    if not _is_safe(before, after, source, tomllib.loads(text)["model"][source]):
        raise SettingError(
            f"{path} is written in a way that cannot be changed safely. Put this into it by hand:\n{text}"
        )
    _replace(path, after)


def _replace(path: Path, text: str) -> None:
    """Whole at any moment, and never to be read by more people than before: the file may hold a password."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    shutil.copymode(path, draft)
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _without(text: str, source: str) -> str:
    """The lines of a shop.toml but those of this source's section. It ends at its last key: comments after that are
    about what follows."""
    kept: list[str] = []
    since: list[str] = []  # the section's last key
    within = False
    for line in text.splitlines():
        if _ANY.match(line):
            head = _HEAD.match(line)
            kept, since = [*kept, *_from_comment(since)], []
            within = head is not None and source_named(head[1]) == source
            if within:
                continue
        if not within:
            kept.append(line)
        elif _SILENT.match(line):
            since.append(line)
        else:
            since = []
    return "\n".join([*kept, *_from_comment(since)])


def _from_comment(lines: list[str]) -> list[str]:
    """Without the blank lines before the first comment."""
    return list(dropwhile(lambda line: not line.strip(), lines))


def _is_safe(before: str, after: str, source: str, wanted: Mapping[str, Any]) -> bool:
    """Whether nothing but the section has changed, and it says what it should."""
    try:
        told, was = tomllib.loads(after), tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    models, others = told.pop("model"), was.pop("model", {})
    own = models.pop(source)
    others = {name: each for name, each in others.items() if source_named(name) != source}
    return bool(told == was and models == others and own == wanted)


def _toml(value: Any) -> str:
    """A TOML literal; JSON writes these alike."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)
