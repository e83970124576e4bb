"""What every People does with the acts of users: telling them page by page, and taking them back."""

import polars as pl
import pytest

from shopkeeper.record import EVENT_CODE, Event, EventType, User
from shopkeeper.store import Store
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.store_sample import CUP, TEA


class UserActContract:
    """Users and their acts, as they are told one by one."""

    @pytest.fixture
    def acted(self, store: Store) -> Store:
        """Ann viewed the tea and rated the cup, bob viewed the tea; a guest and a search are not told."""
        store.catalogue.put([TEA, CUP])
        store.events.append(
            [
                Event(EventType.VIEW, 1, user_id="ann", item_id="tea", context={"who": "x"}),
                Event(EventType.RATE, 2, user_id="ann", item_id="cup", rating=4.0, text="fine"),
                Event(EventType.VIEW, 3, visitor_id="guest", item_id="tea"),
                Event(EventType.SEARCH, 4, user_id="ann", query="tea"),
                Event(EventType.VIEW, 5, user_id="bob", item_id="tea"),
            ]
        )
        return store

    def test_acts_are_told_page_by_page(self, acted: Store) -> None:
        first = acted.people.acts(0, 2)
        assert first.drop("change").rows() == [
            (EVENT_CODE[EventType.VIEW], "ann", "tea", 1, None, None, '{"who":"x"}'),
            (EVENT_CODE[EventType.RATE], "ann", "cup", 2, 4.0, "fine", None),
        ]
        second = acted.people.acts(int(first["change"][-1]), 2)
        assert second.select("user_id", "time").rows() == [("bob", 5)]
        assert acted.people.acts(int(second["change"][-1]), 2).is_empty()

    def test_acts_of_one_type_user_or_item(self, acted: Store) -> None:
        people = acted.people
        assert people.acts(0, 9, kinds=[EventType.VIEW])["time"].to_list() == [1, 5]
        assert people.acts(0, 9, kinds={EventType.VIEW, EventType.RATE})["time"].to_list() == [1, 2, 5]
        assert people.acts(0, 9, user_id="ann")["time"].to_list() == [1, 2]
        assert people.acts(0, 9, item_id="tea")["time"].to_list() == [1, 5]
        assert people.acts(0, 9, user_id="ann", item_id="tea", kinds=[EventType.RATE]).is_empty()
        assert people.acts(0, 9, user_id="nobody").is_empty()

    def test_what_is_taken_back_was_never_done(self, acted: Store) -> None:
        ann, before = acted.people.acts(0, 9, user_id="ann"), acted.change_number()
        assert acted.people.take_back(ann["change"].to_list()) == 2
        assert acted.people.take_back(ann["change"].to_list()) == 0
        assert acted.people.take_back([]) == 0
        assert acted.people.acts(0, 9)["user_id"].to_list() == ["bob"]
        assert len(acted.events.history("ann", None).of(0)[0]) == 0
        assert acted.change_number() > before
        assert_aggregates(acted)
        again = acted.events.append([Event(EventType.VIEW, 1, user_id="ann", item_id="tea", context={"who": "x"})])
        assert (again.accepted, again.duplicate) == (1, 0)

    def test_users_are_told_page_by_page(self, store: Store) -> None:
        users = ["b", "a", "10", "é", "9"]
        store.events.ingest_users(pl.DataFrame({"user_id": users, "attributes": '{"age":1}'}))
        store.events.append([Event(EventType.SEARCH, 4, visitor_id="guest", query="tea")])
        first = store.people.users(-1, 2)
        rest = store.people.users(max(first), 9)
        assert list(first) + list(rest) == sorted({**first, **rest})
        assert sorted(user.user_id for user in [*first.values(), *rest.values()]) == sorted(users)
        assert all(user.attributes == {"age": 1} for user in first.values())
        assert store.people.users(max(rest), 9) == {}
        assert store.people.users(10**17, 9) == {}
        assert (store.people.user("a"), store.people.user("nobody")) == (User("a", {"age": 1}), None)
