"""The door for Gorse's SDKs: its routes at /api, behind its key. docs/gorse.md says what works and what differs."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from shopkeeper.api.event_body import EventRule
from shopkeeper.api.gorse_act_route import gorse_act_routes
from shopkeeper.api.gorse_feedback_route import gorse_feedback_routes
from shopkeeper.api.gorse_field import GorseModel, json_response
from shopkeeper.api.gorse_item_route import gorse_item_routes
from shopkeeper.api.gorse_key import key_check, key_needed
from shopkeeper.api.gorse_list_route import gorse_list_routes
from shopkeeper.api.gorse_user_route import gorse_user_routes
from shopkeeper.api.problem import documented, problem_response
from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.error import NotFound
from shopkeeper.operation.problem import http_problem
from shopkeeper.record import SystemClock
from shopkeeper.serving import Engine
from shopkeeper.setting import Setting
from shopkeeper.store import Store

# What Gorse has and this door has not, and why.
ABSENT: Final = {
    "/api/user-to-user/{rest:path}": "users like a user: Shopkeeper never names one customer to another's page",
    "/api/user/{user_id}/neighbors": "users like a user: Shopkeeper never names one customer to another's page",
    "/api/collaborative-filtering/{rest:path}": "one model's list; ask /api/recommend for the blend of all",
    "/api/intermediate/{rest:path}": "one model's list; ask /api/recommend for the blend of all",
    "/api/measurements/{rest:path}": "online measurements; shopkeeper evaluate tells what a bundle is worth",
}


class HealthStatus(GorseModel):
    """Whether this server can answer. The store is both of Gorse's databases."""

    ready: bool
    data_store_error: str | None
    cache_store_error: str | None
    data_store_connected: bool
    cache_store_connected: bool


def gorse_routes(engine: Engine, setting: Setting, store: Store) -> APIRouter:
    """All of the door. Raises UnknownSurface where [gorse] names a surface that is none."""
    check = Depends(key_check(setting.gorse.api_key))
    locked = APIRouter(tags=["gorse"], dependencies=[check], responses={401: documented("the key is another one")})
    real = SystemClock()
    replays = setting.replay_start is not None
    mark = MarkRule.of(setting.mark.staff_users, setting.mark.bot_agents)

    def rule_now() -> EventRule:
        return EventRule(engine.now(), real.now(), replays, setting.shop.currency, mark)

    for routes in (
        gorse_feedback_routes(engine, store, setting.gorse, rule_now),
        gorse_list_routes(engine, store, setting.gorse),
        gorse_item_routes(engine, store, setting.gorse.market),
        _absent_routes(),
    ):
        locked.include_router(routes)
    needed, closed = Depends(key_needed(setting.gorse.api_key)), documented("the shop has no key")
    for routes in (gorse_act_routes(store, setting.gorse), gorse_user_routes(engine, store)):
        locked.include_router(routes, dependencies=[needed], responses={403: closed})
    door = APIRouter()
    door.include_router(_health_routes(engine))
    door.include_router(locked)
    return door


def _absent_routes() -> APIRouter:
    """What is not there, told with its reason."""
    routes = APIRouter()
    for path, reason in ABSENT.items():
        routes.add_api_route(path, _absent(reason), include_in_schema=False)
    return routes


def _absent(reason: str) -> Callable[[], Response]:
    def absent() -> Response:
        raise NotFound(f"This door has no {reason}.")

    return absent


def _health_routes(engine: Engine) -> APIRouter:
    """The probes, which need no key in Gorse either."""
    routes = APIRouter(tags=["gorse"])

    @routes.get("/api/health/live", response_model=HealthStatus, summary="Does the server answer?")
    def live() -> Response:
        return json_response(_health(engine.readiness().ready))

    @routes.get("/api/health/ready", response_model=HealthStatus, summary="Is a bundle being served?")
    def ready() -> Response:
        state = engine.readiness()
        return json_response(_health(True)) if state.ready else problem_response(http_problem(503, state.reason))

    return routes


def _health(ready: bool) -> dict[str, object]:
    """HealthStatus's members: who has asked the store for its events a moment ago is connected to it."""
    told = HealthStatus.model_construct(
        ready=ready,
        data_store_error=None,
        cache_store_error=None,
        data_store_connected=True,
        cache_store_connected=True,
    )
    return told.model_dump(by_alias=True)
