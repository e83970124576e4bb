"""A query as the API takes it, in a body or in a URL."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from shopkeeper.api.field import Id
from shopkeeper.api.item_body import Market
from shopkeeper.record import MAX_FACET_VALUES, MAX_N, Query

MAX_QUERIES: Final = 100
MAX_CONTEXT_ITEMS: Final = 100
MAX_FACETS: Final = 20

Length = Annotated[int, Field(ge=1, le=MAX_N, description="how many places the list has")]
Words = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
FilterText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        pattern=r"^[^\x00]*$",
        description="a SQL Boolean over item columns and attributes: price < 5 AND brand IN ('a', 'b') AND in_stock "
        "AND attribute.colour = 'red'",
    ),
]
SurfaceName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
MarketName = Annotated[
    Market, Field(description="the market or store whose prices and stock count; absent: the default")
]
ContextItems = Annotated[list[Id], Field(max_length=MAX_CONTEXT_ITEMS)]
FacetNames = Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=MAX_FACETS)]
FacetLength = Annotated[
    int, Field(ge=1, le=MAX_FACET_VALUES, description="how many values of each facet, the most frequent first")
]


class QueryIn(BaseModel):
    """One request for a list."""

    model_config = ConfigDict(extra="forbid")

    surface: SurfaceName = Field(description="a name of GET /v1/surfaces")
    n: Length = 10
    user_id: Id | None = None
    visitor_id: Id | None = None
    item_ids: ContextItems = Field(default_factory=list, description="the item looked at, or the cart")
    text: Words | None = Field(None, description="what is searched for")
    filter: FilterText | None = None
    market: MarketName = ""
    facets: FacetNames = Field(
        default_factory=list,
        description="of a search: fields by which to count the products found: brand, category, department, price, or "
        'an attribute, attribute.colour or attribute."screen size"',
    )
    max_facet_values: FacetLength = 20

    def query(self) -> Query:
        """The engine's own."""
        return Query(
            surface=self.surface,
            n=self.n,
            user_id=self.user_id,
            visitor_id=self.visitor_id,
            item_ids=tuple(self.item_ids),
            text=self.text,
            filter=self.filter,
            market=self.market,
            facets=tuple(self.facets),
            max_facet_values=self.max_facet_values,
        )


def split_facets(names: list[str]) -> tuple[str, ...]:
    """The names of a URL's parameter, which may be repeated, and hold several with commas between."""
    return tuple(name for part in names for name in map(str.strip, part.split(",")) if name)


class QueryBatch(BaseModel):
    """Several requests, answered in one go."""

    model_config = ConfigDict(extra="forbid")

    queries: list[QueryIn] = Field(min_length=1, max_length=MAX_QUERIES)


def _shape(body: object) -> str:
    return "many" if isinstance(body, QueryBatch) or (isinstance(body, dict) and "queries" in body) else "one"


RecommendBody = Annotated[
    Annotated[QueryIn, Tag("one")] | Annotated[QueryBatch, Tag("many")],
    Discriminator(_shape),
]
