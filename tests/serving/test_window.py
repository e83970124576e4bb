"""Windows of items as the clock moves on, with nothing else happening; and items that were deleted and come back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.operation.shop import Shop
from shopkeeper.record import DAY, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.store import Store, open_store
from shopkeeper.surface import SURFACES
from shopkeeper.testing.encoder import WatchedEncoder
from shopkeeper.testing.shop import NOW, USERS

TODAY = parse_time(NOW)


@dataclass
class MovingClock:
    """Stands at a time until it is moved."""

    time: int

    def now(self) -> int:
        return self.time


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(TODAY)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Store]:
    """The toy shop's memory, on either database."""
    if request.param == "sqlite":
        yield shop.store
        return
    store = open_store(request.getfixturevalue("postgres_url"))
    with shop.store.snapshot() as snapshot:
        store.restore({table: snapshot.frames(table) for table in snapshot.tables})
    yield store
    store.close()


@pytest.fixture
def engine(shop: Shop, store: Store, encoder: WatchedEncoder, clock: MovingClock) -> Engine:
    engine = Engine(store, BundleShelf(shop.bundles), encoder, shop.setting, clock)
    engine.refresh()
    return engine


def shown(engine: Engine, item_id: str) -> set[str]:
    """The surfaces that show an item to anybody."""
    queries = [
        Query(surface, 100, user_id=user, item_ids=("soap",), text="milk")
        for surface in SURFACES
        for user in (*USERS, None)
    ]
    answers = zip(queries, engine.recommend(queries), strict=True)
    return {query.surface for query, answer in answers if item_id in {place.item_id for place in answer.items}}


def test_an_item_goes_and_comes_by_the_clock_alone(engine: Engine, clock: MovingClock) -> None:
    stored = engine.catalogue.get("milk")
    assert stored is not None
    before = shown(engine, "milk")
    assert {"home", "buy-again", "search", "trending"} & before
    engine.catalogue.put([replace(stored.item, available_from=TODAY + DAY, expires_at=TODAY + 2 * DAY)])
    told = {}
    for time in (TODAY, TODAY + DAY - 1, TODAY + DAY, TODAY + 2 * DAY - 1, TODAY + 2 * DAY, TODAY + DAY):
        clock.time = time
        told[time] = "milk" in {place.item_id for place in engine.recommend([Query("search", text="milk")])[0].items}
        assert told[time] == bool(shown(engine, "milk")), time - TODAY
    assert list(told.values()) == [False, False, True, True, False]


def test_a_deleted_item_leaves_every_list_and_keeps_its_history(engine: Engine, store: Store) -> None:
    stored = engine.catalogue.get("milk")
    assert stored is not None
    before, held = shown(engine, "milk"), store.events.history("u1", None)
    assert engine.catalogue.delete("milk")
    assert shown(engine, "milk") == set()
    kept = store.events.history("u1", None)
    assert (kept.total.tobytes(), kept.recent.tobytes()) == (held.total.tobytes(), held.recent.tobytes())
    assert stored.item_index in kept.total["item"]
    engine.catalogue.put([stored.item])
    assert shown(engine, "milk") == before
    back = engine.catalogue.get("milk")
    assert back is not None
    assert back.item_index == stored.item_index
