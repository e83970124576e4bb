"""What a source alone is worth, asked as a shop's tasks ask; and what an added model is worth to a blend."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.evaluation.significance import Interval
from shopkeeper.operation.addition import told
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, offsets
from shopkeeper.pipeline.role import Source
from shopkeeper.record import DAY, parse_time, silent
from shopkeeper.surface import SURFACES
from shopkeeper.testing.shop import toy_events
from shopkeeper.training import WindowJudge, fit_blends
from shopkeeper.training.addition import Addition, additions

FROM, TO = parse_time("2024-02-26"), parse_time("2024-03-11")


@dataclass(frozen=True)
class Only:
    """Proposes one item to everybody."""

    item: int
    reason = Reason.POPULAR

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        item = np.full(len(batch), self.item, np.int32)
        return lists_of(item, offsets(np.ones(len(batch), np.int64)), np.ones(len(batch), np.float32))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        said: Float32 = (lists.item == self.item).astype(np.float32)
        return said

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)


@pytest.fixture
def workshop(shop: Shop) -> Workshop:
    return open_workshop(shop, silent)


@pytest.fixture
def window(workshop: Workshop) -> tuple[Dataset, Dataset]:
    return workshop.snapshot(FROM), workshop.snapshot(TO)


def baskets() -> Iterator[int]:
    """How much each of the twelve households buys in the first week of the window, milk among it."""
    for number in range(1, 13):
        week = [
            event for event in toy_events() if event.user_id == f"u{number}" and FROM <= event.time < FROM + 7 * DAY
        ]
        assert "milk" in {event.item_id for event in week}
        yield len(week)


def test_a_right_first_place_of_many_right_ones(workshop: Workshop, window: tuple[Dataset, Dataset]) -> None:
    """Milk on top is right for everybody: 1 over the best possible gain of a basket of that size."""
    milk = workshop.everything.items.vocabulary.ids.index("milk")
    judge = WindowJudge.of([SURFACES["home"]], *window, np.random.default_rng(1))
    assert len(judge) == 12
    expected = [1 / sum(1 / log2(place + 2) for place in range(size)) for size in baskets()]
    assert sorted(judge.values(Only(milk))) == pytest.approx(sorted(expected))
    assert judge(Only(milk)) == pytest.approx(np.mean(expected))
    rows = np.array([1, 4, 7])
    assert judge.only(rows).values(Only(milk)) == pytest.approx(judge.values(Only(milk))[rows])
    assert judge.only(rows).fingerprint != judge.fingerprint


def test_a_customer_of_two_surfaces_counts_once(workshop: Workshop, window: tuple[Dataset, Dataset]) -> None:
    """Milk is new to nobody: where a customer is asked both ways, half of the basket's value remains."""
    milk = workshop.everything.items.vocabulary.ids.index("milk")
    rng = np.random.default_rng
    home, new = (WindowJudge.of([SURFACES[name]], *window, rng(1)) for name in ("home", "discover"))
    both = WindowJudge.of([SURFACES["home"], SURFACES["discover"]], *window, rng(1))
    share = np.where(np.isin(both.customers, new.customers), 0.5, 1.0)
    assert new.values(Only(milk)).tolist() == [0] * len(new)
    assert both.values(Only(milk)) == pytest.approx(home.values(Only(milk)) * share)


def test_a_sample_is_the_same_every_time_and_no_larger_than_asked(window: tuple[Dataset, Dataset]) -> None:
    first, again = (WindowJudge.of([SURFACES["home"]], *window, np.random.default_rng(3), 5) for _ in range(2))
    assert len(first) == 5
    assert first.fingerprint == again.fingerprint


def test_nobody_to_ask_is_no_error(workshop: Workshop) -> None:
    end = workshop.snapshot(parse_time("2024-04-01"))
    judge = WindowJudge.of([SURFACES["home"]], end, end, np.random.default_rng(1))
    assert (len(judge), judge(Only(0))) == (0, 0.0)


def test_a_model_that_says_nothing_adds_nothing(shop: Shop, window: tuple[Dataset, Dataset]) -> None:
    """Caviar, which nobody buys, against what the blend reaches without it, to the bit."""
    workshop = Workshop(shop, shop.store.change_number(), silent, ("term_overlap",))
    history, later = window
    sources: dict[str, Source] = {**workshop.fit(workshop.unfitted, history, "fitting"), "term_overlap": Only(9)}
    blends = fit_blends(sources, history, later, silent, workshop.surfaces)
    found = additions(["term_overlap"], workshop.surfaces, sources, history, later, blends, silent, seed=1)
    assert [(each.surface, each.model) for each in found] == [("home", "term_overlap"), ("discover", "term_overlap")]
    home = found[0]
    assert home.queries == 12
    assert home.gain.mean == pytest.approx(0, abs=1e-3)
    assert home.without == pytest.approx(blends["home"].validation, abs=1e-3)
    assert home.weight < 0.01
    assert additions([], workshop.surfaces, sources, history, later, blends, silent, seed=1) == ()


def test_the_report_says_what_was_added_and_when_it_was_for_nothing() -> None:
    gained = Addition("home", "two_tower", 0.125, 0.2, Interval(0.01, 0.004, 0.016), 1234)
    assert told(gained, 7) == (
        "Two tower, trained for 7 epochs, weighs 12.5 % in the blend of For you. On validation it adds +0.0100 (5.0 %) "
        "to an NDCG@10 of 0.2000 without it, 95 % interval +0.0040 to +0.0160 over 1,234 customers; both blends were "
        "fitted on these days, and its epochs chosen by them, which flatters it."
    )
    lost = Addition("discover", "ease", 0.004, 0.1, Interval(0.0, -0.001, 0.001), 12)
    assert told(lost, 0).startswith("Ease weighs 0.4 % in the blend of New for you.")
    assert "both blends were fitted on these days, which flatters it. No gain" in told(lost, 0)
    assert told(lost, 0).endswith("No gain can be told: nothing here says that it is worth its time and memory.")
    weightless = Addition("home", "two_tower", 0.00006, 0.5, Interval(0.0085, 0.0016, 0.019), 12)
    assert told(weightless, 0) == (
        "Two tower weighs nothing in the blend of For you: the search for weights does without it, and it is not worth "
        "its time and memory there."
    )
