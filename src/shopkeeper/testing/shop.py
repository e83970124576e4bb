"""The toy shop: ten items, twelve households and a quarter of their shopping; small enough to know by heart.

Odd households drink tea, even ones coffee, each with its own biscuits; all buy milk every week. "u1" to "u6" buy on
Mondays, "u7" to "u12" on Thursdays. Nobody ever bought the caviar.
"""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.operation.shop import init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.record import DAY, Event, EventType, Item, Offer, parse_time
from shopkeeper.setting import SHOP_FILE

START: Final = parse_time("2024-01-01")  # a Monday
WEEKS: Final = 13
NOW: Final = "2024-04-01T00:00:00Z"

# item_id, title, category, price in cents
GOODS: Final = (
    ("tea-black", "Black tea, 50 bags", ("Drinks", "Tea"), 349),
    ("tea-green", "Green tea, 20 bags", ("Drinks", "Tea"), 299),
    ("coffee-beans", "Coffee beans, dark roast", ("Drinks", "Coffee"), 899),
    ("coffee-ground", "Ground coffee, mild", ("Drinks", "Coffee"), 599),
    ("milk", "Fresh whole milk, 1 litre", ("Dairy", "Milk"), 119),
    ("cream", "Single cream", ("Dairy", "Cream"), 159),
    ("biscuit-ginger", "Ginger biscuits", ("Bakery", "Biscuits"), 199),
    ("biscuit-oat", "Oat biscuits with chocolate", ("Bakery", "Biscuits"), 229),
    ("soap", "Lavender hand soap", ("Household", "Soap"), 249),
    ("caviar", "Sturgeon caviar, 30 g", ("Delicatessen", "Caviar"), 4900),
)
USERS: Final = tuple(f"u{number}" for number in range(1, 13))


def toy_items() -> tuple[list[Item], list[Offer]]:
    """The ten items, and what they cost from the start on."""
    items = [
        Item(item_id=item_id, title=title, category=category, brand="Toy") for item_id, title, category, _ in GOODS
    ]
    offers = [Offer(item_id, price=price, currency="EUR", valid_from=START) for item_id, _, _, price in GOODS]
    return items, offers


def toy_events() -> list[Event]:
    """Thirteen weeks of baskets, the same on every call."""
    rng = np.random.default_rng(7)
    events: list[Event] = []
    for week in range(WEEKS):
        for number, user in enumerate(USERS, start=1):
            time = START + (7 * week + (0 if number <= 6 else 3)) * DAY + number * DAY // 100
            for item_id in _basket(number, week, rng):
                session = f"{user}-{week}"
                events.append(
                    Event(EventType.PURCHASE, time, user_id=user, item_id=item_id, session_id=session, quantity=1)
                )
    return events


def toy_shop(folder: Path) -> Path:
    """A shop's folder with all of it imported, a bundle trained and published."""
    init_shop(folder, name="Toy shop")
    settings = (folder / SHOP_FILE).read_text("utf-8")
    settings = settings.replace("[shop]\n", f'[shop]\nreplay_now = "{NOW}"\n', 1)
    settings = settings.replace(
        "[evaluation]\n",
        "[evaluation]\nvalidation_from = 2024-02-26\ntest_from = 2024-03-11\ntest_to = 2024-03-31\n",
        1,
    )
    (folder / SHOP_FILE).write_text(settings, "utf-8")
    with open_shop(folder) as shop:
        shop.store.catalogue.put(*toy_items())
        shop.store.events.append(toy_events())
        shop.store.events.ingest_users(pl.DataFrame({"user_id": list(USERS), "attributes": "{}"}))
        train_shop(shop)
    return folder


def _basket(number: int, week: int, rng: np.random.Generator) -> list[str]:
    """What one household buys in one week: milk, its drink, and at times its biscuits, cream or soap."""
    drink, biscuit = ("tea", "biscuit-ginger") if number % 2 else ("coffee", "biscuit-oat")
    kinds = {"tea": ("tea-black", "tea-green"), "coffee": ("coffee-beans", "coffee-ground")}[drink]
    basket = ["milk", kinds[week % 2]]
    basket += [item for item, share in ((biscuit, 0.6), ("cream", 0.3), ("soap", 0.15)) if rng.random() < share]
    return basket
