"""The basket, from a person's recent acts: what was put in last and not taken out or bought since."""

import numpy as np

from shopkeeper.record import DAY, EVENT_CODE, EventType
from shopkeeper.serving.basket import Basket, basket_of
from shopkeeper.store.history import RECENT, Packed

NOW = 1_000 * DAY
IDS = ("tea", "milk", "soap")
CART, UNCART, PURCHASE, VIEW = EventType.CART, EventType.UNCART, EventType.PURCHASE, EventType.VIEW


def acts(*done: tuple[str, EventType, int]) -> Packed:
    """Acts on items, each at NOW plus so many microseconds."""
    rows = [((*IDS, "new").index(item), EVENT_CODE[kind], 1.0, NOW + time) for item, kind, time in done]
    return np.array(rows, RECENT)


def test_nobody_has_an_empty_basket() -> None:
    assert basket_of(acts(), IDS, NOW) == Basket((), (), NOW)
    assert len(basket_of(acts(), IDS, NOW)) == 0


def test_what_is_put_in_is_counted_from_the_last_time_it_was_taken_out_or_bought() -> None:
    done = acts(
        ("milk", CART, -9),
        ("tea", CART, -8),
        ("tea", UNCART, -7),
        ("milk", CART, -6),
        ("soap", CART, -5),
        ("soap", PURCHASE, -4),
        ("tea", CART, -3),
        ("soap", VIEW, -2),
    )
    basket = basket_of(done, IDS, NOW)
    assert (basket.item_ids, basket.quantity, len(basket)) == (("milk", "tea"), (2, 1), 3)


def test_a_basket_is_forgotten_after_a_week() -> None:
    done = acts(("milk", CART, -7 * DAY - 1), ("tea", CART, -7 * DAY))
    assert basket_of(done, IDS, NOW).item_ids == ("tea",)


def test_an_item_newer_than_the_catalogue_at_hand_is_left_out() -> None:
    assert basket_of(acts(("new", CART, -1), ("tea", CART, -1)), IDS, NOW).item_ids == ("tea",)


def test_the_next_act_comes_after_the_last_although_a_replayed_clock_began_anew() -> None:
    assert basket_of(acts(("tea", CART, 500)), IDS, NOW).next_time == NOW + 501
    assert basket_of(acts(("tea", CART, -500)), IDS, NOW).next_time == NOW
    assert basket_of(acts(("tea", CART, 2 * DAY)), IDS, NOW).next_time == NOW, "a mistake in the far future"
