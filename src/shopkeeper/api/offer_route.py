"""PUT /v1/offers and DELETE /v1/offers/{item_id}."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from starlette.responses import Response

from shopkeeper.api.field import Id, Moment
from shopkeeper.api.item_body import Market
from shopkeeper.api.offer_body import OfferBatch, sift_offers
from shopkeeper.api.receipt import ReceiptOut, receipt_response
from shopkeeper.error import NotFound
from shopkeeper.serving import Engine
from shopkeeper.setting import Setting
from shopkeeper.store import Receipt

EXAMPLES = {
    "store": {"value": {"item_id": "tea-1", "market": "paris", "price": 4.9, "currency": "EUR", "stock": 3}},
    "sale": {
        "value": {
            "offers": [
                {
                    "item_id": "tea-1",
                    "price": 3.5,
                    "valid_from": "2026-11-27T00:00:00Z",
                    "valid_to": "2026-11-28T00:00:00Z",
                }
            ]
        }
    },
}


def offer_routes(engine: Engine, setting: Setting) -> APIRouter:
    """The routes of prices and stocks by market."""
    routes = APIRouter(tags=["offers"])

    @routes.put("/v1/offers", response_model=ReceiptOut, summary="Insert or replace offers")
    def put_offers(body: Annotated[OfferBatch, Body(openapi_examples=EXAMPLES)]) -> Response:
        """By item, market and start; committed when answered, and in the next list from their start on."""
        sifted = sift_offers(body.offers, setting.shop.currency)
        receipt = engine.catalogue.put([], sifted.rows) if sifted.rows else Receipt(0)
        return receipt_response(receipt, sifted.rejected(receipt), 200)

    @routes.delete("/v1/offers/{item_id:path}", status_code=204, summary="Take offers back")
    def delete_offers(
        item_id: Annotated[Id, Path()],
        *,
        market: Annotated[Market, Query(description="absent: the default market")] = "",
        valid_from: Annotated[Moment | None, Query(description="of this start only; absent: of every start")] = None,
    ) -> Response:
        """Offers of one item in one market, with their past. To end one, put it again with `valid_to`."""
        if not engine.catalogue.delete_offer(item_id, market, valid_from):
            raise NotFound(f"Item {item_id!r} has no such offer in market {market!r}. GET /v1/items/ITEM tells them.")
        return Response(status_code=204)

    return routes
