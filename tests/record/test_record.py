"""Records: what stores and bundles count on never changing."""

from dataclasses import FrozenInstanceError

import pytest

from shopkeeper.record import DEFAULT_WEIGHT, EVENT_CODE, Event, EventType, Item, Offer, Query


def test_codes_of_event_types_are_for_ever() -> None:
    assert [kind.value for kind in sorted(EVENT_CODE, key=lambda kind: EVENT_CODE[kind])] == [
        "impression", "click", "view", "wish", "cart", "uncart", "purchase", "return", "rate", "review", "search",
        "redeem", "dismiss",
    ]  # fmt: skip
    assert sorted(EVENT_CODE.values()) == list(range(13))


def test_every_event_type_has_a_weight() -> None:
    assert set(DEFAULT_WEIGHT) == set(EventType)
    assert {kind for kind, weight in DEFAULT_WEIGHT.items() if weight < 0} == {"uncart", "return", "dismiss"}
    assert {kind for kind, weight in DEFAULT_WEIGHT.items() if weight == 0} == {"impression", "search"}


@pytest.mark.parametrize("record", [Item("a"), Offer("a"), Event(EventType.VIEW, 1), Query("home")])
def test_records_cannot_be_changed(record: Item | Offer | Event | Query) -> None:
    name = next(iter(type(record).__dataclass_fields__))
    with pytest.raises(FrozenInstanceError):
        setattr(record, name, "other")


def test_records_share_no_state() -> None:
    one, other = Event(EventType.VIEW, 1), Event(EventType.VIEW, 1)
    assert one.context is not other.context
    assert Item("a") == Item("a")
