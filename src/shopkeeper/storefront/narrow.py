"""Narrowing a search: what a shopper has chosen of categories, brands and attributes, and what else there is to choose.

A category is one path, of which something may lie below. Of all other fields a shopper may choose several values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

from shopkeeper.data.attribute import ATTRIBUTE, attribute_of
from shopkeeper.pipeline.expression import MAX_BYTES
from shopkeeper.record import Facet, Facets, FacetValue
from shopkeeper.storefront.view import link

BRAND: Final = "brand"
CATEGORY: Final = "category"
ASKED: Final = 200  # values of a facet: enough to find the next level of a category among those of all levels
SHOWN: Final = 12  # of them on the page
MOST_BRANDS: Final = 10
MOST_VALUES: Final = 20  # of all attributes together; with five attributes and a category, within a filter's 50 terms
LONGEST: Final = 600  # characters of a name; a longer one is none that can be chosen
STEP: Final = " > "

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Products of any of `brands`, in `category` (a path) or below it, and with any of the values that are chosen of
    each of `attributes`; what is empty restricts nothing."""

    brands: Values = ()
    category: str = ""
    attributes: Mapping[str, Values] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """From the fields of an address."""
        said = [(name, _named(value)) for name, value in fields]
        chosen = [(name, value) for name, value in dict.fromkeys(said) if value]
        brands = [value for name, value in chosen if name == BRAND]
        category = [value for name, value in said if name == CATEGORY]
        said_of = [(name.removeprefix(ATTRIBUTE), value) for name, value in chosen if name.startswith(ATTRIBUTE)]
        return cls(tuple(brands[:MOST_BRANDS]), category[-1] if category else "", _by_name(said_of))

    def among(self, attributes: Sequence[str]) -> Self:
        """What is chosen, of attributes only what is offered, in that order; where a filter does not hold all of it,
        without the longest names."""
        offered = [(name, value) for name in attributes for value in self.attributes.get(name, ())]
        narrowing = replace(self, attributes=_by_name(offered[:MOST_VALUES]))
        while len((narrowing.filter or "").encode()) > MAX_BYTES:
            narrowing = narrowing._without_longest()
        return narrowing

    def choosing(self, attribute: str, values: Values) -> Self:
        """With other values of an attribute."""
        return replace(self, attributes={**self.attributes, attribute: values})

    def _without_longest(self) -> Self:
        """Without its longest name, so that it takes no place of others; of equally long ones, without the last."""
        chosen = [(CATEGORY, self.category), *((BRAND, value) for value in self.brands)]
        chosen += [(f"{ATTRIBUTE}{name}", value) for name, values in self.attributes.items() for value in values]
        longest = max(range(len(chosen)), key=lambda at: (len(_quoted(chosen[at][1]).encode()), at))
        return self.of(chosen[:longest] + chosen[longest + 1 :])

    @property
    def fields(self) -> dict[str, object]:
        """What an address says of it."""
        attributes = {f"{ATTRIBUTE}{name}": values for name, values in self.attributes.items()}
        return {CATEGORY: self.category, BRAND: self.brands, **attributes}

    @property
    def address(self) -> str:
        """The fields as a form carries them along."""
        return link("", **self.fields).removeprefix("?")

    @property
    def filter(self) -> str | None:
        """What lists are filtered by."""
        conditions = [_any_of(BRAND, self.brands)] if self.brands else []
        if self.category:
            # What begins with "path > " lies between that and "path >!", the exclamation mark being next to the space;
            # LIKE would take a % or _ in a name for any letters.
            path, first, beyond = (_quoted(f"{self.category}{end}") for end in ("", STEP, STEP.rstrip() + "!"))
            conditions.append(f"(category = {path} OR (category >= {first} AND category < {beyond}))")
        conditions += [_any_of(attribute_field(name), values) for name, values in self.attributes.items() if values]
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

    title: str
    choices: tuple[Choice, ...]


def facet_fields(attributes: Sequence[str]) -> tuple[str, ...]:
    """What is counted of a search, for `choices_of`."""
    return (CATEGORY, BRAND, *map(attribute_field, attributes))


def attribute_field(name: str) -> str:
    """An attribute as filters and facets name it, whatever its name is made of."""
    return ATTRIBUTE + '"' + name.replace('"', '""') + '"'


def attribute_title(name: str) -> str:
    """An attribute's name as a page shows it."""
    title = name.replace("_", " ")
    return title[:1].upper() + title[1:]


def choices_of(facets: Facets | None, narrowing: Narrowing, shared: Mapping[str, object]) -> list[Choices]:
    """Fields of which there is something to choose, or to take back, in the order in which they were counted; `shared`
    is what addresses say beside it."""
    if facets is None:
        return []
    told = [_choices(facet, narrowing, shared) for facet in facets.fields]
    return [each for each in told if len(each.choices) > 1 or any(one.chosen for one in each.choices)]


def _choices(facet: Facet, narrowing: Narrowing, shared: Mapping[str, object]) -> Choices:
    """What there is to choose of one field that was counted."""
    if facet.field == CATEGORY:
        steps = [
            Choice(name, count, link("/search", **shared, **replace(narrowing, category=path).fields), chosen)
            for name, count, path, chosen in _steps(facet, narrowing.category)
        ]
        return Choices("Category", tuple(steps))
    chosen, title, choosing = _several(facet.field, narrowing)
    values = [
        Choice(name, count, link("/search", **shared, **choosing(_toggled(chosen, name)).fields), name in chosen)
        for name, count in _values(facet, chosen)
    ]
    return Choices(title, tuple(values))


def _several(field: str, narrowing: Narrowing) -> tuple[Values, str, Callable[[Values], Narrowing]]:
    """Of a field of several values: those that are chosen, its title, and the narrowing with others."""
    attribute = attribute_of(field)
    if attribute is None:
        return narrowing.brands, "Brand", lambda values: replace(narrowing, brands=values)
    chosen = narrowing.attributes.get(attribute, ())
    return chosen, attribute_title(attribute), lambda values: narrowing.choosing(attribute, values)


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


def _values(facet: Facet, chosen: Sequence[str]) -> list[tuple[str, int]]:
    """Chosen values first, then the most frequent ones."""
    count = {each.value: each.count for each in facet.values}
    others = [(name, number) for name, number in count.items() if name not in chosen]
    return [(name, count.get(name, 0)) for name in chosen] + others[: max(SHOWN - len(chosen), 0)]


def _toggled(chosen: Values, value: str) -> Values:
    return tuple(each for each in chosen if each != value) if value in chosen else (*chosen, value)


def _by_name(chosen: Iterable[tuple[str, str]]) -> dict[str, Values]:
    """The values of each attribute, both in the order in which they come."""
    values: dict[str, list[str]] = {}
    for name, value in chosen:
        values.setdefault(name, []).append(value)
    return {name: tuple(of_name) for name, of_name in values.items()}


def _any_of(column: str, values: Values) -> str:
    """The condition that a column has one of some values."""
    return f"{column} IN ({', '.join(map(_quoted, values))})"


def _named(text: str) -> str:
    """A name from an address, as the catalogue spells it: shops do write spaces that do not break into names.

    "" where it is too long: the beginning of a name is none that a product has.
    """
    name = "".join(letter for letter in text if letter >= " " and letter != "\x7f")
    return name if len(name) <= LONGEST else ""


def _quoted(text: str) -> str:
    """A text as a filter holds it."""
    return "'" + text.replace("'", "''") + "'"
