"""What of a source may be tuned: the fields of its config, and of its trainer, whose ranges stand beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shopkeeper.error import InputError
from shopkeeper.model.search_range import Range, ranges_of
from shopkeeper.training.plan import Plan, registered_of
from shopkeeper.training.trainer_config import TrainerConfig

DIGITS: Final = 4  # significant digits of a number that is tried: what is printed is what was tried

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """`ranges` by field, `whole` the fields that are whole numbers; `start` has the present values of all of them."""

    ranges: Mapping[str, Range]
    whole: frozenset[str]
    start: Values

    @classmethod
    def of(cls, plan: Plan, source: str) -> "SearchSpace":
        """Around a source as it is trained now. Raises InputError where nothing of it can be tuned."""
        registered = registered_of(source)
        ranges, present = ranges_of(registered.config), dict(vars_of(plan.configs[source]))
        if registered.network:
            ranges, present = ranges | ranges_of(TrainerConfig), present | vars_of(plan.trainer(source))
        if not ranges:
            raise InputError(f"Nothing of {source!r} can be tuned: its config has no field with a range.")
        start = {name: present[name] for name in ranges}
        return cls(ranges, frozenset(name for name, value in start.items() if isinstance(value, int)), start)

    def holds(self, values: Values) -> bool:
        """Whether a search could come upon these values."""
        return all(self._holds(name, each, values[name]) for name, each in self.ranges.items())

    def rounded(self, name: str, value: float) -> float:
        """A value as it is tried and printed."""
        return int(value) if name in self.whole else float(f"{value:.{DIGITS}g}")

    def _holds(self, name: str, each: Range, value: float) -> bool:
        stepped = name in self.whole and not each.log
        return each.low <= value <= each.high and (not stepped or not (value - each.low) % each.step)


def vars_of(config: Any) -> dict[str, Any]:
    """The fields of a config, by name."""
    return {name: getattr(config, name) for name in config.__dataclass_fields__}
