"""A training's snapshots: each is the shop as of its own time, whichever other one it was made from."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.operation.shop import open_shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.record import Item, Offer, parse_time, silent

FEBRUARY, MARCH, LATER = (parse_time(day) for day in ("2024-02-01", "2024-03-01", "2024-03-20"))


@pytest.fixture
def workshop(trained: Path, tmp_path: Path) -> Iterator[Workshop]:
    """Milk costs 119 at first, 99 in February, and 129 from March on."""
    with open_shop(shutil.copytree(trained, tmp_path / "shop")) as shop:
        dearer = [Offer("milk", price=99, valid_from=FEBRUARY), Offer("milk", price=129, valid_from=MARCH)]
        shop.store.catalogue.put([], dearer, shop.clock.now())
        yield open_workshop(shop, silent)


def price_of_milk(workshop: Workshop, as_of: int, near: int | None = None) -> int:
    """As of a time, told from the snapshot of another."""
    dataset = workshop.snapshot(as_of, None if near is None else workshop.snapshot(near))
    frame = dataset.items.frame
    assert frame.equals(workshop.shop.store.catalogue.frame(as_of))
    return int(frame["price"][frame["item_id"].index_of("milk") or 0])


@pytest.mark.parametrize("near", [None, FEBRUARY - 1, FEBRUARY, MARCH, LATER])
def test_prices_are_those_of_the_snapshots_own_time(workshop: Workshop, near: int | None) -> None:
    assert [price_of_milk(workshop, time, near) for time in (FEBRUARY - 1, FEBRUARY, MARCH - 1, MARCH)] == [
        119,
        99,
        99,
        129,
    ]


def test_what_came_meanwhile_is_in_no_snapshot(workshop: Workshop) -> None:
    """A shop stays open while it is trained."""
    known = len(workshop.everything.items)
    offer = Offer("bread", price=250, valid_from=MARCH)
    workshop.shop.store.catalogue.put([Item("bread", title="Bread")], [offer], workshop.shop.clock.now())
    assert len(workshop.snapshot(MARCH - 1).items) == known


def test_what_is_renamed_meanwhile_has_one_name_in_all_snapshots(workshop: Workshop) -> None:
    """Be its price another one at that time or not."""
    names = workshop.everything.items.frame["title"]
    workshop.shop.store.catalogue.put([Item("milk", title="Oat drink")], [], workshop.shop.clock.now())
    for time in (FEBRUARY, LATER):
        assert workshop.snapshot(time).items.frame["title"].equals(names)
