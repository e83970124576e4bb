"""A search as its page shows it: what was found, by what it is narrowed, and what else there is to choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shopkeeper.error import UnknownAttribute
from shopkeeper.record import Query
from shopkeeper.serving import Engine
from shopkeeper.storefront.narrow import ASKED, Choices, Narrowing, choices_of, facet_fields
from shopkeeper.storefront.row import SPARE, Row, rows_of, unlike
from shopkeeper.storefront.shopper import Shopper

LENGTH: Final = 24  # cards


@dataclass(frozen=True, slots=True)
class Found:
    """A page's row, none where nothing was typed, and its narrowing."""

    rows: Sequence[Row]
    narrowing: Narrowing
    choices: Sequence[Choices]


def search(
    engine: Engine, q: str, shopper: Shopper, fields: Iterable[tuple[str, str]], attributes: Sequence[str]
) -> Found:
    """What is found for `q`, narrowed as the fields of an address say, by what the shop offers of attributes.

    One that no product has, as yet or any more, is left out, as if the shop did not offer it.
    """
    said = Narrowing.of(fields)
    while True:
        narrowing = said.among(attributes)
        try:
            rows = unlike(rows_of(engine, _queries(q, shopper, narrowing, attributes)), LENGTH)
        except UnknownAttribute as problem:
            if problem.name not in attributes:
                raise
            attributes = [name for name in attributes if name != problem.name]
        else:
            shared: Mapping[str, str] = {"q": q, **shopper.kept}
            return Found(rows, narrowing, choices_of(rows[0].facets if rows else None, narrowing, shared))


def _queries(q: str, shopper: Shopper, narrowing: Narrowing, attributes: Sequence[str]) -> list[Query]:
    """The query of a search; none where nothing was typed."""
    if not q:
        return []
    query = Query(
        "search",
        SPARE * LENGTH,
        shopper.user_id,
        shopper.visitor_id,
        text=q,
        filter=narrowing.filter,
        market=shopper.market,
        facets=facet_fields(attributes),
        max_facet_values=ASKED,
    )
    return [query]
