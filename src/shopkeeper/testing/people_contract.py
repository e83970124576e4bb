"""What every People does: links, all that is held of one, erasure, and letting go of what is old."""

from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
import pytest

from shopkeeper.error import InputError, NotFound
from shopkeeper.record import Event, EventType, Item, Mark
from shopkeeper.store import Store
from shopkeeper.testing.aggregate import assert_aggregates, random_event
from shopkeeper.testing.exposure_contract import exposure
from shopkeeper.testing.logged import logged
from shopkeeper.testing.store_sample import CUP, TEA, items_of, view

LATE: Final = 1_000


class PeopleContract:
    """People, and how they are forgotten."""

    def test_a_link_makes_a_guest_the_user(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.events.append([view("tea", visitor="v1")])
        receipt = store.people.link(pl.DataFrame({"visitor_id": ["v1", "v2", ""], "user_id": ["ann", "ann", "bob"]}))
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (2, [2])
        assert items_of(store.events.history("ann", None).of(0)[0]) == [0]
        assert items_of(store.events.history(None, "v2").of(0)[0]) == [0]

    def test_a_link_that_gives_a_guest_s_events_to_a_user_is_a_change(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.events.append([view("tea", visitor="v1")])
        before = store.change_number()
        links = pl.DataFrame({"visitor_id": ["v1"], "user_id": ["ann"]})
        assert store.people.link(links).change == store.change_number() == before + 1
        assert store.people.link(links).change == before + 1  # which moves nothing

    def test_all_that_is_held_of_a_user_is_told(self, store: Store) -> None:
        _two_people(store)
        held = store.people.held("ann")
        assert held is not None
        assert (held.user_id, held.visitor_ids, held.attributes) == ("ann", ("phone",), '{"age":30}')
        assert held.events.select("item_id", "time", "mark").rows() == [("tea", 1, 0), ("cup", 2, 0), (None, 3, 1)]
        assert held.exposures["recommendation_id"].to_list() == ["by-user", "by-guest"]

    def test_a_visitor_s_data_is_the_person_s(self, store: Store) -> None:
        _two_people(store)
        by_phone, ann = store.people.held("phone", visitor=True), store.people.held("ann")
        assert by_phone is not None
        assert ann is not None
        assert by_phone.person == ann.person
        guest = store.people.held("desk", visitor=True)
        assert guest is not None
        assert (guest.user_id, guest.visitor_ids, guest.events["time"].to_list()) == (None, ("desk",), [5])

    def test_of_a_stranger_nothing_is_held(self, store: Store) -> None:
        _two_people(store)
        assert store.people.held("desk") is None
        assert store.people.held("ann", visitor=True) is None
        with pytest.raises(NotFound, match="Nothing is held of user 'nobody'"):
            store.people.erase("nobody", 9)

    def test_who_was_only_shown_something_can_be_erased_too(self, store: Store) -> None:
        store.exposures.append([exposure("a", user="ann"), exposure("b", visitor="v")])
        assert store.people.erase("ann", 9).exposures == 1
        assert store.people.erase("v", 9, visitor=True).exposures == 1
        assert store.exposures.count() == 0

    def test_an_erased_user_leaves_nothing(self, store: Store) -> None:
        _two_people(store)
        before = store.change_number()
        erased = store.people.erase("ann", 100)
        assert (erased.events, erased.exposures, erased.visitor_ids, erased.until) == (3, 2, ("phone",), 100)
        assert store.change_number() > before
        assert store.people.held("ann") is None
        assert store.people.held("phone", visitor=True) is None
        assert (store.events.count(), store.exposures.count()) == (2, 2)
        assert store.events.users()["user_id"].to_list() == ["bob"]
        for history in (store.events.history("ann", None), store.events.history(None, "phone")):
            assert (len(history.total), len(history.recent)) == (0, 0)
        assert_aggregates(store)

    def test_a_guest_can_be_erased(self, store: Store) -> None:
        _two_people(store)
        assert store.people.erase("desk", 100, visitor=True).events == 1
        assert store.people.held("desk", visitor=True) is None
        assert store.people.held("ann") is not None

    def test_a_visitor_who_is_a_user_is_not_erased_alone(self, store: Store) -> None:
        _two_people(store)
        with pytest.raises(InputError, match="Visitor 'phone' is user 'ann'"):
            store.people.erase("phone", 100, visitor=True)

    @pytest.mark.parametrize("bulk", [False, True])
    def test_old_files_do_not_bring_an_erased_person_back(self, store: Store, bulk: bool) -> None:
        _two_people(store)
        store.people.erase("ann", 100)
        late = view("tea", 100, user="ann")
        old = [late, view("tea", 1, visitor="phone"), view("tea", 2, user="bob"), view("tea", 101, user="ann")]
        receipt = store.events.ingest(_frame(old)) if bulk else store.events.append(old)
        assert [refusal.row for refusal in receipt.rejected] == [0, 1]
        assert "was erased" in receipt.rejected[0].reason
        assert receipt.accepted == 2
        held = store.people.held("ann")
        assert held is not None
        assert (held.events["time"].to_list(), held.visitor_ids, held.attributes) == ([101], (), "{}")

    def test_what_a_known_user_did_on_an_erased_person_s_device_is_the_user_s(self, store: Store) -> None:
        _two_people(store)
        store.people.erase("ann", 100)
        assert store.events.append([view("tea", 7, user="bob", visitor="phone")]).accepted == 1

    def test_events_later_than_the_clock_are_erased_too(self, store: Store) -> None:
        _two_people(store)
        assert store.people.erase("ann", 2).until == 3
        assert store.events.append([view("tea", 3, user="ann")]).accepted == 0

    def test_attributes_of_an_erased_user_wait_for_a_new_act(self, store: Store) -> None:
        _two_people(store)
        store.people.erase("ann", 100)
        users = pl.DataFrame({"user_id": ["ann", "bob"], "attributes": ['{"age":30}', "{}"]})
        receipt = store.events.ingest_users(users)
        assert [(refusal.row, "was erased" in refusal.reason) for refusal in receipt.rejected] == [(0, True)]
        store.events.append([view("tea", 101, user="ann")])
        assert store.events.ingest_users(users).rejected == ()

    def test_links_of_an_erased_user_or_visitor_wait_for_a_new_act(self, store: Store) -> None:
        _two_people(store)
        store.people.erase("ann", 100)
        links = pl.DataFrame({"visitor_id": ["phone", "tablet", "desk"], "user_id": ["bob", "ann", "bob"]})
        receipt = store.people.link(links)
        assert [refusal.row for refusal in receipt.rejected] == [0, 1]
        assert receipt.accepted == 1
        assert "was erased" in receipt.rejected[0].reason
        assert store.people.held("phone", visitor=True) is None
        assert store.people.held("ann") is None
        store.events.append([view("tea", 101, user="ann", visitor="phone")])
        assert store.people.link(links[1:2]).accepted == 1

    def test_a_late_batch_of_exposures_does_not_bring_an_erased_person_back(self, store: Store) -> None:
        _two_people(store)
        store.people.erase("ann", 100)
        late = [exposure("x", 99, user="ann"), exposure("y", 99, visitor="phone"), exposure("z", 101, user="ann")]
        assert store.exposures.append(late) == 1

    def test_many_ids_are_looked_up_as_few_are(self, store: Store) -> None:
        store.catalogue.put([TEA])
        store.events.append([view("tea", 1, user="u7")])
        store.people.erase("u7", 5)
        receipt = store.events.ingest(_frame([view("tea", 5, user=f"u{number}") for number in range(1500)]))
        assert (receipt.accepted, [refusal.row for refusal in receipt.rejected]) == (1499, [7])

    def test_what_is_old_is_forgotten_and_the_rest_counted_anew(self, store: Store) -> None:
        rng = np.random.default_rng(5)
        store.catalogue.put([Item(f"i{number}") for number in range(12)])
        events = [random_event(rng) for _ in range(400)]
        store.events.append([replace(one, mark=Mark.BOT if rng.random() < 0.2 else None) for one in events])
        count, young = store.events.count(), logged(store).filter(pl.col("time") >= 150)
        aged = store.people.aged(150)
        change = store.change_number()

        gone = [store.people.forget([person], 150) for person in aged["person"].to_list()]

        assert gone == aged["rows"].to_list()
        assert store.events.count() == count - sum(gone)
        assert logged(store).equals(young)
        assert store.people.aged(150).is_empty()
        assert store.change_number() > change  # what was trained before is to be trained again
        assert_aggregates(store)

    def test_a_guest_without_any_event_left_is_forgotten_and_a_user_is_not(self, store: Store) -> None:
        _two_people(store)
        persons = store.people.aged(LATE)["person"].to_list()
        assert store.people.forget(persons, LATE) == 5
        assert store.people.held("desk", visitor=True) is not None  # an exposure is held still
        assert store.events.persons()["user_id"].to_list() == ["ann", "bob"]
        assert len(store.events.history("ann", None).total) == 0

    def test_scrubbing_changes_nothing_that_is_kept(self, store: Store) -> None:
        _two_people(store)
        before = logged(store)
        store.people.erase("desk", 100, visitor=True)
        store.scrub()
        assert logged(store).equals(before.filter(pl.col("time") != 5))


def _two_people(store: Store) -> None:
    """Ann with a phone, on which she once searched as a bot does; Bob; a guest at a desk. Each was shown something."""
    store.catalogue.put([TEA, CUP])
    store.events.append(
        [
            view("tea", 1, visitor="phone"),
            view("cup", 2, user="ann", visitor="phone"),
            Event(EventType.SEARCH, 3, visitor_id="phone", query="spoon", mark=Mark.BOT),
            view("tea", 4, user="bob"),
            view("tea", 5, visitor="desk"),
        ]
    )
    store.events.ingest_users(pl.DataFrame({"user_id": ["ann"], "attributes": ['{"age":30}']}))
    store.exposures.append(
        [
            exposure("by-user", 1, user="ann"),
            exposure("by-guest", 2, visitor="phone"),
            exposure("of-bob", 3, user="bob", visitor="phone"),
            exposure("at-desk", 4, visitor="desk"),
        ]
    )


def _frame(events: list[Event]) -> pl.DataFrame:
    fields = ("type", "time", "user_id", "visitor_id", "item_id")
    return pl.DataFrame([{name: getattr(event, name) for name in fields} for event in events], infer_schema_length=None)
