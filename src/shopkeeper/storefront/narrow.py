"""Narrowing a search: the brands and the category that a shopper has chosen, and what else there is to choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from shopkeeper.record import Facet, Facets, FacetValue
from shopkeeper.storefront.view import link

BRAND: Final = "brand"
CATEGORY: Final = "category"
FACETS: Final = (CATEGORY, BRAND)
ASKED: Final = 200  # values of a facet: enough to find the next level of a category among those of all levels
SHOWN: Final = 12  # of them on the page
MOST_BRANDS: Final = 10
LONGEST: Final = 600  # characters of a name
STEP: Final = " > "


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Products of any of `brands`, and in `category` (a path) or below it; "" and () restrict nothing."""

    brands: tuple[str, ...] = ()
    category: str = ""

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """From the fields of an address."""
        said = [(name, _named(value)) for name, value in fields]
        brands = dict.fromkeys(value for name, value in said if name == BRAND and value)
        category = [value for name, value in said if name == CATEGORY]
        return cls(tuple(brands)[:MOST_BRANDS], category[-1] if category else "")

    @property
    def fields(self) -> dict[str, object]:
        """What an address says of it."""
        return {CATEGORY: self.category, BRAND: self.brands}

    @property
    def address(self) -> str:
        """The fields as a form carries them along."""
        return link("", **self.fields).removeprefix("?")

    @property
    def filter(self) -> str | None:
        """What lists are filtered by."""
        conditions = []
        if self.brands:
            conditions.append(f"brand IN ({', '.join(map(_quoted, self.brands))})")
        if self.category:
            # What begins with "path > " lies between that and "path >!", the exclamation mark being next to the space;
            # LIKE would take a % or _ in a name for any letters.
            path, first, beyond = (_quoted(f"{self.category}{end}") for end in ("", STEP, STEP.rstrip() + "!"))
            conditions.append(f"(category = {path} OR (category >= {first} AND category < {beyond}))")
        return " AND ".join(conditions) or None


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that narrows a search, or takes that back where it is `chosen`; `count` products lie behind it."""

    name: str
    count: int
    address: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose of one field."""

    field: str
    title: str
    choices: tuple[Choice, ...]


def choices_of(facets: Facets | None, narrowing: Narrowing, shared: Mapping[str, object]) -> list[Choices]:
    """Fields of which there is something to choose, or to take back; `shared` is what addresses say beside it."""
    if facets is None:
        return []
    found = {facet.field: facet for facet in facets.fields}

    def choice(name: str, count: int, then: Narrowing, *, chosen: bool = False) -> Choice:
        return Choice(name, count, link("/search", **shared, **then.fields), chosen)

    categories = [
        choice(name, count, replace(narrowing, category=path), chosen=chosen)
        for name, count, path, chosen in _steps(found[CATEGORY], narrowing.category)
    ]
    brands = [
        choice(name, count, _toggled(narrowing, name), chosen=name in narrowing.brands)
        for name, count in _brands(found[BRAND], narrowing.brands)
    ]
    told = [Choices(CATEGORY, "Category", tuple(categories)), Choices(BRAND, "Brand", tuple(brands))]
    return [each for each in told if len(each.choices) > 1 or any(one.chosen for one in each.choices)]


def _steps(facet: Facet, chosen: str) -> list[tuple[str, int, str, bool]]:
    """Name, count, path to go to, and whether it is chosen: the steps down to the chosen category, and those below.

    A chosen step leads back to the one above it. Where all lies in one category, the choice is among what it holds.
    """
    count = {each.value: each.count for each in facet.values}
    path = chosen.split(STEP) if chosen else []
    down = [(path[at], count.get(STEP.join(path[: at + 1]), 0), STEP.join(path[:at]), True) for at in range(len(path))]
    below = _below(facet, chosen)
    while len(below) == 1 and (deeper := _below(facet, below[0].value)):
        below = deeper
    return down + [(each.value.rpartition(STEP)[2], each.count, each.value, False) for each in below[:SHOWN]]


def _below(facet: Facet, path: str) -> list[FacetValue]:
    """The categories one step below a path."""
    beginning = f"{path}{STEP}" if path else ""
    level = path.count(STEP) + 2 if path else 1
    return [each for each in facet.values if each.level == level and each.value.startswith(beginning)]


def _brands(facet: Facet, chosen: Sequence[str]) -> list[tuple[str, int]]:
    """Chosen brands first, then the most frequent ones."""
    count = {each.value: each.count for each in facet.values}
    others = [(name, number) for name, number in count.items() if name not in chosen]
    return [(name, count.get(name, 0)) for name in chosen] + others[: max(SHOWN - len(chosen), 0)]


def _toggled(narrowing: Narrowing, brand: str) -> Narrowing:
    if brand in narrowing.brands:
        return replace(narrowing, brands=tuple(name for name in narrowing.brands if name != brand))
    return replace(narrowing, brands=(*narrowing.brands, brand))


def _named(text: str) -> str:
    """A name from an address, as the catalogue spells it: shops do write spaces that do not break into names."""
    return "".join(letter for letter in text if letter >= " " and letter != "\x7f")[:LONGEST]


def _quoted(text: str) -> str:
    """A text as a filter holds it."""
    return "'" + text.replace("'", "''") + "'"
