"""Tiles: a colour and an icon for an item without a photograph, chosen by what it is."""

import re
from dataclasses import dataclass
from typing import Final
from zlib import crc32

PLAIN_ICON: Final = "bag"

# The narrowest category that says something decides, by its first line here: (how a word begins, hue, icon).
DEPARTMENTS: Final[tuple[tuple[tuple[str, ...], int, str], ...]] = (
    (("frozen", "frzn", "ice", "popsicle"), 215, "snow"),
    (("flower", "floral", "plant", "rose", "bouquet"), 340, "flower"),
    (("pet", "dog", "cat", "bird"), 60, "paw"),
    (("baby", "infant", "diaper", "toddler"), 200, "baby"),
    (("vitamin", "nutrition", "flu", "analgesic", "antacid", "laxative", "first", "sinus", "dietary"), 150, "pill"),
    (("hair", "shav", "razor", "comb"), 310, "scissors"),
    (("oral", "tooth", "dental"), 190, "tooth"),
    (("soap", "clean", "detergent", "laundry", "dishwash", "bleach", "air", "deodorant", "sun"), 195, "spray"),
    (("tissue", "paper", "towel", "napkin", "foil"), 230, "roll"),
    (("candle", "light", "electric", "batter", "hardware"), 55, "bulb"),
    (("magazine", "book", "stationery", "school", "card", "newspaper"), 265, "book"),
    (
        ("gift", "toy", "game", "party", "christmas", "halloween", "easter", "valentine", "season", "spring"),
        350,
        "gift",
    ),
    (("apparel", "hosiery", "sock", "cloth", "shirt"), 250, "shirt"),
    (("wine", "liquor", "spirit", "champagne"), 335, "glass"),
    (("coffee", "tea", "teas", "cocoa"), 30, "cup"),
    (("soft", "drink", "beverage", "water", "juice", "beer", "ale", "soda", "sports"), 265, "bottle"),
    (("milk",), 220, "milk"),
    (("candy", "chocolate", "gum", "sweet", "confection"), 330, "sweet"),
    (("cookie", "cracker", "biscuit", "snack", "chip", "popcorn", "pretzel"), 40, "cookie"),
    (
        ("pizza", "bread", "bun", "roll", "bake", "bakery", "baking", "cake", "pie", "pastr", "dough", "bagel"),
        35,
        "bread",
    ),
    (("egg", "eggs"), 80, "egg"),
    (("cheese", "cheeses"), 70, "cheese"),
    (("dairy", "yogurt", "cream", "butter", "margarine"), 220, "milk"),
    (("cereal", "soup", "breakfast", "noodle", "pasta", "rice", "bean"), 65, "bowl"),
    (("canned", "tinned"), 15, "can"),
    (
        ("sauce", "condiment", "spice", "dressing", "jam", "honey", "pickle", "oil", "syrup", "salsa", "peanut"),
        25,
        "jar",
    ),
    (("fish", "seafood", "salmon", "tuna", "shrimp"), 205, "fish"),
    (("meat", "beef", "pork", "poultry", "chicken", "turkey", "ham", "sausage", "bacon", "deli", "lamb"), 5, "meat"),
    (("apple", "fruit", "berr", "banana", "grape", "citrus", "orange", "melon", "pear", "peach"), 20, "apple"),
    (("carrot", "vegetable", "potato", "onion", "pepper", "tomato", "mushroom"), 95, "carrot"),
    (("produce", "salad", "garden", "herb", "lettuce", "organic"), 125, "leaf"),
    (("cosmetic", "beauty", "makeup", "hand", "bath", "photo", "fragrance", "feminine", "skin"), 325, "drop"),
    (("drug", "health", "pharm"), 175, "pill"),
    (("fuel", "auto", "gas"), 10, "car"),
    (("chef", "restaurant", "meal", "dinner", "kitchen", "cookware"), 45, "bowl"),
    (("house", "home", "misc", "general", "video", "travel", "domestic"), 240, "home"),
    (("grocery", "food", "pantry"), 75, "basket"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """`hue` in degrees of the colour circle; `icon` is a symbol of static/icon.svg; `letters` stand in its corner."""

    hue: int
    icon: str
    letters: str


def tile_of(category: tuple[str, ...], title: str) -> Tile:
    """The tile of an item; categories that nobody foresaw get a colour of their own, always the same."""
    letters = _letters(category[-1] if category else title)
    for name in reversed(category):
        words = re.split(r"[^a-z]+", name.lower())
        for beginnings, hue, icon in DEPARTMENTS:
            if any(word.startswith(beginnings) for word in words):
                return Tile(hue, icon, letters)
    return Tile(crc32("".join(category[:1]).encode()) % 360, PLAIN_ICON, letters)


def _letters(text: str) -> str:
    """The initials of the first two words."""
    words = [word for word in text.replace("/", " ").replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()
