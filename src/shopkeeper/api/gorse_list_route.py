"""Gorse's routes that answer with lists."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from shopkeeper import record
from shopkeeper.api.field import Id, KeepGoing
from shopkeeper.api.gorse_feedback import FeedbackNames
from shopkeeper.api.gorse_field import MAX_PAGE, PAGE, GorseModel, Name, json_response
from shopkeeper.api.gorse_list import (
    ITEM_TO_ITEM,
    NON_PERSONALIZED,
    ScoreOut,
    asked,
    latest,
    scores,
    surface_of,
)
from shopkeeper.api.gorse_write_back import check_write_back, delay_of, write_back
from shopkeeper.api.query_body import MAX_CONTEXT_ITEMS
from shopkeeper.serving import Engine
from shopkeeper.serving.newest import LATEST
from shopkeeper.setting import GorseSection
from shopkeeper.store import Store
from shopkeeper.surface import find_surface

SESSION: Final = "bought-together"
ALL: Final = 2**31 - 1
Category = Annotated[str, Field(max_length=256, pattern=r"^[^\x00]*$")]
CategoryPath = Annotated[Category, Path(description="items in this category; empty: in any")]


class SessionIn(GorseModel):
    """What somebody, named or not, did in a session: feedback, of which only the item counts."""

    item_id: Id


Session = Annotated[list[Annotated[SessionIn, KeepGoing]], Field(max_length=1_000)]


class ListQuery(BaseModel):
    """Which part of a list is wanted."""

    n: int = Field(PAGE, ge=1, le=MAX_PAGE, description="how many; the longest list there is has 200 places")
    offset: int = Field(0, ge=0, le=MAX_PAGE, description="how many places are passed over")
    category: list[Category] = Field([], max_length=20, description="items in all of these categories")

    @property
    def end(self) -> int:
        """The number of places that the list needs."""
        return self.offset + self.n


class ReaderQuery(ListQuery):
    """Which part of a list is wanted, and by whom."""

    user_id: Annotated[Id | Literal[""], Field(alias="user-id", description="leave out what this user acted on")] = ""


class RecommendQuery(ListQuery):
    """Which part of a user's list is wanted, and how it is noted."""

    write_back_type: str = Field("", alias="write-back-type", max_length=256, description="note it as this feedback")
    write_back_delay: str = Field("", alias="write-back-delay", max_length=40, examples=["10m"])


Version = Annotated[str, Header(alias="X-API-Version", description="2: with scores; else ids only")]


def gorse_list_routes(engine: Engine, store: Store, setting: GorseSection) -> APIRouter:
    """Lists come from the surfaces that all doors have. Raises UnknownSurface where the settings name another."""
    routes = APIRouter()
    for each in (
        _recommend_routes(engine, setting),
        _session_routes(engine, setting.market),
        _item_to_item_routes(engine, setting.market),
        _non_personalized_routes(engine, store, setting.market),
    ):
        routes.include_router(each)
    return routes


def _recommend_routes(engine: Engine, setting: GorseSection) -> APIRouter:
    """Lists for a user; the route with a category takes an empty one too, which is how the clients leave it out."""
    routes = APIRouter()
    surface = find_surface(setting.recommend).name
    names = FeedbackNames(setting.feedback)
    path, shape = "/api/recommend/{user_id}", list[str] | list[ScoreOut]

    def answered(user_id: str, wanted: RecommendQuery, category: str, version: str) -> Response:
        if wanted.write_back_type:
            check_write_back(names, wanted.write_back_type)
        delay = delay_of(wanted.write_back_delay)
        query = record.Query(surface, wanted.end, user_id, market=setting.market)
        answer = asked(engine, query, wanted.offset, [*wanted.category, category])
        if wanted.write_back_type:
            write_back(engine, answer, user_id, wanted.write_back_type, delay)
        told = scores(answer)
        return json_response(told if version == "2" else [place["Id"] for place in told])

    @routes.get(path, response_model=shape, summary="Recommendations for a user")
    def recommend(user_id: Name, wanted: Annotated[RecommendQuery, Query()], x_api_version: Version = "1") -> Response:
        return answered(user_id, wanted, "", x_api_version)

    @routes.get(path + "/{category:path}", response_model=shape, summary="Recommendations for a user in a category")
    def recommend_category(
        user_id: Name,
        category: CategoryPath,
        wanted: Annotated[RecommendQuery, Query()],
        x_api_version: Version = "1",
    ) -> Response:
        return answered(user_id, wanted, category, x_api_version)

    return routes


def _session_routes(engine: Engine, market: str) -> APIRouter:
    """Lists for a session that is not stored: they answer to its items."""
    routes = APIRouter()
    path = "/api/session/recommend"

    def answered(session: Session, wanted: ListQuery, category: str) -> Response:
        items = dict.fromkeys(row.item_id for row in session if isinstance(row, SessionIn))
        if not items:
            return json_response([])
        context = tuple(items)[-MAX_CONTEXT_ITEMS:]
        query = record.Query(SESSION, wanted.end, item_ids=context, market=market)
        return json_response(scores(asked(engine, query, wanted.offset, [*wanted.category, category], items)))

    @routes.post(path, response_model=list[ScoreOut], summary="Recommendations for a session")
    def session_recommend(body: Session, wanted: Annotated[ListQuery, Query()]) -> Response:
        return answered(body, wanted, "")

    @routes.post(path + "/{category:path}", response_model=list[ScoreOut], summary="The same in a category")
    def session_recommend_category(
        body: Session, category: CategoryPath, wanted: Annotated[ListQuery, Query()]
    ) -> Response:
        return answered(body, wanted, category)

    return routes


def _item_to_item_routes(engine: Engine, market: str) -> APIRouter:
    """Lists that answer to an item; without stand-ins, so that an item nobody knows has no neighbours."""
    routes = APIRouter()

    def answered(name: str, item_id: str, wanted: ListQuery, category: str = "") -> Response:
        surface = surface_of(name, ITEM_TO_ITEM)
        query = record.Query(surface, wanted.end, item_ids=(item_id,), market=market)
        return json_response(scores(asked(engine, query, wanted.offset, [*wanted.category, category], stand_ins=False)))

    @routes.get("/api/item-to-item/{name}/{item_id}", response_model=list[ScoreOut], summary="Neighbours of an item")
    def item_to_item(name: Name, item_id: Name, wanted: Annotated[ListQuery, Query()]) -> Response:
        return answered(name, item_id, wanted)

    @routes.get(
        "/api/item/{item_id}/neighbors", response_model=list[ScoreOut], summary="The same, as older clients ask"
    )
    def item_neighbors(item_id: Name, wanted: Annotated[ListQuery, Query()]) -> Response:
        return answered("neighbors", item_id, wanted)

    @routes.get(
        "/api/item/{item_id}/neighbors/{category:path}", response_model=list[ScoreOut], summary="The same in a category"
    )
    def item_neighbors_category(
        item_id: Name, category: CategoryPath, wanted: Annotated[ListQuery, Query()]
    ) -> Response:
        return answered("neighbors", item_id, wanted, category)

    return routes


def _non_personalized_routes(engine: Engine, store: Store, market: str) -> APIRouter:
    """Lists for everybody, also by the names that older clients have for two of them."""
    routes = APIRouter()

    def answered(name: str, wanted: ReaderQuery, category: str = "") -> Response:
        categories = [*wanted.category, category]
        read = set(store.people.acts(0, ALL, user_id=wanted.user_id).frame["item_id"]) if wanted.user_id else set()
        query = record.Query(surface_of(name, NON_PERSONALIZED), wanted.end, market=market)
        answer = latest if name == LATEST else asked
        return json_response(scores(answer(engine, query, wanted.offset, categories, read)))

    @routes.get("/api/non-personalized/{name}", response_model=list[ScoreOut], summary="A list for everybody")
    def non_personalized(name: Name, wanted: Annotated[ReaderQuery, Query()]) -> Response:
        return answered(name, wanted)

    @routes.get(
        "/api/non-personalized/{name}/{category:path}", response_model=list[ScoreOut], summary="The same in a category"
    )
    def non_personalized_category(
        name: Name, category: CategoryPath, wanted: Annotated[ReaderQuery, Query()]
    ) -> Response:
        return answered(name, wanted, category)

    for old in ("popular", LATEST):
        routes.include_router(_older(old, answered))
    return routes


def _older(name: str, answered: Callable[..., Response]) -> APIRouter:
    """A list for everybody under the address that older clients have for it."""
    routes = APIRouter()

    @routes.get(f"/api/{name}", response_model=list[ScoreOut], summary=f"non-personalized/{name}, as older clients ask")
    def everybody(wanted: Annotated[ReaderQuery, Query()]) -> Response:
        return answered(name, wanted)

    @routes.get(f"/api/{name}/{{category:path}}", response_model=list[ScoreOut], summary="The same in a category")
    def everybody_category(category: CategoryPath, wanted: Annotated[ReaderQuery, Query()]) -> Response:
        return answered(name, wanted, category)

    return routes
