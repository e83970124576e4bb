"""Places for cold items on one and the same lists of warm ones, at one price, whoever finds the cold items.

A shop has one list of the items that it knows, the best that it can make, and asks of a finder only which new item
might take its last place. So a finder is judged by the new items alone, and no poor list of its own makes its places
cheap. The rule is one for all: the finder's likeliest cold item takes the last place where the odds that it is the
answer, divided by those that the item of that place is, exceed a threshold. Odds and threshold are of validation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Protocol, TypeVar

import numpy as np

from shopkeeper.evaluation.cold_item import ColdItems, ColdRanks, ScoresAll
from shopkeeper.evaluation.full_rank import Float64, target_ranks
from shopkeeper.evaluation.leave_one_out import Chunk, LeaveOneOut
from shopkeeper.operation.benchmark.cold_odds import Odds
from shopkeeper.pipeline.lists import Bool, Float32, Int32
from shopkeeper.record import Progress, silent

LISTED: Final = 10  # places of a list that count
# The share of warm HR@10 that the places are expected to cost. What was counted has been up to 1.6 times as much, so
# this has kept it below one percent, if barely.
PRICE: Final = 0.006
NEAR: Final = 1  # places beside the last one that tell what it is worth: few answers are at any one place


@dataclass(frozen=True, slots=True)
class Likeliest:
    """(B,) each: a finder's best cold item, its score, and how far it lies above the next one."""

    item: Int32
    score: Float64
    lead: Float64

    @classmethod
    def of(cls, score: Float32, cold: Int32) -> "Likeliest":
        """From (B, C) scores of the C cold items, one at least; a lead of 0 where there is but one."""
        best = score.argmax(axis=1)
        first = score.max(axis=1)
        others = score.copy()
        others[np.arange(len(score)), best] = -np.inf
        second = others.max(axis=1)
        lead = np.where(np.isfinite(second), first - second, 0)
        return cls(cold[best].astype(np.int32), first.astype(np.float64), lead.astype(np.float64))


class Finder(Protocol):
    """Who says which cold item a question is most likely to be answered by."""

    def likeliest(self, chunk: Chunk, cold: Int32) -> Likeliest:
        """Of the items `cold`, which no history holds."""
        ...


@dataclass(frozen=True, slots=True)
class ByScore:
    """A finder that takes the item with the best score."""

    scorer: ScoresAll

    def likeliest(self, chunk: Chunk, cold: Int32) -> Likeliest:
        return Likeliest.of(self.scorer.score_all(chunk.batch)[:, cold], cold)


@dataclass(frozen=True, slots=True)
class WarmLists:
    """U lists without cold items. (U,) each: `target` the answers; `place` where they stand, infinite where they are
    `cold` themselves; `steps` the logarithm of how long histories are. `worth` (U, 3) tells what the last place is
    worth: its item's log-probability, how far the first one's lies above it, and `steps`."""

    target: Int32
    place: Float64
    cold: Bool
    steps: Float64
    worth: Float64

    @property
    def listed(self) -> int:
        """How many answers have a place."""
        return int(np.count_nonzero(self.place <= LISTED))


Columns = TypeVar("Columns", Likeliest, WarmLists)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The warm lists of some questions, and what each finder would put into them."""

    lists: WarmLists
    found: Mapping[str, Likeliest]


@dataclass(frozen=True, slots=True)
class PlaceRule:
    """Which lists give their last place away."""

    right: Odds  # that the cold item is the answer
    worth: Odds  # that the item of the last place is
    threshold: float  # of the logarithm of the one by the other

    @classmethod
    def fit(cls, lists: WarmLists, best: Likeliest, price: float = PRICE) -> "PlaceRule":
        """Of validation. The places are expected to cost at most this share of the warm answers that are listed."""
        near = (np.abs(lists.place - LISTED) <= NEAR + 0.5) / (2 * NEAR + 1)
        right = Odds.fit(_evidence(lists, best), (best.item == lists.target).astype(np.float64))
        worth = Odds.fit(lists.worth, near)
        ratio = cls(right, worth, 0.0).ratio(lists, best)
        order = np.argsort(-ratio, kind="stable")
        paid = np.cumsum(worth.chance(lists.worth)[order])
        bought = int(np.searchsorted(paid, price * lists.listed, side="right"))
        threshold = ratio[order[bought]] if bought < len(order) else -np.inf
        return cls(right, worth, float(threshold))

    def ratio(self, lists: WarmLists, best: Likeliest) -> Float64:
        """(U,) the logarithm of what the cold item promises by what the place is worth."""
        ratio: Float64 = np.log(self.right.chance(_evidence(lists, best)) / self.worth.chance(lists.worth))
        return ratio

    def taken(self, lists: WarmLists, best: Likeliest) -> Bool:
        """(U,) which lists give their last place away. What is no better than the first that was too dear is not: lists
        that nothing tells apart could be too many."""
        taken: Bool = self.ratio(lists, best) > self.threshold
        return taken

    def ranks(self, lists: WarmLists, best: Likeliest) -> ColdRanks:
        """Where every answer stands once the places are given away; a cold one that got none, nowhere."""
        taken = self.taken(lists, best)
        warm = lists.place + (taken & (lists.place > LISTED - 1))
        rank = np.where(taken & (best.item == lists.target), LISTED, warm)
        return ColdRanks(rank, lists.place, lists.cold)


def ask_all(
    warm: ScoresAll,
    finders: Mapping[str, Finder],
    questions: LeaveOneOut,
    held: Bool,
    progress: Progress = silent,
) -> Proposed:
    """The lists that a system makes of the items that are not `held` (n_items,), and what finders find among those."""
    cold = np.flatnonzero(held).astype(np.int32)
    lists: list[WarmLists] = []
    found: dict[str, list[Likeliest]] = {name: [] for name in finders}
    asked = 0
    for chunk in questions.chunks():
        progress("asking for places", asked, len(questions))
        asked += len(chunk.target)
        lists.append(_warm_lists(warm, chunk, held))
        for name, finder in finders.items():
            found[name].append(finder.likeliest(chunk, cold))
    progress("asking for places", asked, asked)
    return Proposed(_joined(WarmLists, lists), {name: _joined(Likeliest, some) for name, some in found.items()})


def place_ranks(
    warm: ScoresAll, finders: Mapping[str, Finder], split: ColdItems, progress: Progress = silent
) -> dict[str, ColdRanks]:
    """Where each finder's places put the answers of the test, by the rule that validation gave it."""
    known, asked = (ask_all(warm, finders, each, split.held, progress) for each in (split.validation, split.test))
    return {
        name: PlaceRule.fit(known.lists, known.found[name]).ranks(asked.lists, best)
        for name, best in asked.found.items()
    }


def _joined(kind: type[Columns], some: Sequence[Columns]) -> Columns:
    """Those of chunks that follow each other, one at least."""
    return kind(*(np.concatenate([getattr(each, column.name) for each in some]) for column in fields(kind)))


def _warm_lists(warm: ScoresAll, chunk: Chunk, held: Bool) -> WarmLists:
    """The lists of one chunk."""
    score = warm.score_all(chunk.batch)
    cold = held[chunk.target]
    score[:, held] = -np.inf
    score[chunk.seen_row, chunk.seen_item] = -np.inf
    place = target_ranks(score, chunk.target, chunk.seen_row, chunk.seen_item)
    first = score.max(axis=1).astype(np.float64)
    nth = score.shape[1] - min(LISTED, score.shape[1])
    last = np.partition(score, nth, axis=1)[:, nth].astype(np.float64)
    last = np.where(np.isfinite(last), last, 0)
    whole = np.log(np.exp(score - first[:, None].astype(np.float32)).sum(axis=1)) + first
    steps = np.log(np.maximum(np.bincount(chunk.seen_row, minlength=len(score)), 1))
    worth = np.stack([last - whole, first - last, steps], axis=1)
    return WarmLists(chunk.target, np.where(cold, np.inf, place), cold, steps, worth)


def _evidence(lists: WarmLists, best: Likeliest) -> Float64:
    """(U, 3) what tells whether a finder is right: its score, its lead over the next, and how much it had to go by."""
    return np.stack([best.score, best.lead, lists.steps], axis=1)
