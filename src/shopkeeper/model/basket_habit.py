"""In which baskets a customer buys an item: in small ones or large, and on which days of the week.

Of the grocer's next baskets, half have six products or fewer. What is bought alone is likelier to be all of the next
basket than what only ever comes along with thirty other things.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.model.rhythm import WIDTH, Baskets, Runs, Tally, side_by_side
from shopkeeper.pipeline.lists import Int64

Float64 = npt.NDArray[np.float64]

BASKET_COLUMN: Final = ("part", "part_30", "part_5", "part_10", "basket_size", "soon_1", "soon_3")
_MOST = 10  # lines, from which on one of them is the same small part
_PART: Final = np.append(1.0, 1 / np.cumsum(1 / np.log2(np.arange(_MOST) + 2)))
_FADE = (0.8, 0.9)  # of a basket from one to the next: five and ten of them count
_HALF_LIFE, _WEEKDAY_HALF_LIFE = 30, 60  # days
_SOON = (1, 3)  # days from now


def part_of(size: npt.NDArray[np.integer]) -> Float64:
    """(n,) what one right item is of the best list for a basket of `size` lines: 1 over its ideal DCG@10."""
    told: Float64 = _PART[np.minimum(size, _MOST)]
    return told


def basket_tally(baskets: Baskets, runs: Runs, asked: int) -> Tally:
    """BASKET_COLUMN of the recent purchases of `asked` requests, by item and by category; `runs` are
    those of `baskets`.

    `part` sums what each purchase was of its basket, `part_30` by a half-life of 30 days, `part_5` and `part_10` as a
    share of all baskets, each counting .8 and .9 of the one after it. `basket_size` is the mean logarithm of the
    lines of its baskets, less the household's. `soon_n` is the share of purchases on the weekdays of now and the n
    days after, less the household's.
    """
    if not len(runs):
        return Tally(runs.key, np.empty((0, len(BASKET_COLUMN)), np.float32))
    part, lines = part_of(baskets.lines), np.log(baskets.lines)
    recent = np.exp2(-baskets.age / _WEEKDAY_HALF_LIFE)
    total, total_30, *faded, size, weight, soon_1, soon_3 = runs.summed(
        part,
        part * np.exp2(-baskets.age / _HALF_LIFE),
        *(part * fade**baskets.back for fade in _FADE),
        lines,
        recent,
        *(recent * (baskets.ahead <= days) for days in _SOON),
    )
    of = runs.key // WIDTH
    count = np.diff(np.append(runs.starts, len(runs.place)))
    shares = [each * (1 - fade) / (1 - fade ** baskets.count[of]) for each, fade in zip(faded, _FADE, strict=True)]
    usual = _mean(lines, np.ones(len(lines)), baskets.row, asked)[of]
    drawn = [
        _drawn(some, weight, soon(baskets, days, asked)[of]) for some, days in zip((soon_1, soon_3), _SOON, strict=True)
    ]
    return Tally(runs.key, side_by_side(total, total_30, *shares, size / count - usual, *drawn))


def soon(baskets: Baskets, days: int, asked: int) -> Float64:
    """(asked,) the share of a household's lines on the weekdays of now and so many days after; NaN without any."""
    return _mean(baskets.ahead <= days, np.exp2(-baskets.age / _WEEKDAY_HALF_LIFE), baskets.row, asked)


def _mean(value: npt.NDArray[Any], weight: Float64, row: Int64, asked: int) -> Float64:
    """(asked,) weighted means by row."""
    total = np.bincount(row, weight, minlength=asked)
    return np.bincount(row, value * weight, minlength=asked) / np.where(total > 0, total, np.nan)


def _drawn(some: Float64, all_of: Float64, usual: Float64) -> Float64:
    """(n,) the share that `some` is of `all_of`, with one usual purchase more, less the usual share."""
    told: Float64 = (some + usual) / (all_of + 1) - usual
    return told
