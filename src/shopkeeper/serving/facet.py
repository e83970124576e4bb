"""Facets of a search: what the products that match it have in common.

A match is a product that holds every word of the query, or that the list is chosen from: the best of each source,
by words and by meaning. So whatever a list shows is counted, and what merely shares one word with a long query is not.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from shopkeeper.data import ItemTable
from shopkeeper.data.attribute import ATTRIBUTE, LONGEST_NAME, Attributes, attribute_of
from shopkeeper.error import InputError
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Int32
from shopkeeper.pipeline.own_condition import without_own
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.record import MAX_FACET_VALUES, Answer, Facets, Query
from shopkeeper.search import TextSearch
from shopkeeper.search.facet import FACET_COLUMN, CatalogueFacets, own_columns
from shopkeeper.serving.market import View
from shopkeeper.surface import Need, find_surface


@dataclass(frozen=True, slots=True)
class Answered:
    """Requests that were answered together, and with what."""

    search: TextSearch
    pipeline: Pipeline
    batch: QueryBatch
    view: View


class Facetter:
    """Counts what searches found. Thread-safe; what it makes ready of a catalogue it keeps as long as that lives."""

    def __init__(self) -> None:
        self._catalogues: WeakKeyDictionary[ItemTable, CatalogueFacets] = WeakKeyDictionary()
        self._latest: CatalogueFacets | None = None
        self._keeping = threading.Lock()

    def faceted(self, queries: Sequence[Query], answers: Sequence[Answer], answered: Answered) -> list[Answer]:
        """The answers, with facets where a query asks for them."""
        return [
            replace(answer, facets=self._facets(query, row, answered)) if query.facets else answer
            for row, (query, answer) in enumerate(zip(queries, answers, strict=True))
        ]

    def _facets(self, query: Query, row: int, answered: Answered) -> Facets:
        """What one request's matches have in common; a field is counted without the filter's conditions on it."""
        catalogue, met = self._catalogue(answered.view.items), dict[str | None, Int32]()

        def matches(filter: str | None) -> Int32:
            if filter not in met:
                met[filter] = _matches(query, row, answered, filter)
            return met[filter]

        fields = tuple(
            catalogue.facet(field, matches(_without_own(query.filter, field)), query.max_facet_values)
            for field in dict.fromkeys(query.facets)
        )
        return Facets(catalogue.products(matches(query.filter)), fields)

    def _catalogue(self, items: ItemTable) -> CatalogueFacets:
        with self._keeping:
            if items not in self._catalogues:
                self._latest = self._catalogues[items] = CatalogueFacets(items, self._latest)
            return self._catalogues[items]


def check_facets(query: Query, attributes: Attributes) -> None:
    """Raise InputError where a query asks for facets that there are not, UnknownAttribute where no product has one."""
    if not query.facets:
        return
    if find_surface(query.surface).needs is not Need.TEXT:
        raise InputError(f"Facets count what a search found, and {query.surface!r} is no search. Leave them out.")
    unknown = [name for name in query.facets if not own_columns(name)]
    if unknown:
        raise InputError(_no_facet(unknown[0], attributes))
    if not 1 <= query.max_facet_values <= MAX_FACET_VALUES:
        raise InputError(f"max_facet_values is {query.max_facet_values}; ask for 1 to {MAX_FACET_VALUES}.")
    for name in map(attribute_of, query.facets):
        if name is not None:
            attributes.find(name)


def _no_facet(name: str, attributes: Attributes) -> str:
    """What there is instead; an attribute is easily asked for without what comes before its name."""
    told = attributes.told()
    there = f"attribute.NAME with NAME of: {told}" if told else "no product has attributes"
    hint = f"Did you mean {ATTRIBUTE}{name}? " if name in attributes.names() else ""
    return f"There is no facet {name[:LONGEST_NAME]!r}. {hint}There are: {', '.join(FACET_COLUMN)}; {there}."


def _without_own(filter: str | None, field: str) -> str | None:
    return None if filter is None else without_own(filter, own_columns(field))


def _matches(query: Query, row: int, answered: Answered, filter: str | None) -> Int32:
    """The variants that match a request's text and pass a filter, its own or another."""
    batch = answered.batch
    if filter != query.filter:
        shown = answered.view.masks.of(int(batch.now[row]), filter).shown
        batch, row = replace(batch.alone(row), eligible=shown), 0
    candidates = answered.pipeline.proposed(batch, row)
    return answered.search.lexical.search.holding(query.text or "", batch.eligible, candidates)
