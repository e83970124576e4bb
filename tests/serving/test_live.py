"""What changes while an engine serves: items, prices, stock, windows and events."""

import time
from collections.abc import Sequence

from shopkeeper.bundle import BundleShelf
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.record import DAY, Event, EventType, Item, Offer, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.surface import SURFACES
from shopkeeper.testing.encoder import WatchedEncoder
from shopkeeper.testing.shop import NOW, USERS

TODAY = parse_time(NOW)
OOLONG = Item("tea-oolong", title="Oolong tea, 20 bags", category=("Drinks", "Tea"), brand="Toy")


def ids(engine: Engine, query: Query) -> list[str]:
    return [place.item_id for place in engine.recommend([query])[0].items]


def bought(item_id: str, user_id: str = "u1") -> Event:
    return Event(EventType.PURCHASE, TODAY - 60_000_000, user_id=user_id, item_id=item_id)


def every_list(engine: Engine, shown: Sequence[str] = ("milk", "soap")) -> set[str]:
    """All items that any surface shows anybody."""
    queries = [
        Query(surface, 100, user_id=user, item_ids=(item,), text=text)
        for surface in SURFACES
        for user in (*USERS, None)
        for item in shown
        for text in ("tea", "soap milk coffee biscuits")
    ]
    return {place.item_id for answer in engine.recommend(queries) for place in answer.items}


def test_a_new_item_is_found_at_once_by_its_words_and_by_its_likeness(engine: Engine, encoder: WatchedEncoder) -> None:
    encoder.texts.clear()
    engine.catalogue.put([OOLONG])
    assert encoder.texts == ["Oolong tea, 20 bags. Toy. Tea, Drinks"]  # its text, once
    assert ids(engine, Query("search", text="oolong"))[0] == "tea-oolong"
    assert "tea-oolong" in ids(engine, Query("similar", item_ids=("tea-green",)))[:2]
    assert "tea-green" in ids(engine, Query("similar", item_ids=("tea-oolong",)))[:2]


def test_an_engine_elsewhere_sees_a_new_item_within_its_refresh_time(
    shop: Shop, engine: Engine, encoder: WatchedEncoder
) -> None:
    with open_shop(shop.folder) as elsewhere:
        other = Engine(elsewhere.store, BundleShelf(shop.bundles), encoder, shop.setting, elsewhere.clock).start()
        try:
            engine.catalogue.put([OOLONG])
            began = time.monotonic()
            while "tea-oolong" not in ids(other, Query("search", text="oolong")) and time.monotonic() < began + 30:
                time.sleep(0.05)
            took = time.monotonic() - began
        finally:
            other.close()
    # The refresh itself takes milliseconds; the rest is room for a busy machine.
    assert took < shop.setting.serve.refresh_seconds + 5


def test_a_deleted_item_is_in_no_list_and_has_no_card(engine: Engine) -> None:
    assert "milk" in every_list(engine)
    assert engine.catalogue.delete("milk")
    assert not engine.catalogue.delete("milk")
    assert "milk" not in every_list(engine)
    assert engine.cards(["milk"]) == [None]
    assert engine.catalogue.get("milk") is None
    assert "milk" not in ids(engine, Query("search", text="milk"))


def test_a_change_of_price_is_shown_and_encodes_nothing(engine: Engine, encoder: WatchedEncoder) -> None:
    encoder.texts.clear()
    stored = engine.catalogue.get("milk")
    assert stored is not None
    engine.catalogue.put([stored.item], [Offer("milk", price=99, currency="EUR", valid_from=TODAY - DAY)])
    (card,) = engine.cards(["milk"])
    assert card is not None
    assert card.price == 99
    assert encoder.texts == []
    assert ids(engine, Query("search", text="milk", filter="price < 1")) == ["milk"]
    assert ids(engine, Query("home", 10, user_id="u1", filter="price < 1")) == ["milk"]


def test_what_is_out_of_stock_is_not_shown_until_it_is_back(engine: Engine) -> None:
    engine.catalogue.put([], [Offer("milk", price=119, currency="EUR", stock=0, valid_from=TODAY - DAY)])
    assert "milk" not in every_list(engine)
    engine.catalogue.put([], [Offer("milk", price=119, currency="EUR", stock=3, valid_from=TODAY - DAY)])
    assert ids(engine, Query("buy-again", user_id="u1"))[0] == "milk"


def test_a_disabled_item_is_not_shown(engine: Engine) -> None:
    engine.catalogue.put([Item("milk", title="Fresh whole milk, 1 litre", enabled=False)])
    assert "milk" not in every_list(engine)


def test_windows_turn_at_their_very_microsecond(engine: Engine) -> None:
    opens, closes = TODAY + DAY, TODAY + 2 * DAY
    engine.catalogue.put([Item("punch", title="Punch of the day", available_from=opens, expires_at=closes)])
    seen = {
        time: "punch" in ids(engine, Query("search", text="punch", now=time))
        for time in (opens - 1, opens, closes - 1, closes)
    }
    assert seen == {opens - 1: False, opens: True, closes - 1: True, closes: False}


def test_an_event_counts_in_the_next_request(engine: Engine) -> None:
    assert "caviar" not in ids(engine, Query("buy-again", user_id="u1"))
    assert "coffee-beans" in ids(engine, Query("discover", user_id="u1"))
    engine.append_events([bought("caviar"), bought("coffee-beans")])
    again = ids(engine, Query("buy-again", user_id="u1"))
    assert {"caviar", "coffee-beans"} <= set(again)
    assert not {"caviar", "coffee-beans"} & set(ids(engine, Query("discover", user_id="u1")))
    assert "caviar" not in ids(engine, Query("buy-again", user_id="u2"))


def test_a_return_takes_the_purchase_back(engine: Engine) -> None:
    engine.append_events([bought("caviar")])
    engine.append_events([Event(EventType.RETURN, TODAY - 1, user_id="u1", item_id="caviar")])
    assert "caviar" not in ids(engine, Query("buy-again", user_id="u1"))


def test_a_guest_is_known_by_what_they_did(engine: Engine) -> None:
    assert engine.recommend([Query("buy-again", visitor_id="v1")])[0].fallback == "popular"
    engine.append_events([Event(EventType.PURCHASE, TODAY - 1, visitor_id="v1", item_id="caviar")])
    answer = engine.recommend([Query("buy-again", visitor_id="v1")])[0]
    assert answer.fallback is None
    assert [place.item_id for place in answer.items] == ["caviar"]


def test_an_item_that_is_put_again_after_deletion_comes_back(engine: Engine) -> None:
    stored = engine.catalogue.get("milk")
    assert stored is not None
    engine.catalogue.delete("milk")
    engine.catalogue.put([stored.item])
    back = engine.catalogue.get("milk")
    assert back is not None
    assert back.item_index == stored.item_index
    assert ids(engine, Query("buy-again", user_id="u1"))[0] == "milk"
    assert ids(engine, Query("search", text="milk"))[0] == "milk"


def test_variants_are_one_thing_in_a_list(engine: Engine) -> None:
    """The first that may be shown stands for all; what was bought of one counts for all."""
    variant = Item("milk-2l", title="Fresh whole milk, 2 litres", group_id="the-milk")
    stored = engine.catalogue.get("milk")
    assert stored is not None
    engine.catalogue.put([Item("milk", title=stored.item.title, group_id="the-milk"), variant])
    engine.append_events([bought("milk-2l", user_id="newcomer")])
    queries = [
        Query(surface, 50, user_id=user, item_ids=("soap",), text="fresh whole milk")
        for surface in SURFACES
        for user in ("u1", "newcomer", None)
    ]
    for answer in engine.recommend(queries):
        assert len({"milk", "milk-2l"} & {place.item_id for place in answer.items}) <= 1
    assert ids(engine, Query("buy-again", user_id="newcomer")) == ["milk"]
    engine.catalogue.put([], [Offer("milk", price=119, currency="EUR", stock=0, valid_from=TODAY - DAY)])
    assert ids(engine, Query("buy-again", user_id="newcomer")) == ["milk-2l"]
    engine.catalogue.delete("milk-2l")
    assert "milk" not in ids(engine, Query("buy-again", user_id="newcomer"))


def test_a_change_of_price_leaves_the_ids_as_they_are(shop: Shop, engine: Engine) -> None:
    """They are made anew for new ids only, for that takes long; and never left to the first shopper."""
    state = engine._state
    assert state is not None
    engine.catalogue.put([], [Offer("milk", price=99, currency="EUR", valid_from=TODAY - DAY)])
    newer = engine._state
    assert newer is not None
    assert newer is not state
    assert newer.items.vocabulary is state.items.vocabulary
    engine.catalogue.put([OOLONG])
    assert engine.cards(["tea-oolong", "milk"]) != [None, None]
    assert engine.recommend([Query("similar", 3, item_ids=("tea-oolong",))])[0].fallback is None
