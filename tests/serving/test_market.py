"""Markets and stores: prices, filters and lists by what an item costs there, and by how much of it there is."""

from collections.abc import Callable, Sequence

import pytest

from shopkeeper.operation.answer import tell_answers
from shopkeeper.operation.shop import Shop
from shopkeeper.record import Answer, Item, Offer, Query
from shopkeeper.serving import Engine
from shopkeeper.serving.market import MARKETS_KEPT
from shopkeeper.surface import SURFACES
from shopkeeper.testing.encoder import WatchedEncoder

# In the default market milk costs 119 and soap 249 EUR cents, and stock is not tracked.
OFFERS = (
    Offer("milk", "zurich", 150, "CHF"),
    Offer("soap", "zurich", stock=0),
    Offer("milk", "bern", currency="CHF", stock=3),
    Offer("milk", "vienna", 99),
)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """The toy shop, with three markets more."""
    engine.catalogue.put([], OFFERS)
    return engine


def ids(answer: Answer) -> list[str]:
    return [place.item_id for place in answer.items]


def listed(engine: Engine, market: str, filter: str | None = None) -> list[str]:
    """All that the market's shoppers are shown, in alphabetical order."""
    return sorted(ids(engine.recommend([Query("home", 50, filter=filter, market=market)])[0]))


def cost(engine: Engine, market: str, item_id: str = "milk") -> tuple[int | None, str | None, int | None]:
    (card,) = engine.cards([item_id], market)
    assert card is not None
    return card.price, card.currency, card.stock


def test_each_field_that_a_market_does_not_say_is_the_default_markets(engine: Engine) -> None:
    assert cost(engine, "zurich") == (150, "CHF", None)
    assert cost(engine, "zurich", "soap") == (249, "EUR", 0)
    assert cost(engine, "zurich", "tea-green") == (299, "EUR", None)
    assert cost(engine, "vienna") == (99, "EUR", None)
    assert cost(engine, "bern") == (119, "EUR", 3)  # francs are of a price in francs, and there is none
    assert cost(engine, "") == (119, "EUR", None)


def test_filters_are_of_the_market(engine: Engine) -> None:
    assert listed(engine, "zurich", "price > 1.4 AND currency = 'CHF'") == ["milk"]
    assert listed(engine, "vienna", "price < 1") == ["milk"]
    assert listed(engine, "bern", "stock = 3 AND in_stock") == ["milk"]
    assert listed(engine, "", "price < 1 OR stock = 3 OR currency = 'CHF'") == []


def test_what_is_sold_out_in_a_market_is_not_shown_there(engine: Engine) -> None:
    everywhere = listed(engine, "")
    assert "soap" in everywhere
    assert listed(engine, "zurich") == [item_id for item_id in everywhere if item_id != "soap"]
    assert listed(engine, "vienna") == everywhere


def test_what_is_sold_out_elsewhere_may_be_there(engine: Engine) -> None:
    engine.catalogue.put([], [Offer("cream", stock=0, valid_from=None), Offer("cream", "bern", stock=2)])
    assert "cream" not in listed(engine, "")
    assert "cream" not in listed(engine, "zurich")
    assert "cream" in listed(engine, "bern")


def test_the_variant_that_a_list_shows_is_the_one_that_the_market_has(engine: Engine) -> None:
    small, large = (Item(f"cocoa-{size}", title="Cocoa powder", group_id="cocoa") for size in ("small", "large"))
    engine.catalogue.put([small, large], [Offer("cocoa-small", "bern", stock=0)])
    shown = {market: ids(engine.recommend([Query("search", 1, text="cocoa powder", market=market)])[0])
             for market in ("", "bern")}  # fmt: skip
    assert shown == {"": ["cocoa-small"], "bern": ["cocoa-large"]}


def test_a_market_without_offers_is_the_default_and_says_so(engine: Engine) -> None:
    plain, lost = engine.recommend([Query("home", user_id="u1"), Query("home", user_id="u1", market="oslo")])
    assert ids(lost) == ids(plain)
    assert plain.note is None
    assert lost.note == "Market 'oslo' has no offers; prices and stock are those of the default market."
    assert engine.recommend([Query("home", user_id="u1", market="bern")])[0].note is None
    (both,) = engine.recommend([Query("search", text="zzzz qqqq", market="oslo")])
    assert both.note == f"Nothing in the catalogue answers these words. {lost.note}"


def test_queries_of_several_markets_in_one_batch_are_as_one_by_one(engine: Engine) -> None:
    markets = ("zurich", "", "bern", "zurich", "oslo")
    queries = [
        Query(surface, 20, user_id="u1", item_ids=("soap",), text="soap milk", market=market)
        for surface in SURFACES
        for market in markets
    ]
    together = engine.recommend(queries)
    alone = [engine.recommend([query])[0] for query in queries]
    assert [(one.market, ids(one), one.note) for one in together] == [(one.market, ids(one), one.note) for one in alone]
    told = {
        answer["surface"] + market: place["price"]
        for answer, market in zip(tell_answers(engine, together), markets * len(SURFACES), strict=True)
        for place in answer["items"]
        if place["item_id"] == "milk" and answer["surface"] == "search"
    }
    assert told == {"searchzurich": 1.5, "search": 1.19, "searchbern": 1.19, "searchoslo": 1.19}


def test_a_price_of_a_market_is_followed_and_changes_nothing_else(engine: Engine, encoder: WatchedEncoder) -> None:
    assert cost(engine, "zurich") == (150, "CHF", None)
    before = engine._state
    encoder.texts.clear()
    engine.catalogue.put([], [Offer("milk", "zurich", 140, "CHF", valid_from=None)])
    assert cost(engine, "zurich") == (140, "CHF", None)
    assert listed(engine, "zurich", "price < 1.45 AND currency = 'CHF'") == ["milk"]
    assert cost(engine, "") == (119, "EUR", None)
    after = engine._state
    assert before is not None
    assert after is not None
    assert after.items is before.items  # nor is anything of the default market made anew
    assert encoder.texts == []


def test_a_default_price_and_a_new_item_are_seen_in_a_market_that_was_asked_for(engine: Engine) -> None:
    assert cost(engine, "bern") == (119, "EUR", 3)
    engine.catalogue.put([], [Offer("milk", price=125, currency="EUR", valid_from=None)])
    assert cost(engine, "bern") == (125, "EUR", 3)
    engine.catalogue.put([Item("punch", title="Punch")], [Offer("punch", "bern", 500, "CHF")])
    assert cost(engine, "bern", "punch") == (500, "CHF", None)
    assert cost(engine, "", "punch") == (None, None, None)


def test_offers_that_are_taken_back_count_no_more(engine: Engine) -> None:
    assert cost(engine, "vienna") == (99, "EUR", None)
    engine.catalogue.delete_offer("milk", "vienna")
    assert cost(engine, "vienna") == (119, "EUR", None)
    (answer,) = engine.recommend([Query("home", market="vienna")])
    assert answer.note is not None
    engine.catalogue.put([], [Offer("milk", "vienna", 98)])
    assert cost(engine, "vienna") == (98, "EUR", None)


def test_more_markets_than_are_kept_are_right_too(engine: Engine) -> None:
    markets = [f"store-{number}" for number in range(MARKETS_KEPT + 2)]

    def costs(names: Sequence[str] = markets) -> list[int | None]:
        return [cost(engine, name)[0] for name in names]

    engine.catalogue.put([], [Offer("milk", name, 100 + at) for at, name in enumerate(markets)])
    expected = [100 + at for at in range(len(markets))]
    assert costs() == costs() == expected
    engine.catalogue.put([], [Offer("milk", name, 200 + at) for at, name in enumerate(markets)])
    assert costs() == [200 + at for at in range(len(markets))]


def test_another_bundle_knows_the_markets(shop: Shop, engine: Engine, another_bundle: Callable[..., str]) -> None:
    assert cost(engine, "zurich") == (150, "CHF", None)
    shop.store.office.publish(another_bundle())
    engine.refresh()
    assert cost(engine, "zurich") == (150, "CHF", None)
    assert listed(engine, "vienna", "price < 1") == ["milk"]


def test_the_default_market_asks_for_no_other(engine: Engine) -> None:
    state = engine._state
    assert state is not None
    view = state.view("")
    assert view.items is state.items
    assert view.masks is state.masks
