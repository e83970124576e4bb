"""That a store's aggregates are what its log says, and random events to try it with."""

import numpy as np
import polars as pl

from shopkeeper.record import EVENT_CODE, Event, EventType
from shopkeeper.store import Store
from shopkeeper.store.history import acts, amounts, summarise
from shopkeeper.testing.logged import logged


def assert_aggregates(store: Store) -> None:
    """Each user's stored history is what `summarise` makes of the log."""
    log = logged(store).filter(pl.col("item_index").is_not_null())
    code = log["type"].to_numpy()
    amount = amounts(code, log["rating"].to_numpy(), log["share"].to_numpy())
    act = acts(log["item_index"].to_numpy(), code, log["time"].to_numpy(), amount)
    seen = code != EVENT_CODE[EventType.IMPRESSION]
    persons = store.events.persons()
    size = int(persons["person"].max() or 0) + 1 if persons.height else 0  # type: ignore[arg-type]
    told = summarise(log["person"].to_numpy()[seen].astype(np.int64), act, size)
    for person, user_id in persons.drop_nulls().rows():
        total, recent = told.of(person)
        held = store.events.history(user_id, None)
        np.testing.assert_array_equal(held.recent, recent)
        for name in held.total.dtype.names or ():
            np.testing.assert_allclose(held.total[name], total[name], rtol=1e-5, atol=1e-5, err_msg=name)


def random_event(rng: np.random.Generator) -> Event:
    """An event of three users on five devices, of items i0 to i11, now and then with an id that was used before."""
    user, visitor = int(rng.integers(0, 4)), int(rng.integers(0, 5))
    rating = float(rng.integers(1, 6)) if rng.random() < 0.5 else None
    return Event(
        type=list(EventType)[int(rng.integers(0, len(EventType)))],
        time=int(rng.integers(0, 300)),
        user_id=f"u{user}" if user < 3 and rng.random() < 0.5 else None,
        visitor_id=f"v{visitor}",
        item_id=f"i{int(rng.integers(0, 12))}",
        rating=rating,
        event_id=f"e{int(rng.integers(0, 900))}" if rng.random() < 0.5 else None,
    )
