"""A small store in which every table has rows, and shops to put it in: for tests that move or forget what is held."""

from pathlib import Path
from typing import Final

import polars as pl

from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.record import DAY, Event, EventType, Item, Mark, Offer
from shopkeeper.setting import SHOP_FILE
from shopkeeper.store import Store
from shopkeeper.testing.exposure_contract import exposure

LAST: Final = 100 * DAY  # the time of the latest event


def shop_at(folder: Path, url: str | None = None) -> Shop:
    """An open shop in a new folder, its store at a URL (absent: the folder's own SQLite file)."""
    path = init_shop(folder)
    if url is not None:
        text = path.read_text("utf-8").replace('# url = "sqlite:///shop.db"', f'url = "{url}"', 1)
        (folder / SHOP_FILE).write_text(text, "utf-8")
    return open_shop(folder)


def fill(store: Store) -> None:
    """Goods in a group and in markets, one deleted; users, a guest, a bot; something in every other table too."""
    goods = [
        Item(f"i{number}", title=f"Thing {number}", group_id="pair" if number < 2 else None) for number in range(6)
    ]
    offers = [
        Offer("i0", price=150, currency="EUR", valid_from=1),
        Offer("i0", price=170, currency="EUR", valid_from=5 * DAY),
        Offer("i1", market="AT", price=160, currency="EUR", stock=3, valid_from=2, valid_to=LAST),
    ]
    store.catalogue.put([*goods, Item("odd", attributes={"note": 'a "quoted", comma\nand line'})], offers)
    store.events.ingest_users(pl.DataFrame({"user_id": ["ann", "silent"], "attributes": ['{"age":30}', "{}"]}))
    store.events.append(_events())
    store.catalogue.delete("i5")
    store.exposures.append([exposure("r1", 3, user="ann"), exposure("r2", LAST, visitor="desk", n=0)])
    store.office.publish("b1")
    store.office.record_import("f", 2, '{"done": true}')
    store.people.erase("gone", 4)


def _events() -> list[Event]:
    view, buy = EventType.VIEW, EventType.PURCHASE
    return [
        Event(view, 1, user_id="gone", item_id="i0"),
        Event(view, 2, visitor_id="phone", item_id="i1"),
        Event(buy, 3, "ann", "phone", "i0", event_id="order-1", quantity=1.5, value=225, currency="EUR"),
        Event(view, 50 * DAY, visitor_id="desk", item_id="i5", context={"a": [1, "ü"]}),
        Event(EventType.SEARCH, 51 * DAY, visitor_id="desk", query='tea, "green"'),
        Event(view, 52 * DAY, user_id="crawler", item_id="i2", mark=Mark.BOT),
        Event(EventType.RATE, LAST, user_id="ann", item_id="i2", rating=4.0, session_id="s", text=""),
        Event(view, LAST, user_id="bob", visitor_id="tablet", item_id="i3", surface="home", position=2),
    ]
