"""What every EventLog does: users and what they did."""

from dataclasses import replace
from hashlib import blake2b

import numpy as np
import polars as pl
import pytest

from shopkeeper.record import EVENT_CODE, RATING_SCALE, Event, EventType, Item, Mark
from shopkeeper.store import Store
from shopkeeper.store.frame import EVENT_CHANGE_COLUMN, LOG_COLUMN
from shopkeeper.testing.aggregate import assert_aggregates, random_event
from shopkeeper.testing.logged import logged
from shopkeeper.testing.store_sample import CUP, TEA, items_of, view


class EventLogContract:
    """Users and what they did."""

    def test_an_event_is_counted_at_once(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        receipt = store.events.append([view("tea", 5, user="ann"), view("tea", 9, user="ann")])
        history = store.events.history("ann", None)
        total, recent = history.of(0)
        assert (receipt.accepted, receipt.duplicate, len(history)) == (2, 0, 1)
        assert [tuple(row)[:3] for row in total] == [(1, EVENT_CODE[EventType.VIEW], 2.0)]
        assert [tuple(row) for row in total[["first", "last"]]] == [(5, 9)]
        assert recent["time"].tolist() == [5, 9]

    def test_everybody_in_a_large_batch_has_the_whole_of_their_history(self, store: Store) -> None:
        """More people than one statement writes, who are known when the second batch comes."""
        store.catalogue.put([TEA])
        people = [f"user-{number}" for number in range(5_500)]
        for time in (1, 2):
            events = {"type": "view", "time": time, "user_id": people, "item_id": "tea"}
            assert store.events.ingest(pl.DataFrame(events)).accepted == len(people)
        for number in (0, 99, 199, 200, 2_000, 4_999, 5_000, 5_499):
            assert store.events.history(people[number], None).recent["time"].tolist() == [1, 2]

    def test_a_stranger_has_an_empty_history(self, store: Store) -> None:
        for history in (
            store.events.history("ann", None),
            store.events.history(None, "v"),
            store.events.history(None, None),
        ):
            assert (len(history), len(history.total), len(history.recent)) == (1, 0, 0)

    def test_an_impression_is_kept_and_not_counted(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.events.append([Event(EventType.IMPRESSION, 1, user_id="ann", item_id="tea")])
        assert (store.events.count(), len(store.events.history("ann", None).total)) == (1, 0)

    def test_bots_and_staff_are_kept_and_not_learned_from(self, store: Store) -> None:
        store.catalogue.put([TEA])
        bot = Event(EventType.VIEW, 1, visitor_id="crawler", item_id="tea", mark=Mark.BOT)
        staff = Event(EventType.PURCHASE, 2, user_id="anna", item_id="tea", mark=Mark.STAFF)
        receipt = store.events.append([bot, staff, view("tea", 3, user="anna")])
        assert (receipt.accepted, store.events.count()) == (3, 3)
        assert logged(store)["time"].to_list() == [3]
        assert store.events.history("anna", None).recent["time"].tolist() == [3]
        assert len(store.events.history(None, "crawler").total) == 0
        assert store.events.append([view("tea", 3, user="anna"), replace(staff, mark=None)]).duplicate == 2

    def test_an_event_is_not_counted_twice(self, store: Store) -> None:
        store.catalogue.put([TEA])
        once = Event(EventType.VIEW, 1, user_id="ann", item_id="tea", event_id="e1")
        again = Event(EventType.CART, 2, user_id="ann", item_id="tea", event_id="e1")
        first = store.events.append([once, again])
        second = store.events.append([again, view("tea", 3, user="ann"), view("tea", 3, user="ann")])
        assert (first.accepted, first.duplicate) == (1, 1)
        assert (second.accepted, second.duplicate) == (1, 2)
        assert (store.events.count(), store.events.history("ann", None).total["amount"].tolist()) == (2, [2.0])

    def test_the_key_is_the_same_one_by_one_and_in_bulk(self, store: Store) -> None:
        store.catalogue.put([TEA])
        event = Event(
            EventType.RATE, 1, user_id="ann", item_id="tea", rating=4.5, position=2, context={"b": 1, "a": "ü"}
        )
        store.events.append([event])
        frame = pl.DataFrame(
            {
                "type": ["rate"], "time": [1], "user_id": ["ann"], "item_id": ["tea"], "rating": [4.5],
                "position": [2], "context": ['{"a":"ü","b":1}'],
            }
        )  # fmt: skip
        assert store.events.ingest(frame).duplicate == 1

    def test_events_that_cannot_be_taken_are_refused_by_row(self, store: Store) -> None:
        store.catalogue.put([TEA])
        receipt = store.events.append(
            [
                view("tea", user="ann"),
                view("gone", user="ann"),
                view("tea"),
                view(None, user="ann"),
                Event(EventType.SEARCH, 1, visitor_id="v", query="tea"),
                view("", user="ann"),
                Event(EventType.VIEW, 2**70, user_id="ann", item_id="tea"),
            ]
        )
        assert receipt.accepted == 2
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected[:-1]] == [
            (1, "no item 'gone' is known: put the item first"),
            (2, "an event needs a user_id or a visitor_id"),
            (3, "an event of type view needs an item_id"),
            (5, "an event of type view needs an item_id"),
        ]
        assert receipt.rejected[-1].row == 6

    def test_people_with_ids_that_are_too_long_for_an_index_are_refused_by_row(self, store: Store) -> None:
        store.catalogue.put([TEA])
        long = "u" * 513
        events = [view("tea", user=long), view("tea", visitor=long), view("tea", user=long[:512])]
        receipt = store.events.append(events)
        users = store.events.ingest_users(pl.DataFrame({"user_id": [long, "ann"]}))
        assert (receipt.accepted, users.accepted) == (1, 1)
        assert [(refusal.row, refusal.reason) for refusal in (*receipt.rejected, *users.rejected)] == [
            (0, "user_id is longer than 512 characters"),
            (1, "visitor_id is longer than 512 characters"),
            (0, "user_id is longer than 512 characters"),
        ]

    def test_user_ids_are_found_by_how_they_begin(self, store: Store) -> None:
        known = ["u1", "u10", "u11", "u2", "v", "U1", "u", "u-1", "ü", "u1ü", "u1\U0001f600"]
        store.events.ingest_users(pl.DataFrame({"user_id": known}))
        assert store.events.user_ids("u1", 9) == ["u1", "u10", "u11", "u1ü", "u1\U0001f600"]
        assert store.events.user_ids("u1", 2) == ["u1", "u10"]
        assert store.events.user_ids("u-", 9) == ["u-1"]
        assert store.events.user_ids("v", 9) == ["v"]
        assert store.events.user_ids("w", 9) == []
        assert len(store.events.user_ids("", 99)) == len(known)

    def test_user_ids_of_bots_alone_are_not_among_them(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.events.ingest_users(pl.DataFrame({"user_id": ["idle"]}))
        store.events.append([replace(view("tea", user="bot"), mark=Mark.BOT), view("tea", user="ann")])
        store.events.append([replace(view("tea", user="ben"), mark=Mark.STAFF), view("tea", 5, user="ben")])
        assert sorted(store.events.user_ids("", 9)) == ["ann", "ben", "idle"]

    def test_rows_of_a_frame_are_refused_alike(self, store: Store) -> None:
        store.catalogue.put([TEA])
        frame = pl.DataFrame(
            {
                "type": ["view", None, "look", "view", "view", "rate", "view", "rate"],
                "time": [1, 1, 1, None, 1, 1, 1, 1],
                "user_id": ["u", "u", "u", "u", "u\0", "u", "u", "u"],
                "item_id": ["tea"] * 8,
                "rating": [None, None, None, None, None, float("inf"), float("nan"), 9.0],
                "context": [' {"a":\n1} ', None, None, None, None, None, "x", None],
            }
        )
        receipt = store.events.ingest(frame)
        assert receipt.accepted == 1
        assert [refusal.row for refusal in receipt.rejected] == [1, 2, 3, 4, 5, 6, 7]
        assert receipt.rejected[1].reason.startswith("'look' is no type of event; there are impression, click")
        assert receipt.rejected[6].reason == RATING_SCALE

    def test_an_event_of_a_deleted_item_is_taken(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.catalogue.delete("tea")
        assert store.events.append([view("tea", user="ann")]).accepted == 1

    def test_a_login_makes_the_guest_the_user(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        store.events.append([view("cup", 1, visitor="v"), view("tea", 2, user="ann")])
        assert items_of(store.events.history(None, "v").recent) == [0]
        store.events.append([view("tea", 3, user="ann", visitor="v")])
        for history in (
            store.events.history("ann", None),
            store.events.history(None, "v"),
            store.events.history("ann", "v"),
        ):
            assert items_of(history.recent) == [0, 1, 1]
            assert history.total["amount"].tolist() == [1.0, 2.0]
        assert logged(store)["person"].n_unique() == 1
        assert store.events.persons()["user_id"].to_list() == ["ann"]

    def test_a_visitor_who_was_another_user_leaves_them_their_past(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        store.events.append([view("cup", 1, user="ann", visitor="v"), view("tea", 2, user="bob", visitor="v")])
        assert items_of(store.events.history("ann", None).recent) == [0]
        assert items_of(store.events.history("bob", None).recent) == [1]
        assert items_of(store.events.history(None, "v").recent) == [1]
        assert items_of(store.events.history("ann", "v").recent) == [0]

    def test_a_guest_counts_for_a_user_who_is_not_known(self, store: Store) -> None:
        store.catalogue.put([CUP])
        store.events.append([view("cup", visitor="v"), view("cup", user="ann", visitor="w")])
        assert items_of(store.events.history("new", "v").recent) == [0]
        assert items_of(store.events.history("new", "w").recent) == []

    def test_a_repeated_event_does_not_log_anyone_in_again(self, store: Store) -> None:
        store.catalogue.put([CUP])
        old = view("cup", 1, user="ann", visitor="v")
        store.events.append([old])
        store.events.append([view("cup", 2, user="bob", visitor="v")])
        store.events.append([old])
        store.events.append([view("cup", 3, visitor="v")])
        assert store.events.history("bob", None).recent["time"].tolist() == [2, 3]

    def test_a_batch_is_as_its_events_one_by_one(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        sent = [
            view("cup", 1, visitor="v"),
            view("tea", 2, visitor="w"),
            view("cup", 3, user="ann", visitor="v"),
            view("tea", 4, visitor="v"),
            view("cup", 5, user="bob", visitor="v"),
            view("cup", 6, visitor="v"),
        ]
        store.events.append(sent)
        assert store.events.history("ann", None).recent["time"].tolist() == [1, 3, 4]
        assert store.events.history("bob", None).recent["time"].tolist() == [5, 6]
        assert store.events.history(None, "w").recent["time"].tolist() == [2]

    @pytest.mark.parametrize("quantity", [0.0, -1.0])
    @pytest.mark.parametrize("batch", [1, 200])
    def test_a_quantity_is_above_zero(self, store: Store, quantity: float, batch: int) -> None:
        """Alone and among many: the two are written by different ways."""
        store.catalogue.put([CUP])
        bad = Event(EventType.RETURN, 1, user_id="ann", item_id="cup", quantity=quantity)
        receipt = store.events.append([bad, *(view("cup", 2 + time, user="ann") for time in range(batch - 1))])
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (0, "quantity must be above 0; a return is an event of type return")
        ]

    def test_the_log_is_sorted_by_person_and_time(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        review = Event(
            EventType.REVIEW, 7, user_id="bob", item_id="cup", rating=4.5, session_id="s", quantity=2, value=9
        )
        store.events.append([view("tea", 3, user="ann"), review, view("cup", 1, user="ann")])
        frame = logged(store)
        assert frame.schema == LOG_COLUMN
        assert frame.rows() == [
            (0, 0, 2, 1, None, None, None, None, None),
            (0, 1, 2, 3, None, None, None, None, None),
            (1, 0, 9, 7, "s", 2.0, 9, 4.5, None),
        ]
        assert (store.events.count(), store.events.last_time()) == (3, 7)

    def test_changes_are_told_in_order_some_at_a_time(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        store.events.append([view("cup", 9, user="ann"), Event(EventType.SEARCH, 1, user_id="bob", query="cup")])
        staff = Event(EventType.RATE, 5, user_id="ann", item_id="tea", rating=4.5, mark=Mark.STAFF, event_id="e")
        store.events.append([staff])
        first = store.events.changes(0, limit=2)
        second = store.events.changes(first.last, limit=2)
        key = blake2b(b"ie", digest_size=16).digest()
        assert [row[0] for row in first.frame.rows()] == [3, 4]  # 1 and 2 are the items'
        assert first.frame["type"].to_list() == [EVENT_CODE[EventType.VIEW], EVENT_CODE[EventType.SEARCH]]
        assert second.frame.rows() == [(5, key, 0, 1, EVENT_CODE[EventType.RATE], 5, None, None, None, 4.5, None, 2)]
        last = store.events.changes(second.last)
        assert (last.frame.schema, last.frame.height, last.last) == (EVENT_CHANGE_COLUMN, 0, second.last)

    def test_an_empty_log(self, store: Store) -> None:
        assert logged(store).schema == LOG_COLUMN
        assert store.events.persons().schema == {"person": pl.Int32, "user_id": pl.String}
        assert store.events.users().schema == {"user_id": pl.String, "attributes": pl.String, "person": pl.Int32}
        assert (store.events.count(), store.events.last_time(), store.events.append([]).accepted) == (0, None, 0)

    def test_users_keep_their_attributes(self, store: Store) -> None:
        store.catalogue.put([CUP])
        store.events.append([view("cup", user="10")])
        frame = pl.DataFrame({"user_id": ["9", "10", None, "9"], "attributes": ["{}", '{"age":5}', "{}", '{"age":7}']})
        receipt = store.events.ingest_users(frame)
        assert (receipt.accepted, receipt.duplicate, [refusal.row for refusal in receipt.rejected]) == (2, 1, [2])
        assert store.events.users().rows() == [("9", '{"age":7}', 1), ("10", '{"age":5}', 0)]
        store.events.ingest_users(pl.DataFrame({"user_id": ["ann"]}))
        assert store.events.users()["user_id"].to_list() == ["10", "9", "ann"]

    @pytest.mark.parametrize("seed", range(3))
    def test_aggregates_are_what_the_log_says(self, store: Store, seed: int) -> None:
        rng = np.random.default_rng(seed)
        store.catalogue.put([Item(f"i{number}") for number in range(12)])
        for _ in range(12):
            store.events.append([random_event(rng) for _ in range(int(rng.integers(1, 60)))])
        assert_aggregates(store)
