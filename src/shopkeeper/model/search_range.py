"""Ranges: how far a field of a config may be tuned, stated beside the field itself."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; by factors where it is `log`, whole numbers by `step` where it is not.

    Written as `width: Annotated[int, Range(16, 256, log=True)] = 64`. What a field means must hold anywhere in it.
    """

    low: float
    high: float
    log: bool = False
    step: int = 1


def ranges_of(config: type[Any]) -> dict[str, Range]:
    """The fields of a config that can be tuned."""
    hints = get_type_hints(config, include_extras=True)
    told = {name: _range_in(hint) for name, hint in hints.items()}
    return {name: found for name, found in told.items() if found is not None}


def _range_in(hint: Any) -> Range | None:
    """The range that an annotation carries."""
    if get_origin(hint) is not Annotated:
        return None
    return next((extra for extra in get_args(hint)[1:] if isinstance(extra, Range)), None)
