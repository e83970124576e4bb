"""The storefront's pages and their addresses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from shopkeeper.error import InputError, NotFound
from shopkeeper.operation.problem import Problem
from shopkeeper.record import EventType, Query
from shopkeeper.serving import Card, Engine
from shopkeeper.storefront.act import act_of, read_form
from shopkeeper.storefront.price import price_text
from shopkeeper.storefront.row import Row, image_address, rows_of, unlike, worth_showing
from shopkeeper.storefront.shopper import Shopper, clean, remember, shopper_of
from shopkeeper.storefront.tile import tile_of
from shopkeeper.storefront.view import HERE, item_link, link, render

ROW_LENGTH: Final = 12
SEARCH_LENGTH: Final = 24
SUGGESTIONS: Final = 8
HOME_ROWS: Final = ("home", "discover", "buy-again", "trending")
GUEST_ROWS: Final = ("home", "trending")
ITEM_ROWS: Final = ("similar", "bought-together")
DONE: Final = {
    EventType.CART.value: "Added to the basket. The lists know already.",
    EventType.PURCHASE.value: "Bought. The lists know already.",
}


def pages(engine: Engine, shop_name: str, *, report: Callable[[], Path | None] = lambda: None) -> list[BaseRoute]:
    """The storefront's routes; `report` finds the evaluation report of the bundle that is served."""
    front = Storefront(engine, shop_name, report)
    return [
        Route("/", front.home),
        Route("/households", front.households),
        Route("/search", front.search),
        Route("/item/{item_id:path}", front.item),
        Route("/event", front.act, methods=["POST"]),
        Route("/report", front.report),
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]


def error_page(shop_name: str, request: Request, problem: Problem) -> Response:
    """An error for people; a line of it where only a part of a page was asked for."""
    template = "error_part.html" if _wants_part(request) else "error.html"
    shared = {"shop": shop_name, "shopper": shopper_of(request), "problem": problem, "bundle": "", "q": "", "done": ""}
    return render(template, shared, problem.status)


class Storefront:
    """The pages of one shop; each method answers one address."""

    def __init__(self, engine: Engine, shop_name: str, report: Callable[[], Path | None]) -> None:
        self._engine = engine
        self._name = shop_name
        self._report = report

    def home(self, request: Request) -> Response:
        """Rows for the household, or for a guest with a few households to choose from."""
        shopper = shopper_of(request)
        surfaces = HOME_ROWS if shopper.household else GUEST_ROWS
        asked = [replace(_query(surface, shopper), n=len(surfaces) * ROW_LENGTH) for surface in surfaces]
        rows = rows_of(self._engine, asked)
        suggested = [] if shopper.household else self._engine.households("", SUGGESTIONS)
        shown = unlike(worth_showing(rows), ROW_LENGTH)
        unknown = bool(shopper.household and rows[0].fallback)
        return self._page("home.html", request, shopper, rows=shown, suggested=suggested, unknown=unknown)

    def households(self, request: Request) -> Response:
        """The part of a page that lists households whose id begins with what was typed."""
        typed = clean(request.query_params.get("household", ""))
        return render("households.html", {"suggested": self._engine.households(typed, SUGGESTIONS)})

    def search(self, request: Request) -> Response:
        """Results, as a page or as the part of one that changes while a shopper types."""
        shopper, q = shopper_of(request), clean(request.query_params.get("q", ""))
        queries = [Query("search", SEARCH_LENGTH, shopper.user_id, shopper.visitor_id, text=q)] if q else []
        rows = rows_of(self._engine, queries)
        if _wants_part(request):
            return render("results.html", {"rows": rows, "q": q, "shopper": shopper})
        return self._page("search.html", request, shopper, rows=rows, q=q)

    def item(self, request: Request) -> Response:
        """One item, what is like it, and what goes with it."""
        shopper, item_id = shopper_of(request), str(request.path_params["item_id"])
        card = self._engine.cards([item_id])[0]
        if card is None:
            raise NotFound(f"There is no item {item_id!r} in this shop; it may have been taken out.")
        rows = rows_of(self._engine, [_query(surface, shopper, item_id) for surface in ITEM_ROWS])
        return self._page("item.html", request, shopper, rows=worth_showing(rows), **_details(card))

    async def act(self, request: Request) -> Response:
        """Take in what a shopper does on a page, as a real event, and show the page again."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise InputError("This form was sent by another site. Go back to the shop and press the button there.")
        form = read_form(await request.body())
        shopper = shopper_of(request, household=form.get("household", ""))
        event = act_of(form, shopper, self._engine.now())
        receipt = await run_in_threadpool(self._engine.append_events, [event])
        if receipt.rejected:
            raise InputError(f"That could not be noted: {receipt.rejected[0].reason}")
        if _wants_part(request):
            return remember(Response(status_code=204), shopper)
        return remember(RedirectResponse(_back(form, shopper, event.type), 303), shopper)

    def report(self, _request: Request) -> Response:
        """The evaluation report of the bundle that is served."""
        path = self._report()
        if path is None or not path.is_file():
            raise NotFound("The bundle that is served has no evaluation report. Make one: shopkeeper train SHOP")
        return FileResponse(path, media_type="text/html")

    def _page(
        self, template: str, request: Request, shopper: Shopper, *, rows: list[Row], **values: object
    ) -> Response:
        shared: dict[str, object] = {
            "shop": self._name,
            "shopper": shopper,
            "rows": rows,
            "bundle": rows[0].bundle_id if rows else "",
            "done": DONE.get(request.query_params.get("done", ""), ""),
            "q": "",
        }
        return remember(render(template, {**shared, **values}), shopper)


def _query(surface: str, shopper: Shopper, item_id: str | None = None) -> Query:
    items = () if item_id is None else (item_id,)
    return Query(surface, ROW_LENGTH, shopper.user_id, shopper.visitor_id, items)


def _details(card: Card) -> dict[str, object]:
    return {
        "card": card,
        "price": price_text(card.price, card.currency),
        "tile": tile_of(card.category, card.title),
        "image": image_address(card.image_url),
    }


def _back(form: dict[str, str], shopper: Shopper, kind: EventType) -> str:
    """Where a shopper was, with a word about what was done; never another site."""
    if form.get("back") == "home":
        return link("/", household=shopper.household, done=kind.value)
    return item_link(form["item_id"], household=shopper.household, done=kind.value)


def _wants_part(request: Request) -> bool:
    return "hx-request" in request.headers
