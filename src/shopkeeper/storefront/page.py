"""The storefront's pages and their addresses."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from shopkeeper.error import InputError, NotFound
from shopkeeper.operation.price import price_text
from shopkeeper.operation.problem import Problem
from shopkeeper.record import Event, EventType, Query
from shopkeeper.serving import Card, Engine, Variants
from shopkeeper.storefront.act import act_of, back_of, read_form
from shopkeeper.storefront.basket import Line, companions, lines_of, purchases, total_text
from shopkeeper.storefront.done import AGAIN, done_of
from shopkeeper.storefront.report import FindReport, FindRounds, ReportPages
from shopkeeper.storefront.row import SPARE, Row, image_address, name_of, rows_of, unlike, worth_showing
from shopkeeper.storefront.search import search
from shopkeeper.storefront.shopper import Shopper, clean, remember, shopper_of
from shopkeeper.storefront.tile import tile_of
from shopkeeper.storefront.variant import facts_of, links_of
from shopkeeper.storefront.view import HERE, item_link, link, render

ROW_LENGTH: Final = 12
SUGGESTIONS: Final = 8
HOME_ROWS: Final = ("home", "discover", AGAIN, "trending")
GUEST_ROWS: Final = ("home", AGAIN, "trending")
ITEM_ROWS: Final = ("similar", "bought-together")
MARKETS: Final = 200  # that a page offers to choose from
FindCustomers = Callable[[str, int], list[str]]
FindMarkets = Callable[[int], Sequence[str]]
IsMarket = Callable[[str], bool]


def pages(
    engine: Engine,
    shop_name: str,
    *,
    attributes: Sequence[str] = (),
    customers: FindCustomers | None = None,
    markets: FindMarkets = lambda _n: (),
    is_market: IsMarket = lambda _market: False,
    report: FindReport = lambda: None,
    rounds: FindRounds = lambda: {},
) -> list[BaseRoute]:
    """The storefront's routes. `attributes` are offered to narrow a search by, `customers(text, n)` finds at most n
    user ids that begin with a text (without it everybody is a guest, and nobody is named), `markets(n)` at most n
    markets beside the default one, `is_market(name)` knows all of them, `report` finds the evaluation report of the
    bundle that is served, `rounds` the pages of evaluations in rounds, by protocol."""
    front = Storefront(engine, shop_name, attributes, customers, markets, is_market)
    told = ReportPages(report, rounds)
    return [
        Route("/", front.home),
        Route("/customers", front.customers),
        Route("/search", front.search),
        Route("/item/{item_id:path}", front.item),
        Route("/basket", front.basket),
        Route("/basket", front.buy, methods=["POST"]),
        Route("/event", front.act, methods=["POST"]),
        Route("/report", told.report),
        Route("/report/{protocol}", told.rounds),
        Route("/favicon.ico", favicon),  # asked for by pages that name no icon: the report, the API's documentation
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]


def favicon(_request: Request) -> Response:
    """The shop's icon."""
    return FileResponse(HERE / "static" / "favicon.svg", media_type="image/svg+xml")


def error_page(shop_name: str, request: Request, problem: Problem, *, choosing: bool = True) -> Response:
    """An error for people; a line of it where only a part of a page was asked for. Without `choosing`, for a guest."""
    template = "error_part.html" if _wants_part(request) else "error.html"
    shopper = shopper_of(request)
    shared = _bare(shop_name, shopper if choosing else replace(shopper, customer=""))
    return render(template, {**shared, "choosing": choosing, "problem": problem}, problem.status)


class Storefront:
    """The pages of one shop; each method answers one address."""

    def __init__(
        self,
        engine: Engine,
        shop_name: str,
        attributes: Sequence[str],
        customers: FindCustomers | None,
        markets: FindMarkets,
        is_market: IsMarket,
    ) -> None:
        self._engine = engine
        self._name = shop_name
        self._attributes = tuple(dict.fromkeys(attributes))
        self._customers = customers
        self._markets = markets
        self._is_market = is_market

    def home(self, request: Request) -> Response:
        """Rows for the customer, or for a guest with a few customers to choose from."""
        shopper = self._shopper(request)
        surfaces = HOME_ROWS if shopper.customer else GUEST_ROWS
        asked = [_query(surface, shopper, n=SPARE * len(surfaces) * ROW_LENGTH) for surface in surfaces]
        rows = rows_of(self._engine, asked)
        suggested = [] if shopper.customer or self._customers is None else self._customers("", SUGGESTIONS)
        unknown = bool(shopper.customer and rows[0].fallback)
        lines = self._lines(shopper)
        beside = [row for row in companions(self._engine, shopper, lines, SPARE * ROW_LENGTH) if not row.fallback]
        shown = unlike(worth_showing([*beside, *rows]), ROW_LENGTH)
        here = partial(link, "/")
        return self._page("home.html", request, shopper, here, rows=shown, suggested=suggested, unknown=unknown)

    def customers(self, request: Request) -> Response:
        """The part of a page that lists customers whose id begins with what was typed."""
        if self._customers is None:
            raise NotFound("This shop names no customers. Look around as a guest.")
        typed = self._shopper(request)
        suggested = self._customers(typed.customer, SUGGESTIONS)
        return render("customers.html", {"suggested": suggested, "shopper": typed})

    def search(self, request: Request) -> Response:
        """Results, as a page or as the part of one that changes while a shopper types."""
        shopper, q = self._shopper(request), clean(request.query_params.get("q", ""))
        found = search(self._engine, q, shopper, request.query_params.multi_items(), self._attributes)
        told = {"rows": found.rows, "q": q, "choices": found.choices, "narrowing": found.narrowing}
        here = partial(link, "/search", q=q, **found.narrowing.fields)
        if not _wants_part(request):
            return self._page("search.html", request, shopper, here, **told)
        shared = {**_bare(self._name, shopper), "markets": self._market_links(shopper, here)}
        part = render("found.html", {**shared, **told})
        part.headers[_address_header(request)] = here(**shopper.kept)
        return part

    def item(self, request: Request) -> Response:
        """One item, its variants, what is like it, and what goes with it."""
        shopper, item_id = self._shopper(request), str(request.path_params["item_id"])
        card = self._engine.cards([item_id], shopper.market)[0]
        variants = self._engine.catalogue.variants(item_id, shopper.market)
        if card is None or variants is None:
            raise NotFound(f"There is no item {item_id!r} in this shop; it may have been taken out.")
        n = SPARE * ROW_LENGTH
        rows = rows_of(self._engine, [_query(surface, shopper, item_id, n=n) for surface in ITEM_ROWS])
        shown = unlike(worth_showing(rows), ROW_LENGTH, [name_of(card)])
        details = _details(card, variants, self._attributes)
        return self._page("item.html", request, shopper, partial(item_link, item_id), rows=shown, **details)

    def basket(self, request: Request) -> Response:
        """What is in the basket, and what goes with it."""
        shopper, here = self._shopper(request), partial(link, "/basket")
        lines = self._lines(shopper)
        shown = unlike(companions(self._engine, shopper, lines, SPARE * ROW_LENGTH), ROW_LENGTH)
        return self._page("basket.html", request, shopper, here, rows=shown, lines=lines, total=total_text(lines))

    async def buy(self, request: Request) -> Response:
        """Buy everything in the basket."""
        form = await _form_of(request)
        shopper = self._sender(request, form)
        await run_in_threadpool(self._buy, shopper)
        return RedirectResponse(link("/", **shopper.kept, done=EventType.PURCHASE.value), 303)

    async def act(self, request: Request) -> Response:
        """Take in what a shopper does on a page, as a real event, and show the page again."""
        form = await _form_of(request)
        shopper = self._sender(request, form)
        kind, size = await run_in_threadpool(self._act, form, shopper)
        if not _wants_part(request):
            return remember(RedirectResponse(back_of(form, shopper, kind), 303), shopper)
        if kind is EventType.VIEW:
            return remember(Response(status_code=204), shopper)
        shared = {**_bare(self._name, shopper), "done": done_of(kind.value, shopper), "basket": size}
        return remember(render("noted.html", shared), shopper)

    def _shopper(self, request: Request) -> Shopper:
        """Who asks for a page; a market that there is not is the default one."""
        shopper = self._sender(request)
        known = not shopper.market or self._is_market(shopper.market)
        return shopper if known else replace(shopper, market="")

    def _sender(self, request: Request, form: dict[str, str] | None = None) -> Shopper:
        """Who sent a request: a guest, in a shop that names no customers."""
        shopper = shopper_of(request, form)
        return shopper if self._customers is not None else replace(shopper, customer="")

    def _market_links(self, shopper: Shopper, here: Callable[..., str]) -> list[tuple[str, str]]:
        """Markets with the address of this page there, where there are several; the shopper's own is among them."""
        others = list(self._markets(MARKETS))
        if shopper.market and shopper.market not in others:
            others.insert(0, shopper.market)
        return [(name, here(**{**shopper.kept, "market": name})) for name in ("", *others)] if others else []

    def _lines(self, shopper: Shopper) -> tuple[Line, ...]:
        return lines_of(self._engine, self._engine.basket(shopper.user_id, shopper.visitor_id), shopper.market)

    def _act(self, form: dict[str, str], shopper: Shopper) -> tuple[EventType, int]:
        """Note the act that a form stands for; what it was, and how many things the basket holds after it."""
        before = self._engine.basket(shopper.user_id, shopper.visitor_id)
        event = act_of(form, shopper, before.next_time)
        self._note([event])
        return event.type, len(self._engine.basket(shopper.user_id, shopper.visitor_id))

    def _buy(self, shopper: Shopper) -> None:
        basket = self._engine.basket(shopper.user_id, shopper.visitor_id)
        self._note(purchases(lines_of(self._engine, basket, shopper.market), shopper, basket.next_time))

    def _note(self, events: list[Event]) -> None:
        """Commit events. Raises InputError where one is refused."""
        receipt = self._engine.append_events(events)
        if receipt.rejected:
            raise InputError(f"That could not be noted: {receipt.rejected[0].reason}")

    def _page(
        self, template: str, request: Request, shopper: Shopper, here: Callable[..., str], **values: Any
    ) -> Response:
        """A page with `rows` among its values; `here(**parameters)` is its own address."""
        rows: list[Row] = values["rows"]
        shared = {
            **_bare(self._name, shopper),
            "choosing": self._customers is not None,
            "markets": self._market_links(shopper, here),
            "bundle": rows[0].bundle_id if rows else "",
            "basket": len(self._engine.basket(shopper.user_id, shopper.visitor_id)),
            "done": done_of(request.query_params.get("done", ""), shopper),
        }
        return remember(render(template, {**shared, **values}), shopper)


def _bare(shop_name: str, shopper: Shopper) -> dict[str, object]:
    """What every page needs, of a shop that has nothing to tell."""
    return {"shop": shop_name, "shopper": shopper, "bundle": "", "basket": 0, "q": "", "done": None, "markets": []}


def _query(surface: str, shopper: Shopper, item_id: str | None = None, *, n: int) -> Query:
    items = () if item_id is None else (item_id,)
    return Query(surface, n, shopper.user_id, shopper.visitor_id, items, market=shopper.market)


async def _form_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours. Raises InputError where another site sent it, or where it cannot be read."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise InputError("This form was sent by another site. Go back to the shop and press the button there.")
    return read_form(await request.body())


def _details(card: Card, variants: Variants, attributes: Sequence[str]) -> dict[str, object]:
    return {
        "card": card,
        "price": price_text(card.price, card.currency),
        "tile": tile_of(card.category, card.title),
        "image": image_address(card.image_url),
        "variants": links_of(variants, attributes),
        "more": variants.more,
        "facts": facts_of(variants.present, attributes),
    }


def _wants_part(request: Request) -> bool:
    return "hx-request" in request.headers


def _address_header(request: Request) -> str:
    """A search that was typed is an address like any other; the next letters of it are the same stop on the way."""
    searching = urlsplit(request.headers.get("hx-current-url", "")).path == "/search"
    return "HX-Replace-Url" if searching else "HX-Push-Url"
