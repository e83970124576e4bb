"""Facets as every door tells them: prices in major units."""

from typing import Any

from shopkeeper.record import Facet, Facets, PriceRange, to_major


def tell_facets(facets: Facets) -> dict[str, Any]:
    """JSON members of an answer: how many products were found, and each facet by its name."""
    return {"found": facets.found, "facets": {facet.field: _facet(facet) for facet in facets.fields}}


def _facet(facet: Facet) -> dict[str, Any]:
    return {
        "values": [{"value": each.value, "count": each.count, "level": each.level} for each in facet.values],
        "distinct": facet.distinct,
        "ranges": [_range(each) for each in facet.ranges],
    }


def _range(prices: PriceRange) -> dict[str, Any]:
    return {
        "currency": prices.currency,
        "min": float(to_major(prices.lowest, prices.currency)),
        "max": float(to_major(prices.highest, prices.currency)),
        "count": prices.count,
    }
