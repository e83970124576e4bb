"""GET /healthz: the process answers. GET /readyz: it has something to say."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from shopkeeper import __version__
from shopkeeper.api.problem import problem_response
from shopkeeper.operation.problem import http_problem
from shopkeeper.serving import Engine


class Health(BaseModel):
    """The process answers."""

    status: str
    version: str


class Ready(BaseModel):
    """A bundle is being served."""

    ready: bool
    bundle_id: str
    items: int = Field(description="in the catalogue")
    events: int = Field(description="in the log")
    reason: str | None = Field(None, description="what is amiss although lists are served; null: nothing")


def health_routes(engine: Engine) -> APIRouter:
    """The routes that a load balancer asks."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="Does the process answer?")
    def healthz() -> Health:
        return Health(status="ok", version=__version__)

    @routes.get("/readyz", response_model=Ready, summary="Is a bundle being served?")
    def readyz() -> Ready | Response:
        state = engine.readiness()
        if not state.ready or state.bundle_id is None:
            return problem_response(http_problem(503, state.reason))
        reason = state.reason or None
        return Ready(ready=True, bundle_id=state.bundle_id, items=state.items, events=state.events, reason=reason)

    return routes
