"""The routes that answer with lists."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.responses import Response

from shopkeeper import record
from shopkeeper.api.answer import AnswerOut, AnswersOut, answer_response
from shopkeeper.api.field import Id
from shopkeeper.api.query_body import (
    ContextItems,
    FacetLength,
    FacetNames,
    FilterText,
    Length,
    MarketName,
    QueryBatch,
    RecommendBody,
    SurfaceName,
    Words,
    split_facets,
)
from shopkeeper.operation.answer import tell_answers
from shopkeeper.serving import Engine
from shopkeeper.surface import SURFACES, find_surface

SEARCH = "search"
EXAMPLES = {
    "one": {"value": {"surface": "home", "user_id": "27", "n": 10}},
    "filtered": {"value": {"surface": "similar", "item_ids": ["1082185"], "filter": "price < 5 AND in_stock"}},
    "facets": {"value": {"surface": "search", "text": "tea", "facets": ["brand", "category", "price"]}},
    "batch": {"value": {"queries": [{"surface": "home", "user_id": "27"}, {"surface": "trending"}]}},
}


class SurfaceOut(BaseModel):
    """A place that asks for a list."""

    name: str
    title: str
    needs: str = Field(description='what it answers to: "user", "items", "text" or "nothing"')


def recommend_routes(engine: Engine) -> APIRouter:
    """The routes that answer with lists; GET for pages and caches, POST for everything else."""
    routes = APIRouter(tags=["lists"])

    @routes.post("/v1/recommend", response_model=AnswerOut | AnswersOut, summary="One list, or several")
    def recommend(body: Annotated[RecommendBody, Body(openapi_examples=EXAMPLES)]) -> Response:
        """A query gives a list; {"queries": [...]} gives {"answers": [...]}, all from one pass."""
        if isinstance(body, QueryBatch):
            answers = engine.recommend([query.query() for query in body.queries])
            return Response(to_json({"answers": tell_answers(engine, answers)}), media_type="application/json")
        return _answer(engine, body.query())

    @routes.get("/v1/recommend/{surface}", response_model=AnswerOut, summary="One list of a surface")
    def recommend_surface(
        surface: Annotated[SurfaceName, Path()],
        *,
        user_id: Annotated[Id | None, Query()] = None,
        visitor_id: Annotated[Id | None, Query()] = None,
        item_id: Annotated[ContextItems | None, Query(description="the item looked at; repeat it for a cart")] = None,
        n: Annotated[Length, Query()] = 10,
        filter: Annotated[FilterText | None, Query()] = None,
        market: Annotated[MarketName, Query()] = "",
    ) -> Response:
        items = tuple(item_id or ())
        query = record.Query(surface, n, user_id, visitor_id, items, filter=filter, market=market)
        find_surface(surface).check(query, named="item_id")
        return _answer(engine, query)

    _add_search(routes, engine)

    @routes.get("/v1/surfaces", summary="The surfaces that can be asked")
    def surfaces() -> list[SurfaceOut]:
        return [SurfaceOut(name=name, title=one.title, needs=one.needs) for name, one in SURFACES.items()]

    return routes


def _add_search(routes: APIRouter, engine: Engine) -> None:
    """GET /v1/search."""

    @routes.get("/v1/search", response_model=AnswerOut, summary="Search the catalogue")
    def search(
        q: Annotated[Words, Query(description="what is searched for")],
        n: Annotated[Length, Query()] = 10,
        filter: Annotated[FilterText | None, Query()] = None,
        user_id: Annotated[Id | None, Query()] = None,
        market: Annotated[MarketName, Query()] = "",
        facets: Annotated[
            FacetNames | None,
            Query(description="count the products found by these fields: brand,category,price,attribute.colour"),
        ] = None,
        max_facet_values: Annotated[FacetLength, Query()] = 20,
    ) -> Response:
        """With `facets`, the answer also has `found`, how many products match, and their counts by value."""
        names = split_facets(facets or [])
        query = record.Query(
            SEARCH,
            n,
            user_id,
            text=q,
            filter=filter,
            market=market,
            facets=names,
            max_facet_values=max_facet_values,
        )
        return _answer(engine, query)


def _answer(engine: Engine, query: record.Query) -> Response:
    return answer_response(engine, engine.recommend([query])[0])
