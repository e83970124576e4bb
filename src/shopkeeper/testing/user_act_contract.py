"""What every People does with the acts of users: telling them page by page, and taking them back."""

import math

import polars as pl
import pytest

from shopkeeper.record import EVENT_CODE, Event, EventType, User
from shopkeeper.store import Store, user_act
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
        assert first.frame.drop("change").rows() == [
            (EVENT_CODE[EventType.VIEW], "ann", "tea", 1, None, None, '{"who":"x"}'),
            (EVENT_CODE[EventType.RATE], "ann", "cup", 2, 4.0, "fine", None),
        ]
        assert first.following is not None
        assert first.following == first.frame["change"][-1]
        second = acted.people.acts(first.following, 2)
        assert second.frame.select("user_id", "time").rows() == [("bob", 5)]
        assert second.following is None

    def test_a_rare_act_is_looked_for_in_a_part_of_the_log_at_a_time(
        self, acted: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(user_act, "LOOKED_THROUGH", 2)
        told, pages = list[int](), 0
        since: int | None = 0
        while since is not None:
            page = acted.people.acts(since, 9, kinds=[EventType.RATE])
            told += page.frame["time"].to_list()
            assert page.following is None or page.following == since + 2
            since, pages = page.following, pages + 1
        assert told == [2]
        assert pages == math.ceil(acted.change_number() / 2)
        assert acted.people.acts(0, 9, user_id="bob").frame["time"].to_list() == [5]  # told whole, wherever it is

    def test_acts_of_one_type_user_or_item(self, acted: Store) -> None:
        people = acted.people
        assert people.acts(0, 9, kinds=[EventType.VIEW]).frame["time"].to_list() == [1, 5]
        assert people.acts(0, 9, kinds={EventType.VIEW, EventType.RATE}).frame["time"].to_list() == [1, 2, 5]
        assert people.acts(0, 9, user_id="ann").frame["time"].to_list() == [1, 2]
        assert people.acts(0, 9, item_id="tea").frame["time"].to_list() == [1, 5]
        assert people.acts(0, 9, user_id="ann", item_id="tea", kinds=[EventType.RATE]).frame.is_empty()
        assert people.acts(0, 9, user_id="nobody").frame.is_empty()

    def test_what_is_taken_back_was_never_done(self, acted: Store) -> None:
        ann, before = acted.people.acts(0, 9, user_id="ann").frame, acted.change_number()
        assert acted.people.take_back(ann["change"].to_list()) == 2
        assert acted.people.take_back(ann["change"].to_list()) == 0
        assert acted.people.take_back([]) == 0
        assert acted.people.acts(0, 9).frame["user_id"].to_list() == ["bob"]
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
