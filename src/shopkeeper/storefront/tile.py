"""Tiles: a colour and an icon for an item without a photograph, chosen by its department."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

PLAIN_ICON: Final = "bag"

# The first line with a word that begins a word of the department decides: (words, hue in degrees, icon).
DEPARTMENTS: Final[tuple[tuple[tuple[str, ...], int, str], ...]] = (
    (("produce", "fruit", "vegetable", "salad", "garden"), 110, "leaf"),
    (("seafood", "fish"), 200, "fish"),
    (("meat", "poultry", "deli", "chef", "restaurant"), 5, "meat"),
    (("pastry", "bakery", "bread"), 35, "bread"),
    (("dairy", "milk", "cheese", "egg"), 50, "milk"),
    (("frozen", "frzn"), 215, "snow"),
    (("drink", "beverage", "coffee", "tea", "spirits", "wine", "beer"), 285, "cup"),
    (("cosmetic", "beauty", "photo"), 325, "drop"),
    (("nutrition", "vitamin"), 150, "pill"),
    (("drug", "health", "pharm"), 175, "pill"),
    (("floral", "flower", "plant"), 340, "flower"),
    (("fuel", "auto", "gas"), 20, "car"),
    (("house", "home", "misc", "general", "toy", "video", "travel"), 240, "home"),
    (("grocery", "food", "pantry"), 75, "basket"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """`hue` in degrees of the colour circle; `icon` is a symbol of static/icon.svg; `letters` stand in its corner."""

    hue: int
    icon: str
    letters: str


def tile_of(category: tuple[str, ...], title: str) -> Tile:
    """The tile of an item; departments that nobody foresaw get a colour of their own, always the same."""
    department = category[0] if category else ""
    words = department.lower().replace("&", " ").replace("-", " ").replace("/", " ").split()
    letters = _letters(category[-1] if category else title)
    for beginnings, hue, icon in DEPARTMENTS:
        if any(word.startswith(beginnings) for word in words):
            return Tile(hue, icon, letters)
    return Tile(crc32(department.encode()) % 360, PLAIN_ICON, letters)


def _letters(text: str) -> str:
    """The initials of the first two words."""
    words = [word for word in text.replace("/", " ").replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()
