"""Readable titles, descriptions and category paths for the grocer's products, made from its codes."""

import re
from dataclasses import dataclass
from functools import cache

from shopkeeper.data.reader.abbreviation import phrases, size_phrase, spelled
from shopkeeper.store.frame import CATEGORY_SEPARATOR

# Types that say nothing without their category.
_QUALIFIERS = frozenset(
    """
    abrasives accessories added adult all activity angus applicators as basic beef better blend blends boxed
    brushes budget bulk butts chicken children's classic cooked cubed cups decor deluxe drums dry economy enhanced
    everyday external fashion flats flavored for fresh frozen ground grinds gourmet happy holiday in ingredients
    internal items kids' kits large lean made mainstream marinated medium microwave mini misc mix mixed mixes
    multipacks natural new non novelties novelty of offals or organic other outdoor packaged packs patties pork
    pre-cooked premium prime processed promo promotional quarters quarts raw red regular rib ribs round seasonal
    seasoned select small smoked special specialty standard store stuffed super tickets traditional treats turkey
    ultra utility value variety wet whole wings thighs loin with wrap you and sauce entrees flank juice kit pack
    dips dressings soups spices snacks
    """.split()
)
_CASE = re.compile(r"(\d+\.?\d*) (lb|count)$")
LARGEST_BAG = 5  # lb; more is a case
BRANDS = {"National": "National brand", "Private": "Store brand"}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a shopper reads of one kind of product, before its size."""

    name: str  # "" where the grocer tells nothing
    category: str  # a path, broad to narrow
    department: str
    loose: bool = False  # sold by the piece or by weight: its package size is the case that the shop receives


@cache
def wording(department: str | None, category: str | None, product_type: str | None) -> Wording:
    """The words for a product of this department, category and type, any of which may be missing."""
    shelf = phrases("department").get(department or "") or sentence(spelled(department or "")) or "Miscellaneous"
    group = _category(category)
    name = _type(category, product_type, group)
    path = dict.fromkeys(part for part in (shelf, sentence(group), sentence(name)) if part)
    loose = department == "PRODUCE" and "POTATO" not in (category or "")
    return Wording(sentence(name or group), CATEGORY_SEPARATOR.join(path), shelf, loose)


def measure(words: Wording, size: str | None) -> str:
    """The package size in words; "" for the case that loose produce comes in ("40 LB" of bananas)."""
    phrase = size_phrase(size)
    if words.loose and (match := _CASE.search(phrase)):
        return "" if match[2] == "count" or float(match[1]) > LARGEST_BAG else phrase
    return phrase


def title(item_id: str, words: Wording, size: str | None) -> str:
    """ "Italian or French bread, 16 oz"; an item of which nothing is known is named by its number."""
    if not words.name:
        return f"Item {item_id}, {words.department[:1].lower()}{words.department[1:]}"
    amount = measure(words, size)
    return f"{words.name}, {amount}" if amount and amount not in words.name else words.name


def description(words: Wording, brand: str | None, size: str | None) -> str:
    """One sentence with the brand class, the size and the shelf."""
    kind = BRANDS.get(brand or "", "")
    name = (
        words.name[:1].lower() + words.name[1:] if words.name[1:2].islower() and not _proper(words.name) else words.name
    )
    parts = [f"{kind} {name or 'item'}".strip()]
    parts += [amount] if (amount := measure(words, size)) else []
    shelf = words.category.split(CATEGORY_SEPARATOR)
    return f"{sentence(', '.join(parts))}. Found in {' > '.join(shelf[:2])}."


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _proper(name: str) -> bool:
    """Whether the first word is written with a capital inside a sentence too."""
    return name.split(" ", 1)[0].rstrip(",") in set(phrases("word").values()) | {
        "Red",
        "Golden",
        "Gala",
        "Granny",
        "Fuji",
    }


def _category(category: str | None) -> str:
    return (phrases("category").get(category) or spelled(category)) if category else ""


def _type(category: str | None, product_type: str | None, group: str) -> str:
    """The type in words, with its category where it says little alone."""
    if not product_type:
        return ""
    table = phrases("type")
    listed = table.get(f"{category}|{product_type}") or table.get(product_type)
    if listed:
        return listed
    if product_type.endswith("-MAGAZINE"):
        return f"{spelled(product_type.removesuffix('-MAGAZINE'))} magazine"
    name = spelled(product_type)
    words, around = set(name.replace(",", "").split()), set(group.replace(",", "").split())
    if not group or around <= words or not words <= _QUALIFIERS:
        return name
    return group if words <= around else f"{group}, {name}"
