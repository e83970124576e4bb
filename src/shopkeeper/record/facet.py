"""Facets: how many of the products that a search found have each value of a field, so that shoppers can narrow it."""

from dataclasses import dataclass
from typing import Final

MAX_FACET_VALUES: Final = 200  # values of one field that can be asked for


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`count` products have this value; `level` is how deep a category lies, from 1, and None of other fields."""

    value: str
    count: int
    level: int | None = None


@dataclass(frozen=True, slots=True)
class PriceRange:
    """From the lowest to the highest price, minor units of `currency`, of `count` products."""

    currency: str
    lowest: int
    highest: int
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One field: the most frequent of its `distinct` values; of prices a range for each currency instead."""

    field: str
    values: tuple[FacetValue, ...] = ()
    distinct: int = 0
    ranges: tuple[PriceRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Facets:
    """`found` products match a search and its filter; `fields` are the facets that it asked for, in its order."""

    found: int
    fields: tuple[Facet, ...]
