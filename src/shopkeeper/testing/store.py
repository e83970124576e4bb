"""What every Store does. A test class inherits StoreContract and has a fixture `store` with an empty one."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from shopkeeper.error import InputError
from shopkeeper.record import EVENT_CODE, Event, EventType, Item, ItemKind, Mark, Offer
from shopkeeper.store import Store
from shopkeeper.store.frame import CATALOGUE_COLUMN, LOG_COLUMN
from shopkeeper.store.history import Packed
from shopkeeper.testing.aggregate import assert_aggregates, random_event

TEA = Item("tea", title="Green tea", category=("Grocery", "Tea"), brand="Leaf", attributes={"organic": True})
CUP = Item("cup", title="Cup")


def view(item_id: str | None, time: int = 1, *, user: str | None = None, visitor: str | None = None) -> Event:
    """A view of an item."""
    return Event(EventType.VIEW, time, user_id=user, visitor_id=visitor, item_id=item_id)


def items_of(history_part: Packed) -> list[int]:
    """The items of a history's rows."""
    return [int(item) for item in history_part["item"]]


class CatalogueContract:
    """Items and offers."""

    def test_an_item_comes_back_as_it_was_put(self, store: Store) -> None:
        offer = Offer("tea", price=299, currency="USD", stock=3)
        receipt = store.catalogue.put([TEA], [offer])
        stored = store.catalogue.get("tea")
        assert (receipt.accepted, receipt.rejected) == (2, ())
        assert stored is not None
        assert (stored.item, stored.item_index, stored.offers) == (TEA, 0, (offer,))
        assert stored.change == store.change_number() == receipt.change

    def test_an_unknown_item_is_none_and_deletes_nothing(self, store: Store) -> None:
        assert store.catalogue.get("tea") is None
        assert store.catalogue.delete("tea") is False

    def test_putting_again_replaces_the_whole_item_and_keeps_its_number(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        store.catalogue.put([Item("tea", title="Black tea")])
        stored = store.catalogue.get("tea")
        assert stored is not None
        assert (stored.item, stored.item_index) == (Item("tea", title="Black tea"), 0)

    def test_a_deleted_item_is_gone_marked_and_comes_back_with_its_number(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP])
        assert store.catalogue.delete("tea") is True
        assert store.catalogue.delete("tea") is False
        assert store.catalogue.get("tea") is None
        assert store.catalogue.frame(0)["deleted"].to_list() == [True, False]
        store.catalogue.put([Item("pot"), TEA])
        assert dict(store.catalogue.item_ids().rows()) == {"tea": 0, "cup": 1, "pot": 2}
        assert store.catalogue.frame(0)["deleted"].to_list() == [False, False, False]

    def test_empty_frames_have_the_right_types(self, store: Store) -> None:
        assert store.catalogue.frame(0).schema == CATALOGUE_COLUMN
        assert store.catalogue.changes(0, 0).frame.schema == CATALOGUE_COLUMN
        assert store.catalogue.item_ids().schema == {"item_id": pl.String, "item_index": pl.Int32}
        assert store.catalogue.put([]).accepted == 0

    def test_columns_without_values_have_the_right_types(self, store: Store) -> None:
        store.catalogue.put([CUP])
        frame = store.catalogue.frame(0)
        assert frame.schema == CATALOGUE_COLUMN
        assert frame.row(0, named=True) == {
            "item_index": 0, "group_index": 0, "item_id": "cup", "kind": "product", "title": "Cup", "description": "",
            "category": "", "brand": None, "group_id": None, "url": None, "image_url": None, "attributes": "{}",
            "available_from": None, "expires_at": None, "enabled": True, "deleted": False, "price": None,
            "currency": None, "stock": None, "change": 1,
        }  # fmt: skip

    def test_a_price_is_the_latest_of_the_default_market_that_is_valid(self, store: Store) -> None:
        offers = [
            Offer("tea", price=100, valid_from=10),
            Offer("tea", price=80, valid_from=20, valid_to=30),
            Offer("tea", price=7, market="paris", valid_from=25),
        ]
        store.catalogue.put([TEA], offers)
        prices = {time: store.catalogue.frame(time)["price"][0] for time in (9, 10, 19, 20, 29, 30)}
        assert prices == {9: None, 10: 100, 19: 100, 20: 80, 29: 80, 30: 100}

    def test_an_offer_is_replaced_by_item_market_and_start(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, stock=1)])
        store.catalogue.put([], [Offer("tea", price=90)])
        stored = store.catalogue.get("tea")
        assert stored is not None
        assert stored.offers == (Offer("tea", price=90),)

    def test_offers_that_cannot_be_taken_are_refused_by_row(self, store: Store) -> None:
        wrong = [Offer("gone", price=1), Offer("tea", price=-1), Offer("tea", valid_from=2, valid_to=2), Offer("tea")]
        receipt = store.catalogue.put([TEA], wrong)
        assert receipt.accepted == 2
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "no item 'gone' is known: put the item first"),
            (2, "a price cannot be negative"),
            (3, "the offer ends before it begins"),
        ]

    def test_items_that_cannot_be_taken_are_refused_by_row(self, store: Store) -> None:
        frame = pl.DataFrame(
            {
                "item_id": ["a", None, "b", "c", "d\0"],
                "kind": ["product", "product", "gadget", "store", "product"],
                "attributes": ["{}", "{}", "{}", "[1]", "{}"],
            }
        )
        receipt = store.catalogue.ingest_items(frame)
        assert receipt.accepted == 1
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "an item needs an item_id"),
            (2, "'gadget' is no kind of item; there are product, content, campaign, ad, store"),
            (3, "attributes are no JSON object"),
            (4, "item_id holds a NUL character"),
        ]

    def test_ids_that_are_too_long_for_an_index_are_refused_by_row(self, store: Store) -> None:
        long = "字" * 513
        items = [TEA, Item(long), Item("cup", group_id=long), Item("字" * 512)]
        receipt = store.catalogue.put(items, [Offer("tea", long, price=1)])
        assert receipt.accepted == 2
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "item_id is longer than 512 characters"),
            (2, "group_id is longer than 512 characters"),
            (4, "market is longer than 512 characters"),
        ]

    def test_an_item_that_no_database_can_hold_is_refused_alone(self, store: Store) -> None:
        lone_surrogate = Item("bad", title="\ud800")
        receipt = store.catalogue.put([TEA, lone_surrogate, Item("set", attributes={"x": {1}})])
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (1, [1, 2])

    def test_a_wrong_or_unknown_column_is_named(self, store: Store) -> None:
        with pytest.raises(InputError, match="no column colour"):
            store.catalogue.ingest_items(pl.DataFrame({"item_id": ["a"], "colour": ["red"]}))
        with pytest.raises(InputError, match="column available_from of items is String"):
            store.catalogue.ingest_items(pl.DataFrame({"item_id": ["a"], "available_from": ["soon"]}))

    def test_the_last_row_of_an_id_wins(self, store: Store) -> None:
        receipt = store.catalogue.put([Item("a", title="old"), Item("b"), Item("a", title="new")])
        stored = store.catalogue.get("a")
        assert stored is not None
        assert (receipt.accepted, receipt.duplicate, stored.item.title) == (2, 1, "new")

    def test_an_ingest_changes_only_what_is_different(self, store: Store) -> None:
        frame = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["A", "B", "C"]})
        offers = pl.DataFrame({"item_id": ["a", "b"], "price": [1, 2]})
        store.catalogue.ingest_items(frame)
        store.catalogue.ingest_offers(offers)
        before = store.change_number()
        assert store.catalogue.ingest_items(frame).accepted == 3
        assert store.catalogue.ingest_offers(offers).accepted == 2
        assert store.change_number() == before
        store.catalogue.ingest_items(frame.with_columns(title=pl.Series(["A", "Bee", "C"])))
        store.catalogue.ingest_offers(offers.with_columns(price=pl.Series([1, 3])))
        assert store.catalogue.changes(before, 0).frame["item_id"].to_list() == ["b"]

    def test_a_group_is_its_smallest_item(self, store: Store) -> None:
        store.catalogue.put([CUP, Item("s", group_id="shirt"), Item("m", group_id="shirt"), TEA])
        assert store.catalogue.frame(0)["group_index"].to_list() == [0, 1, 1, 3]

    def test_when_the_smallest_item_leaves_or_joins_a_group_the_others_have_changed(self, store: Store) -> None:
        store.catalogue.put([CUP, Item("s", group_id="shirt"), Item("m", group_id="shirt"), TEA])
        seen = store.change_number()
        store.catalogue.put([Item("s")])
        left = store.catalogue.changes(seen, 0)
        assert left.frame.select("item_id", "group_index").rows() == [("s", 1), ("m", 2)]
        store.catalogue.put([Item("cup", group_id="shirt")])
        joined = store.catalogue.changes(left.last, 0)
        assert joined.frame.select("item_id", "group_index").rows() == [("cup", 0), ("m", 0)]

    def test_changes_come_oldest_first_in_bounded_parts(self, store: Store) -> None:
        store.catalogue.put([Item(name) for name in "abcde"])
        store.catalogue.put([], [Offer("b", price=5)])
        store.catalogue.delete("a")
        seen, since = [], 0
        while not (part := store.catalogue.changes(since, 0, limit=2)).frame.is_empty():
            assert part.frame.height <= 2
            seen.extend(part.frame.select("item_id", "deleted", "price").rows())
            since = part.last
        rest = [(name, False, None) for name in "cde"]
        assert seen == [*rest, ("b", False, 5), ("a", True, None)]
        assert since == store.change_number()

    def test_texts_of_every_kind_survive(self, store: Store) -> None:
        odd = Item("'; DROP TABLE item; --", title='茶 "tea", ü\n\\N', brand="%s :x ?", kind=ItemKind.CONTENT)
        store.catalogue.put([odd, *(Item(f"{number}", title='\\.\n,"') for number in range(300))])
        stored, other = store.catalogue.get(odd.item_id), store.catalogue.get("299")
        assert stored is not None
        assert other is not None
        assert (stored.item, other.item.title) == (odd, '\\.\n,"')


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
        assert store.events.frame()["time"].to_list() == [3]
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

    def test_rows_of_a_frame_are_refused_alike(self, store: Store) -> None:
        store.catalogue.put([TEA])
        frame = pl.DataFrame(
            {
                "type": ["view", None, "look", "view", "view", "rate", "view"],
                "time": [1, 1, 1, None, 1, 1, 1],
                "user_id": ["u", "u", "u", "u", "u\0", "u", "u"],
                "item_id": ["tea"] * 7,
                "rating": [None, None, None, None, None, float("inf"), float("nan")],
                "context": [' {"a":\n1} ', None, None, None, None, None, "x"],
            }
        )
        receipt = store.events.ingest(frame)
        assert receipt.accepted == 1
        assert [refusal.row for refusal in receipt.rejected] == [1, 2, 3, 4, 5, 6]
        assert receipt.rejected[1].reason.startswith("'look' is no type of event; there are impression, click")

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
        assert store.events.frame()["person"].n_unique() == 1
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

    def test_the_log_is_sorted_by_person_and_time(self, store: Store) -> None:
        store.catalogue.put([CUP, TEA])
        review = Event(
            EventType.REVIEW, 7, user_id="bob", item_id="cup", rating=4.5, session_id="s", quantity=2, value=9
        )
        store.events.append([view("tea", 3, user="ann"), review, view("cup", 1, user="ann")])
        frame = store.events.frame()
        assert frame.schema == LOG_COLUMN
        assert frame.rows() == [
            (0, 0, 2, 1, None, None, None, None),
            (0, 1, 2, 3, None, None, None, None),
            (1, 0, 9, 7, "s", 2.0, 9, 4.5),
        ]
        assert store.events.frame(before=3)["time"].to_list() == [1]
        assert (store.events.count(), store.events.last_time()) == (3, 7)

    def test_an_empty_log(self, store: Store) -> None:
        assert store.events.frame().schema == LOG_COLUMN
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


class OfficeContract:
    """Publication and imports."""

    def test_the_newest_publication_of_an_arm_is_first(self, store: Store) -> None:
        assert store.office.publications() == []
        first, second = store.office.publish("one"), store.office.publish("two")
        store.office.publish("three", arm="b")
        assert store.office.publications() == [second, first]
        assert [(one.arm, one.bundle_id) for one in store.office.publications("b")] == [("b", "three")]

    def test_an_import_is_remembered(self, store: Store) -> None:
        assert (store.office.import_done("f"), store.office.import_progress("f")) == (None, 0)
        store.office.record_import("f", 3, None)
        assert (store.office.import_done("f"), store.office.import_progress("f")) == (None, 3)
        store.office.record_import("f", 5, "{}")
        assert (store.office.import_done("f"), store.office.import_progress("f")) == ("{}", 5)


class StoreContract(CatalogueContract, EventLogContract, OfficeContract):
    """Everything that a Store does."""
