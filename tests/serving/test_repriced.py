"""Prices that turn by the clock alone: a sale begins and ends while a server runs."""

from dataclasses import dataclass

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.operation.shop import Shop
from shopkeeper.record import DAY, Item, Offer, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.testing.encoder import WatchedEncoder
from shopkeeper.testing.shop import NOW

TODAY = parse_time(NOW) + DAY
MILK = 119  # cents, from the start on


@dataclass
class MovedClock:
    """A clock that stands where it is put."""

    time: int

    def now(self) -> int:
        return self.time


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(TODAY)


@pytest.fixture
def engine(shop: Shop, encoder: WatchedEncoder, clock: MovedClock) -> Engine:
    return opened(shop, encoder, clock)


def opened(shop: Shop, encoder: WatchedEncoder, clock: MovedClock) -> Engine:
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, clock)
    engine.refresh()
    return engine


def price(engine: Engine, clock: MovedClock, time: int, item_id: str = "milk") -> int | None:
    """What the item costs at a time, as a server that runs until then shows it."""
    clock.time = time
    engine.refresh()
    (card,) = engine.cards([item_id])
    assert card is not None
    return card.price


def sale(price: int, begins: int, ends: int | None) -> Offer:
    return Offer("milk", price=price, currency="EUR", valid_from=begins, valid_to=ends)


def test_a_sale_begins_and_ends_while_a_server_runs(engine: Engine, clock: MovedClock) -> None:
    begins, ends = TODAY + DAY, TODAY + 2 * DAY
    engine.catalogue.put([], [sale(99, begins, ends)])
    times = (begins - 1, begins, ends - 1, ends)
    assert [price(engine, clock, time) for time in times] == [MILK, 99, 99, MILK]


def test_filters_and_eligibility_turn_with_it(engine: Engine, clock: MovedClock) -> None:
    sold_out = Offer("milk", price=99, currency="EUR", stock=0, valid_from=TODAY + 5, valid_to=TODAY + 9)
    engine.catalogue.put([], [sale(99, TODAY + 1, TODAY + 5), sold_out])
    found = {}
    for time in (TODAY, TODAY + 1, TODAY + 5, TODAY + 9):
        price(engine, clock, time)
        cheap, any_price = engine.recommend([Query("home", user_id="u1", filter="price < 1"), Query("home", n=50)])
        found[time - TODAY] = (bool(cheap.items), "milk" in [place.item_id for place in any_price.items])
    assert found == {0: (False, True), 1: (True, True), 5: (False, False), 9: (False, True)}


def test_a_server_that_starts_later_than_its_bundle_knows_what_turned(
    shop: Shop, engine: Engine, encoder: WatchedEncoder, clock: MovedClock, another_bundle: object
) -> None:
    """The sale is in the bundle's store already, and turned between the training and the start."""
    engine.catalogue.put([], [sale(99, TODAY + 1, TODAY + 9)])
    state = engine._state
    assert state is not None
    make = another_bundle
    assert callable(make)
    shop.store.office.publish(make(change=state.change, as_of=TODAY))
    clock.time = TODAY + 5
    assert price(opened(shop, encoder, clock), clock, TODAY + 5) == 99


def test_the_base_price_that_a_feed_says_after_a_sale_is_shown(engine: Engine, clock: MovedClock) -> None:
    """It holds already, so nothing is written and no change number tells of it."""
    engine.catalogue.put([], [sale(99, TODAY, TODAY + 9)])
    assert price(engine, clock, TODAY + 8) == 99
    clock.time = TODAY + 20
    receipt = engine.catalogue.put([], [Offer("milk", price=MILK, currency="EUR", valid_from=None)])
    assert (receipt.accepted, receipt.duplicate) == (0, 1)
    assert price(engine, clock, TODAY + 20) == MILK


def test_a_sale_that_is_prolonged_goes_on(engine: Engine, clock: MovedClock) -> None:
    engine.catalogue.put([], [sale(99, TODAY, TODAY + 9)])
    engine.catalogue.put([], [sale(99, TODAY, TODAY + 20)])  # its own end is moved
    assert [price(engine, clock, TODAY + at) for at in (8, 9, 19, 20)] == [99, 99, 99, MILK]
    engine.catalogue.put([], [sale(99, TODAY, TODAY + 30)])  # even after it had ended
    assert [price(engine, clock, TODAY + at) for at in (20, 29, 30)] == [99, 99, MILK]


def test_a_feed_prolongs_a_sale(engine: Engine, clock: MovedClock) -> None:
    engine.catalogue.put([], [sale(99, TODAY, TODAY + 9)])
    clock.time = TODAY + 5
    engine.catalogue.put([], [Offer("milk", price=99, currency="EUR", valid_from=None, valid_to=TODAY + 20)])
    assert [price(engine, clock, TODAY + at) for at in (8, 9, 19, 20)] == [99, 99, 99, MILK]


def test_a_new_item_can_come_with_a_price_of_tomorrow(engine: Engine, clock: MovedClock) -> None:
    engine.catalogue.put([Item("punch", title="Punch")], [Offer("punch", price=500, valid_from=TODAY + DAY)])
    assert [price(engine, clock, time, "punch") for time in (TODAY, TODAY + DAY)] == [None, 500]


def test_a_clock_that_is_set_back_shows_the_prices_of_then(engine: Engine, clock: MovedClock) -> None:
    engine.catalogue.put([], [sale(99, TODAY + 1, TODAY + 9)])
    assert [price(engine, clock, TODAY + at) for at in (5, 0, 20, 5)] == [99, MILK, MILK, 99]


def test_time_that_turns_nothing_leaves_the_goods_as_they_are(engine: Engine, clock: MovedClock) -> None:
    before = engine._state
    clock.time += DAY
    engine.refresh()
    after = engine._state
    assert before is not None
    assert after is not None
    assert after.items is before.items
    assert after.as_of == clock.time


def test_a_sale_of_another_market_begins_and_ends_too(engine: Engine, clock: MovedClock) -> None:
    held = Offer("milk", "bern", 130, "CHF")
    sale = Offer("milk", "bern", 110, "CHF", valid_from=TODAY + 1, valid_to=TODAY + 9)
    engine.catalogue.put([], [held, sale])
    found = []
    for at in (0, 1, 8, 9):
        assert price(engine, clock, TODAY + at) == MILK
        (card,) = engine.cards(["milk"], "bern")
        assert card is not None
        found.append(card.price)
    assert found == [130, 110, 110, 130]
