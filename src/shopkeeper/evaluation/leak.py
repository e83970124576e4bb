"""The leak check: nothing that a model learned from may be of the time that it is judged on."""

from dataclasses import dataclass

from shopkeeper.data import Dataset
from shopkeeper.error import LeakError
from shopkeeper.record import format_time


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """A check that passed: `events` of training data were looked at, none of them at or after `cut` (ISO 8601)."""

    cut: str
    events: int
    last_event: str | None


def check_no_leak(dataset: Dataset, cut: int) -> LeakCheck:
    """Look at all training data for what is known only at or after `cut` (UTC microseconds).

    Raises LeakError where an event is that late, or where prices and stock are as of a later time.
    """
    late = dataset.time >= cut
    if late.any():
        raise LeakError(
            f"{int(late.sum()):,} of {len(dataset):,} training events are at or after the cut {format_time(cut)}, the "
            f"first at {format_time(int(dataset.time[late].min()))}: their figures would be worthless. Load the "
            f"training data as of the cut, load_dataset(store, weights, as_of=cut), and fit again."
        )
    if dataset.as_of > cut:
        raise LeakError(
            f"The training data's catalogue shows prices and stock as of {format_time(dataset.as_of)}, later than "
            f"the cut {format_time(cut)}. Load it as of the cut: load_dataset(store, weights, as_of=cut)."
        )
    last = format_time(int(dataset.time.max())) if len(dataset) else None
    return LeakCheck(format_time(cut), len(dataset), last)
