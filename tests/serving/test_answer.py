"""What an engine answers to requests that it knows little or nothing about, and what it refuses."""

import threading
from dataclasses import replace

import pytest

from shopkeeper.error import FilterError, InputError, UnknownSurface
from shopkeeper.record import DAY, MAX_N, Event, EventType, Item, Offer, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.surface import SURFACES
from shopkeeper.testing.encoder import WatchedEncoder
from shopkeeper.testing.shop import GOODS, NOW, USERS

TODAY = parse_time(NOW)


@pytest.mark.parametrize(
    ("surface", "stand_in"), [("home", "popular"), ("discover", "fresh"), ("buy-again", "popular")]
)
def test_who_is_not_known_gets_a_named_stand_in(engine: Engine, surface: str, stand_in: str) -> None:
    queries = [
        Query(surface, 3, user_id="nobody"),
        Query(surface, 3, visitor_id="nobody"),
        Query(surface, 3, user_id="nobody", visitor_id="nobody"),
        Query(surface, 3),
    ]
    for answer in engine.recommend(queries):
        assert answer.fallback == stand_in
        assert len(answer.items) == 3
        assert {place.source for place in answer.items} == {stand_in}
        assert {place.reason for place in answer.items} == {"popular"}
    assert engine.recommend([Query(surface, 3, user_id="u1")])[0].fallback is None


@pytest.mark.parametrize("surface", ["similar", "bought-together"])
def test_an_item_that_is_not_known_gets_a_named_stand_in(engine: Engine, surface: str) -> None:
    """Whoever asks: a customer's own history does not answer to the item."""
    queries = [Query(surface, 3, item_ids=("no-such",)), Query(surface, 3, user_id="u1", item_ids=("no-such",))]
    nobody, customer = engine.recommend(queries)
    assert nobody.fallback == customer.fallback == "popular"
    assert nobody.items == customer.items
    assert len(nobody.items) == 3
    assert nobody.note == "Item 'no-such' is not known; this is the stand-in popular."


@pytest.mark.parametrize("surface", ["similar", "bought-together"])
def test_what_answers_to_items_is_refused_without_any(engine: Engine, surface: str) -> None:
    with pytest.raises(InputError, match=f"'{surface}' needs item_ids"):
        engine.recommend([Query(surface, user_id="u1")])


def test_an_unknown_item_beside_a_known_one_is_left_out(engine: Engine) -> None:
    known, both = engine.recommend(
        [Query("bought-together", 5, item_ids=("milk",)), Query("bought-together", 5, item_ids=("no-such", "milk"))]
    )
    assert both.items == known.items
    assert both.fallback is None
    assert both.note == "Item 'no-such' is not known."
    assert known.note is None


def test_what_answers_to_items_names_the_item(engine: Engine) -> None:
    (answer,) = engine.recommend([Query("bought-together", 3, item_ids=("tea-black", "biscuit-oat"))])
    assert {place.cause_item_id for place in answer.items} <= {"tea-black", "biscuit-oat"}
    assert not {"tea-black", "biscuit-oat"} & {place.item_id for place in answer.items}


def test_a_search_that_finds_nothing_says_so(engine: Engine) -> None:
    for text in (None, "", "   ", "???", "qzxwv"):
        answer = engine.recommend([Query("search", text=text, filter="price < 0.01")])[0]
        assert (answer.items, answer.fallback) == ((), None)
        assert answer.note == "Nothing that passes the filter answers these words."
    assert engine.recommend([Query("search", text="qzxwv")])[0].note == "Nothing in the catalogue answers these words."


def test_discover_shows_nothing_that_was_bought(engine: Engine) -> None:
    for number, user in enumerate(USERS, start=1):
        drinks = {"tea-black", "tea-green"} if number % 2 else {"coffee-beans", "coffee-ground"}
        (answer,) = engine.recommend([Query("discover", 10, user_id=user)])
        assert not ({"milk"} | drinks) & {place.item_id for place in answer.items}
        assert answer.items


def test_a_filter_holds_on_every_surface(engine: Engine) -> None:
    tea = {"tea-black", "tea-green"}
    for surface in SURFACES:
        query = Query(surface, 5, user_id="u2", item_ids=("milk",), text="tea", filter="category LIKE 'Drinks > Tea%'")
        assert {place.item_id for place in engine.recommend([query])[0].items} <= tea
    (home,) = engine.recommend([Query("home", 5, user_id="u2", filter="category LIKE 'Drinks > Tea%'")])
    assert {place.item_id for place in home.items} == tea, "u2 never bought tea: a filter does not empty a list"


@pytest.mark.parametrize("expression", ["price <", "no_such = 1", "price", "SUM(price) > 3", "", "1 = 1; DROP", "--"])
def test_a_bad_filter_is_refused(engine: Engine, expression: str) -> None:
    with pytest.raises(FilterError):
        engine.recommend([Query("home", 5, filter=expression)])


@pytest.mark.parametrize("n", [0, -1, MAX_N + 1])
def test_n_has_limits(engine: Engine, n: int) -> None:
    with pytest.raises(InputError, match=f"n is {n}; ask for 1 to {MAX_N}"):
        engine.recommend([Query("home", n)])


@pytest.mark.parametrize("n", [1, 3, MAX_N])
def test_a_list_is_no_longer_than_asked_and_repeats_nothing(engine: Engine, n: int) -> None:
    for surface in SURFACES:
        (answer,) = engine.recommend([Query(surface, n, user_id="u1", item_ids=("milk",), text="tea")])
        shown = [place.item_id for place in answer.items]
        assert 0 < len(shown) <= min(n, len(GOODS))
        assert len(set(shown)) == len(shown)
        assert [place.score for place in answer.items] == sorted((place.score for place in answer.items), reverse=True)


def test_an_unknown_surface_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(UnknownSurface, match=r"'attic'.*home"):
        engine.recommend([Query("attic")])


def test_no_query_gets_no_answer(engine: Engine) -> None:
    assert engine.recommend([]) == []


def test_many_queries_get_what_each_would_get_alone(engine: Engine) -> None:
    """In whatever mixture of surfaces, lengths, filters and times, and in the order of the queries."""
    queries = [
        Query(surface, n, user_id=user, item_ids=items, text="green tea", filter=expression, now=now)
        for user in ("u1", "u2", "nobody", None)
        for surface in SURFACES
        for n, items, expression, now in (
            (3, ("milk",), None, None),
            (5, ("tea-black", "cream"), "price < 3", None),
            (3, ("cream",), None, TODAY),
        )
    ]
    queries = [replace(query, now=TODAY if query.now is None else query.now) for query in queries]
    together = engine.recommend(queries)
    for query, answer in zip(queries, together, strict=True):
        (alone,) = engine.recommend([query])
        assert (answer.surface, answer.items, answer.fallback) == (query.surface, alone.items, alone.fallback)
    assert len({answer.recommendation_id for answer in together}) == len(together)


def test_without_the_language_model_words_still_match(engine: Engine, encoder: WatchedEncoder) -> None:
    query = Query("search", 5, text="green tea please")
    encoder.silent = True
    (answer,) = engine.recommend([query])
    assert answer.fallback == "lexical"
    assert answer.items[0].item_id == "tea-green"
    assert {place.source for place in answer.items} == {"lexical"}
    assert engine.recommend([Query("home", 5, user_id="u1")])[0].fallback is None
    encoder.silent = False
    assert engine.recommend([query])[0].fallback is None


def test_threads_are_answered_while_the_catalogue_changes(engine: Engine) -> None:
    """Eight shoppers ask for everything while items come, change and go; nobody sees an error or a deleted item."""
    trouble: list[BaseException] = []
    stop = threading.Event()

    def ask(user: str) -> None:
        try:
            while not stop.is_set():
                queries = [Query(surface, 20, user, item_ids=("milk",), text="tea") for surface in SURFACES]
                for answer in engine.recommend(queries):
                    engine.cards([place.item_id for place in answer.items])
                    assert "ghost" not in {place.item_id for place in answer.items}
        except BaseException as problem:
            trouble.append(problem)

    engine.catalogue.put([Item("ghost", title="Ghost tea")])
    engine.catalogue.delete("ghost")
    threads = [threading.Thread(target=ask, args=(user,)) for user in USERS[:8]]
    for thread in threads:
        thread.start()
    for number in range(6):
        item_id = f"new-{number}"
        engine.catalogue.put(
            [Item(item_id, title=f"Tea of the day {number}")], [Offer(item_id, price=1, currency="EUR")]
        )
        engine.append_events([Event(EventType.PURCHASE, TODAY - DAY, user_id="u1", item_id=item_id)])
        if number % 3 == 0:
            engine.catalogue.delete(item_id)
    stop.set()
    for thread in threads:
        thread.join()
    assert trouble == []


def test_what_was_only_looked_at_is_not_said_to_be_bought_nor_its_own_cause(engine: Engine) -> None:
    engine.append_events([Event(EventType.VIEW, TODAY - DAY, user_id="n1", item_id="caviar")])
    home, again = engine.recommend([Query(surface, 10, user_id="n1") for surface in ("home", "buy-again")])
    (place,) = [place for place in home.items if place.item_id == "caviar"]
    assert (place.reason, place.cause_item_id) == ("looked_at", None)
    assert all(place.reason != "bought_before" and place.cause_item_id != place.item_id for place in home.items)
    assert again.fallback == "popular"
    engine.append_events([Event(EventType.PURCHASE, TODAY - DAY, user_id="n1", item_id="soap")])
    (again,) = engine.recommend([Query("buy-again", 10, user_id="n1")])
    assert [(place.item_id, place.reason) for place in again.items] == [("soap", "bought_before")]


def test_a_search_for_what_is_sold_out_says_that(engine: Engine) -> None:
    search = Query("search", text="caviar", filter="price > 40")
    assert engine.recommend([search])[0].note is None
    engine.catalogue.put([], [Offer("caviar", price=4900, currency="EUR", stock=0, valid_from=TODAY - DAY)])
    (answer,) = engine.recommend([search])
    assert (answer.items, answer.note) == ((), "What answers these words is sold out: Sturgeon caviar, 30 g.")


def test_a_search_for_what_is_not_on_sale_says_that_and_names_nothing(engine: Engine) -> None:
    engine.catalogue.put([Item("caviar", title="Sturgeon caviar, 30 g", enabled=False)])
    search = Query("search", text="caviar", filter="item_id = 'caviar'")
    assert engine.recommend([search])[0].note == "What answers these words is not on sale."
    engine.catalogue.delete("caviar")
    assert engine.recommend([search])[0].note == "Nothing that passes the filter answers these words."
