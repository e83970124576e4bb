"""The HTTP application: its routes, its documentation page, its limits."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute

from shopkeeper import __version__
from shopkeeper.api.body_limit import BodyLimit
from shopkeeper.api.event_route import event_routes
from shopkeeper.api.gorse_route import gorse_routes
from shopkeeper.api.health_route import health_routes
from shopkeeper.api.item_route import item_routes
from shopkeeper.api.offer_route import offer_routes
from shopkeeper.api.problem import PROBLEM_RESPONSES, PageError, install_problems
from shopkeeper.api.recommend_route import recommend_routes
from shopkeeper.serving import Engine
from shopkeeper.setting import Setting
from shopkeeper.store import Store

STATIC: Final = Path(__file__).parent / "static"
DESCRIPTION: Final = """The thinking half of an online shop. Send it the catalogue and what
shoppers do; ask it for lists.

Money is in major units (`2.99` with `"currency": "USD"`). Times are ISO 8601 texts, read as UTC where they name no
zone, or integers of microseconds since 1970. Errors are RFC 9457 problems."""


def create_app(
    engine: Engine,
    setting: Setting,
    store: Store,
    *,
    pages: Sequence[BaseRoute] = (),
    page_error: PageError | None = None,
    on_close: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application of one shop. `pages` are a storefront's routes, whose errors `page_error` tells as HTML."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(int)  # nothing: else the first request waits for an import
        yield
        on_close()

    app = FastAPI(
        title="Shopkeeper",
        version=__version__,
        summary=setting.shop.name,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=PROBLEM_RESPONSES,
    )
    for routes in (recommend_routes(engine), event_routes(engine, setting), item_routes(engine, setting)):
        app.include_router(routes)
    app.include_router(offer_routes(engine, setting))
    app.include_router(health_routes(engine))
    app.include_router(gorse_routes(engine, setting, store))
    _add_documentation(app)
    app.router.routes.extend(pages)
    install_problems(app, page_error)
    app.add_middleware(BodyLimit, megabytes=setting.serve.max_body_mb)
    return app


def _add_documentation(app: FastAPI) -> None:
    """/docs from files of our own: it works without the internet."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Shopkeeper: the HTTP API",
            swagger_js_url="/docs/static/swagger-ui-bundle.js",
            swagger_css_url="/docs/static/swagger-ui.css",
            swagger_favicon_url="data:,",
        )

    app.mount("/docs/static", StaticFiles(directory=STATIC), name="docs-static")
