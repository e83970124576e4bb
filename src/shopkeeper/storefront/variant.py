"""What an item's page tells of the item's attributes, and of the other variants of its group."""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shopkeeper.serving import Variant, Variants
from shopkeeper.storefront.narrow import attribute_title

FACTS: Final = 20  # attributes that a page tells
LONGEST_FACT: Final = 160  # characters of what it tells of one
LONGEST_NAME: Final = 60  # characters of a variant's name
LONGEST_PART: Final = 40  # characters of a value that may be part of one
PARTS: Final = 4  # values that name a variant
_CODE: Final = re.compile(r"(?=.*\d)\S{6,}")  # such as 4006381333931, which tells all apart and a shopper nothing
_ADDRESS: Final = re.compile(r"https?://")


@dataclass(frozen=True, slots=True)
class VariantLink:
    """One variant to choose; the page of the `present` one is open."""

    item_id: str
    name: str
    in_stock: bool
    present: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """What a page tells of one attribute."""

    title: str
    text: str


def links_of(variants: Variants, preferred: Sequence[str] = ()) -> tuple[VariantLink, ...]:
    """A link for each variant, the present one among them; none where there is nothing to choose.

    A variant's name is what tells it apart: its values of the attributes that differ, those that are `preferred`
    first; else its title, else its id.
    """
    shown = variants.shown
    if len(shown) < 2:
        return ()
    return tuple(
        VariantLink(each.item_id, name, each.in_stock, each is variants.present)
        for each, name in zip(shown, _names(shown, preferred), strict=True)
    )


def facts_of(variant: Variant, preferred: Sequence[str] = ()) -> tuple[Fact, ...]:
    """The attributes that have anything to say to a person, at most FACTS, those that are `preferred` first."""
    told = _told(variant)
    names = _ordered([told], preferred)[:FACTS]
    return tuple(Fact(attribute_title(name), _cut(told[name], LONGEST_FACT)) for name in names)


def _names(shown: Sequence[Variant], preferred: Sequence[str]) -> list[str]:
    """Of each variant's namings the first that no other has of those that are left to name."""
    told, titles = [_told(each) for each in shown], [" ".join(each.title.split()) for each in shown]
    telling = _telling(told, titles, preferred)
    values = [" · ".join(_part(name, each[name]) for name in telling if name in each) for each in told]
    names = [""] * len(shown)
    for naming in ([_cut(name, LONGEST_NAME) for name in values], [_cut(name, LONGEST_NAME) for name in titles]):
        times = Counter(name or other for name, other in zip(names, naming, strict=True))
        names = [name or (other if times[other] == 1 else "") for name, other in zip(names, naming, strict=True)]
    return [name or each.item_id for name, each in zip(names, shown, strict=True)]


def _telling(told: Sequence[Mapping[str, str]], titles: Sequence[str], preferred: Sequence[str]) -> list[str]:
    """The attributes that name variants: whose values differ and are short, and, of codes, those without which not all
    are told apart. `told` has a row for each variant.
    """
    values = {name: [each.get(name, "") for each in told] for name in _ordered(told, preferred)}
    telling = [
        name for name, of in values.items() if len(set(of)) > 1 and max(len(value) for value in of) <= LONGEST_PART
    ]
    for name in [name for name in telling if name not in preferred and all(map(_CODE.fullmatch, values[name]))]:
        rest = [each for each in telling if each != name]
        if _all_differ(titles) or _all_differ([tuple(values[each][at] for each in rest) for at in range(len(told))]):
            telling = rest
    return telling[:PARTS]


def _ordered(told: Sequence[Mapping[str, str]], preferred: Sequence[str]) -> list[str]:
    """The names of attributes, those that are preferred first."""
    names = dict.fromkeys(name for each in told for name in each)
    return [name for name in preferred if name in names] + [name for name in names if name not in preferred]


def _told(variant: Variant) -> dict[str, str]:
    """Each attribute's values as one text; addresses, of further pictures say, are nothing to read."""
    words = {
        name: [word for value in values if (word := " ".join(value.split())) and not _ADDRESS.match(word)]
        for name, values in variant.attributes.items()
        if name.strip()
    }
    return {name: ", ".join(several) for name, several in words.items() if several}


def _part(name: str, value: str) -> str:
    return f"{attribute_title(name)}: {value}" if value in ("true", "false") else value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _all_differ(values: Sequence[Hashable]) -> bool:
    return len(set(values)) == len(values)
