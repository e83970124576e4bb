"""Tasks: who is asked, and what was right, by what they bought after the cut."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.data import Dataset
from shopkeeper.data.dataset import NO_SESSION
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.pipeline.lists import Bool, Int32, Int64, among
from shopkeeper.record import EVENT_CODE, EventType, ItemKind

Pairs = tuple[Int64, Int32]  # (user of the later dataset, item), in any order, with repeats


@dataclass(frozen=True, slots=True)
class Questions:
    """B users and what was right for each of them; every one has at least one right item.

    `user` (B,) are rows of the history dataset, `person` (B,) the store's numbers. The counts say who and what was left
    out: `cold` users bought after the cut and have no history before it; `without_truth` have a history and bought, but
    nothing that counts; `other_kind` and `unavailable` are (user, item) pairs that no list could have held at the cut.
    """

    user: Int64
    person: Int32
    truth: Truth
    cold: int
    without_truth: int
    other_kind: int
    unavailable: int

    def __len__(self) -> int:
        return len(self.user)


@dataclass(frozen=True, slots=True)
class Task:
    """One question to all systems, asked of the pipeline of `surface`."""

    name: str
    surface: str
    title: str
    meaning: str
    pairs: Callable[[Dataset, Dataset], Pairs]

    def questions(self, history: Dataset, later: Dataset) -> Questions:
        """Questions about what users bought from `history.as_of` up to `later.as_of`.

        `history` is as of the cut, `later` as of the window's end; both of one shop. Right are only items that may be
        shown at the cut: a product that comes later can be in no list.
        """
        user, item = self.pairs(history, later)
        product, eligible = _allowed(history, item)
        row = _known_rows(history, later)
        buyers = np.unique(user)
        warm = buyers[row[buyers] >= 0]
        counted = eligible & (row[user] >= 0)
        asked = np.unique(user[counted])
        return Questions(
            user=row[asked],
            person=later.person[asked],
            truth=truth_of(
                np.searchsorted(asked, user[counted]),
                item[counted],
                len(asked),
                pool=int(history.items.eligible(history.as_of).sum()),
            ),
            cold=len(buyers) - len(warm),
            without_truth=len(warm) - len(asked),
            other_kind=_distinct(user, item, ~product),
            unavailable=_distinct(user, item, product & ~eligible),
        )


def next_basket(history: Dataset, later: Dataset) -> Pairs:
    """All items of each user's first basket from the cut on.

    A basket is one purchase session; where the first purchase has none, all purchases of its time that have none. Of
    two sessions that start at the same time, the one of the smaller number is first.
    """
    user, item, time, session = _purchases(later, history.as_of)
    order = np.lexsort((session, time, user))
    buyers, first = np.unique(user[order], return_index=True)
    position = np.searchsorted(buyers, user)
    first_session, first_time = session[order][first][position], time[order][first][position]
    basket = (session == first_session) & ((session != NO_SESSION) | (time == first_time))
    return user[basket], item[basket]


def discovery(history: Dataset, later: Dataset) -> Pairs:
    """Everything that each user bought from the cut on and had never bought before it."""
    user, item, _, _ = _purchases(later, history.as_of)
    new = ~_bought_before(history, later, user, item)
    return user[new], item[new]


def repurchase(history: Dataset, later: Dataset) -> Pairs:
    """What of each user's first basket from the cut on they had bought before it."""
    user, item = next_basket(history, later)
    known = _bought_before(history, later, user, item)
    return user[known], item[known]


_ALL: Final = (
    Task("next_basket", "home", "Next basket", "everything in the customer's first basket after the cut", next_basket),
    Task(
        "discovery",
        "discover",
        "Discovery",
        "what the customer bought after the cut and had never bought before it",
        discovery,
    ),
)

TASKS: Final[Mapping[str, Task]] = MappingProxyType({task.name: task for task in _ALL})

# Chooses the ranker of a surface whose lists are thinned out for show, and is no task of the test for that reason:
# thinning takes right answers away.
REPURCHASE: Final = Task(
    "repurchase",
    "buy-again",
    "Buy again",
    "what of the customer's first basket after the cut they had bought before",
    repurchase,
)


def _bought_before(history: Dataset, later: Dataset, user: Int64, item: Int32) -> Bool:
    """(len(user),) whether each user of `later` bought the item before the cut."""
    before = history.of_type(EventType.PURCHASE)
    size = np.int64(max(len(history.items), len(later.items), 1))
    known = history.person[history.user[before]].astype(np.int64) * size + history.item[before]
    return among(later.person[user].astype(np.int64) * size + item, known)


def _purchases(later: Dataset, cut: int) -> tuple[Int64, Int32, Int64, Int32]:
    """(user, item, time, session) of purchases from the cut on."""
    bought = later.of_type(EventType.PURCHASE) & (later.time >= cut)
    return later.user[bought].astype(np.int64), later.item[bought], later.time[bought], later.session[bought]


def _allowed(history: Dataset, item: Int32) -> tuple[Bool, Bool]:
    """(is a product, is one that may be shown at the cut) of each item; False for items beyond the catalogue."""
    size = len(history.items)
    inside = item < size
    place = np.where(inside, item, 0)
    product: Bool = history.items.frame.select(pl.col("kind") == ItemKind.PRODUCT.value).to_series().to_numpy()
    if not size:
        return np.ones(len(item), bool), np.zeros(len(item), bool)
    return product[place] | ~inside, history.items.eligible(history.as_of)[place] & inside


def _known_rows(history: Dataset, later: Dataset) -> Int64:
    """(later.users,) each user's row in the history dataset, -1 where they did nothing before the cut.

    To have been shown something is not to have done something: such a history is empty.
    """
    acted = history.person[np.unique(history.user[history.type != EVENT_CODE[EventType.IMPRESSION]])]
    rows = np.searchsorted(history.person, later.person)
    return np.where(np.isin(later.person, acted), rows, -1).astype(np.int64)


def _distinct(user: Int64, item: Int32, kept: Bool) -> int:
    """How many different pairs."""
    return len(truth_of(user[kept], item[kept], 0).item)
