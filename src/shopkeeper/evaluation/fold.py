"""Protocols that fit several times: which customers a fold asks, and at which days a rolling origin cuts.

Folds over users are strong generalisation (Marlin, 2004): a fold's customers are wholly unseen in training, and folded
in from their histories. A rolling origin repeats the split by time at earlier and earlier cuts (Tashman, 2000).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.error import InputError, LeakError
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.pipeline.lists import Int32
from shopkeeper.record import DAY


def check_folds(folds: int) -> None:
    """Raises InputError for a number that no shop can be divided by."""
    if folds < 2:
        raise InputError(
            f"{folds} fold leaves nobody to learn from: ask for 2 or more, or leave --protocol folds out for the split "
            "by time alone."
            if folds == 1
            else f"There cannot be {folds} folds: ask for 2 or more."
        )


def check_origins(origins: int) -> None:
    """Raises InputError for a number that does not roll."""
    if origins < 2:
        raise InputError(
            f"{origins} origins do not roll: ask for 2 or more, or leave --protocol rolling out for one cut."
        )


def folds_of(person: Int32, folds: int, rng: np.random.Generator) -> list[Int32]:
    """The persons of each fold, sorted: every one in one fold, of sizes that differ by one at most.

    Raises InputError for fewer than two folds, and for more than there are persons.
    """
    check_folds(folds)
    if folds > len(person):
        raise InputError(
            f"{folds} folds of {len(person):,} customers leave some folds empty: ask for {len(person)} folds at most."
            if len(person) > 1
            else f"Folds need customers: this shop has {len(person)}. Import more events first."
        )
    return [np.sort(each) for each in np.array_split(rng.permutation(person), folds)]


def of_people(dataset: Dataset, person: Int32) -> Dataset:
    """The snapshot with the events of these persons only."""
    kept = np.isin(dataset.person, person)[dataset.user]
    left, user = np.unique(dataset.person[dataset.user[kept]], return_inverse=True)
    return replace(
        dataset,
        person=left,
        user=user.astype(np.int32),
        item=dataset.item[kept],
        type=dataset.type[kept],
        time=dataset.time[kept],
        session=dataset.session[kept],
        amount=dataset.amount[kept],
    )


def check_strangers(learned: Dataset, asked: Int32) -> None:
    """Raise LeakError where a model learned from somebody who is asked."""
    known = int(np.isin(learned.person, asked).sum())
    if known:
        raise LeakError(
            f"{known:,} of the {len(asked):,} customers that a fold asks are among those its models learn from: their "
            "figures would be worthless. Give the fit the other folds' customers alone."
        )


def rolling_splits(last: TimeSplit, first_event: int, origins: int) -> Sequence[TimeSplit]:
    """The splits of so many origins, the earliest first, the last being `last`: all of its lengths, tests end to end.

    The first must have as many days to learn from as to validate on; `first_event` is UTC microseconds. Raises
    InputError for fewer than two origins, and for more than the log has days for.
    """
    check_origins(origins)
    window, validation = last.test_to - last.test_from, last.test_from - last.validation_from
    most = 1 + max(0, last.validation_from - validation - first_event) // window
    if origins > most:
        days = (last.test_to - first_event) // DAY
        fewer = f"{most} at most, or for " if most > 1 else ""
        raise InputError(
            f"{origins} origins do not fit: each tests on {window // DAY} days after {validation // DAY} of validation "
            f"and as many to learn from, and the log has {days:,} days up to the test's end. Ask for {fewer}shorter "
            "periods in [evaluation] of shop.toml (validation_from, test_from, test_to)."
        )
    back = (step * window for step in range(origins - 1, -1, -1))
    return [TimeSplit(last.validation_from - step, last.test_from - step, last.test_to - step) for step in back]
