"""What every store does with what comes back: a return takes back as much of the purchase as it, or its order, says."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import load_dataset, weight_column
from shopkeeper.model.taste import habits
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.record import DAY, DEFAULT_WEIGHT, EVENT_CODE, Event, EventType
from shopkeeper.store import Store
from shopkeeper.store.history import DECAY, SHARES
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.store_sample import CUP, TEA

BUY, BACK = EventType.PURCHASE, EventType.RETURN


def _ann(kind: EventType, item_id: str, day: int, quantity: float | None = None, **context: object) -> Event:
    return Event(kind, day * DAY, user_id="ann", item_id=item_id, quantity=quantity, context=context)


def _send(store: Store, events: list[Event], way: str) -> None:
    """One by one, in one request that frames take, or as a file."""
    if way == "one":
        for event in events:
            assert store.events.append([event]).accepted == 1
        return
    others = [Event(EventType.VIEW, time, user_id="bob", item_id="cup") for time in range(150)]
    if way == "many":
        assert store.events.append([*events, *others]).accepted == len(events) + 150
        return
    rows = [
        {
            "type": str(event.type),
            "time": event.time,
            "user_id": event.user_id,
            "item_id": event.item_id,
            "quantity": event.quantity,
            "session_id": event.session_id,
            "context": pl.Series([event.context]).struct.json_encode()[0] if event.context else None,
        }
        for event in events
    ]
    assert store.events.ingest(pl.DataFrame(rows, infer_schema_length=None)).accepted == len(events)


def _total(store: Store) -> list[tuple[int, int, float]]:
    """(item, type, amount) of all that Ann did."""
    total = store.events.history("ann", None).of(0)[0]
    return [(int(row["item"]), int(row["type"]), float(row["amount"])) for row in total]


class ReturnContract:
    """Returns, whole and in part. Cup is item 0, tea item 1."""

    @pytest.fixture(params=["one", "many", "file"])
    def way(self, request: pytest.FixtureRequest) -> str:
        """How events are sent, see `_send`."""
        return str(request.param)

    def test_a_return_of_some_pieces_takes_back_their_share(self, store: Store, way: str) -> None:
        store.catalogue.put([CUP, TEA])
        _send(store, [_ann(BUY, "tea", 1, 5), _ann(BACK, "tea", 2, 2, purchased=5)], way)
        # Five pieces are one purchase; two fifths of it are 1638.4 / 4096, rounded up.
        assert _total(store) == [(1, EVENT_CODE[BUY], 1.0), (1, EVENT_CODE[BACK], 1639 / SHARES)]
        assert_aggregates(store)

    def test_parts_that_make_the_whole_leave_nothing_whatever_their_order(self, store: Store, way: str) -> None:
        store.catalogue.put([CUP, TEA])
        parts = [_ann(BACK, "tea", day, 1, purchased="3") for day in (4, 3, 2)]
        _send(store, [*parts, _ann(BUY, "tea", 1, 3)], way)
        bought, returned = (amount for _, _, amount in _total(store))
        assert (bought, returned) == (1.0, 3 * 1366 / SHARES)  # 1365.3 / 4096 each, rounded up
        assert returned > bought
        assert_aggregates(store)

    @pytest.mark.parametrize(
        ("quantity", "context"),
        [
            (None, {}),
            (2, {}),
            (None, {"purchased": 5}),
            (5, {"purchased": 5}),
            (6, {"purchased": 5}),
            (2, {"purchased": 0}),
            (2, {"purchased": -5}),
            (2, {"purchased": "five"}),
            (2, {"deep": {"purchased": 5}}),
            (2, {"cancelled": True}),
        ],
    )
    def test_a_return_that_tells_no_share_takes_back_the_whole(
        self, store: Store, way: str, quantity: float | None, context: dict[str, object]
    ) -> None:
        store.catalogue.put([CUP, TEA])
        _send(store, [_ann(BUY, "tea", 1, 5), _ann(BACK, "tea", 2, quantity, **context)], way)
        assert _total(store) == [(1, EVENT_CODE[BUY], 1.0), (1, EVENT_CODE[BACK], 1.0)]

    def test_where_the_return_does_not_tell_its_order_does(self, store: Store, way: str) -> None:
        """Two of five came back, and then one."""
        store.catalogue.put([CUP, TEA])
        bought = [_ann(BUY, "tea", 1, 5), _ann(BUY, "cup", 1, 2)]
        back = [_ann(BACK, "tea", 2, 2), _ann(BACK, "tea", 3, 1)]
        _send(store, [replace(event, session_id="order 7") for event in bought + back], way)
        code = EVENT_CODE
        assert _total(store) == [(0, code[BUY], 1.0), (1, code[BUY], 1.0), (1, code[BACK], (1639 + 820) / SHARES)]
        assert_aggregates(store)

    @pytest.mark.parametrize(
        "bought",
        [
            [replace(_ann(BUY, "tea", 1, 5), session_id="another order")],
            [replace(_ann(BUY, "cup", 1, 5), session_id="order 7")],
            [replace(_ann(BUY, "tea", 1, 5), session_id="order 7", user_id="bob")],
            [replace(_ann(BUY, "tea", 1), session_id="order 7")],
            [replace(_ann(BUY, "tea", 1, 2), session_id="order 7")],
            [replace(_ann(BUY, "tea", 1, pieces), session_id="order 7") for pieces in (4, 5)],
            [replace(_ann(BUY, "tea", 1, pieces), session_id="order 7") for pieces in (None, 5)],
            [_ann(BUY, "tea", 1, 5)],
        ],
        ids=["order", "item", "person", "pieces not told", "all of them", "two lines", "a line not told", "no order"],
    )
    def test_another_purchase_tells_nothing(self, store: Store, way: str, bought: list[Event]) -> None:
        store.catalogue.put([CUP, TEA])
        _send(store, [*bought, replace(_ann(BACK, "tea", 2, 2), session_id="order 7")], way)
        assert _total(store)[-1] == (1, EVENT_CODE[BACK], 1.0)

    def test_what_the_return_tells_goes_before_what_its_order_does(self, store: Store, way: str) -> None:
        store.catalogue.put([CUP, TEA])
        events = [_ann(BUY, "tea", 1, 5), _ann(BACK, "tea", 2, 2, purchased=2)]
        _send(store, [replace(event, session_id="order 7") for event in events], way)
        assert _total(store)[-1] == (1, EVENT_CODE[BACK], 1.0)

    def test_what_came_back_whole_does_not_lead_what_to_buy_again(self, store: Store, way: str) -> None:
        """The tea was bought twice and came back twice; of five cups two came back: three fifths of a habit."""
        store.catalogue.put([CUP, TEA])
        bought = [_ann(BUY, "tea", 1), _ann(BUY, "tea", 2), _ann(BUY, "cup", 1, 5)]
        back = [_ann(BACK, "tea", 3), _ann(BACK, "tea", 4), _ann(BACK, "cup", 3, 2, purchased=5)]
        _send(store, [*bought, *back], way)
        dataset = load_dataset(store, DEFAULT_WEIGHT, 5 * DAY)
        ann = int(store.events.users().filter(user_id="ann")["person"][0])
        habit = habits(batch_of_users(dataset)).of(int(np.searchsorted(dataset.person, ann)))
        assert habit[0].tolist() == [0]
        expected = np.exp(-4 * DAY / DECAY) - 1639 / SHARES * np.exp(-2 * DAY / DECAY)
        np.testing.assert_allclose(habit[1], [expected], rtol=1e-6)

    def test_a_dataset_rebuilds_what_the_store_keeps(self, store: Store, way: str) -> None:
        store.catalogue.put([CUP, TEA])
        _send(store, [_ann(BUY, "tea", 1, 7), _ann(BACK, "tea", 2, 3, purchased=7), _ann(BUY, "cup", 3)], way)
        dataset = load_dataset(store, {BUY: 5, BACK: -5}, 9 * DAY)
        assert weight_column({BUY: 5, BACK: -5})[EVENT_CODE[BACK]] == -1
        ann = int(store.events.users().filter(user_id="ann")["person"][0])
        rebuilt = dataset.histories().of(int(np.searchsorted(dataset.person, ann)))
        for one, other in zip(rebuilt, store.events.history("ann", None).of(0), strict=True):
            for name in one.dtype.names or ():
                np.testing.assert_allclose(one[name], other[name], rtol=1e-9, err_msg=name)
