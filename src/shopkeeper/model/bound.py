"""Bounds: what a number of a config may be at all, stated beside the field itself."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Bound:
    """From `least` on, or only `above` it, and up to `most`, or only `below` it.

    Written as `dropout: Annotated[float, Range(0, 0.7), Bound(below=1)] = 0.5`; without one, a number is at least 0.
    """

    least: float = 0.0
    most: float = inf
    above: float = -inf
    below: float = inf

    def holds(self, value: float) -> bool:
        """Whether it is a number within."""
        within = self.least <= value <= self.most and self.above < value < self.below
        return isfinite(value) and within

    def __str__(self) -> str:
        low = f"at least {self.least:g}" if self.above < self.least else f"above {self.above:g}"
        high = f"below {self.below:g}" if self.below <= self.most else f"at most {self.most:g}"
        return low if min(self.below, self.most) == inf else f"{low} and {high}"


def bound_of(config: type[Any], name: str) -> Bound | None:
    """The bound that stands beside a field, where one does."""
    hint = get_type_hints(config, include_extras=True)[name]
    if get_origin(hint) is not Annotated:
        return None
    return next((extra for extra in get_args(hint)[1:] if isinstance(extra, Bound)), None)
