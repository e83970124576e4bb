"""PUT and PATCH /v1/items, and GET, PATCH and DELETE /v1/items/{item_id}."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from pydantic_core import to_json
from starlette.responses import Response

from shopkeeper.api.field import Id
from shopkeeper.api.item_body import ItemBatch, ItemOut, item_out, sift_items
from shopkeeper.api.patch_body import PatchBatch, PatchIn, sift_patch, sift_patches
from shopkeeper.api.receipt import ReceiptOut, Sifted, receipt_response
from shopkeeper.error import NotFound
from shopkeeper.record import ItemPatch
from shopkeeper.serving import Engine
from shopkeeper.setting import Setting
from shopkeeper.store import Receipt

EXAMPLES = {
    "one": {
        "value": {"item_id": "tea-1", "title": "Green tea", "category": ["Drinks", "Tea"], "price": 4.5, "stock": 12}
    },
    "batch": {
        "value": {"items": [{"item_id": "tea-1", "title": "Green tea"}, {"item_id": "tea-2", "title": "Oolong"}]}
    },
}
PATCHES = {
    "price": {"value": {"item_id": "tea-1", "price": 4.2}},
    "batch": {"value": {"items": [{"item_id": "tea-1", "stock": 0}, {"item_id": "tea-2", "brand": None}]}},
}
ItemId = Annotated[Id, Path()]


def item_routes(engine: Engine, setting: Setting) -> APIRouter:
    """The routes of the catalogue."""
    routes = APIRouter(tags=["items"])

    @routes.put("/v1/items", response_model=ReceiptOut, summary="Insert or replace items")
    def put_items(body: Annotated[ItemBatch, Body(openapi_examples=EXAMPLES)]) -> Response:
        """Whole items, by item_id, with their price and stock; committed when answered, and in the next list."""
        sifted, offers = sift_items(body.items, setting.shop.currency)
        receipt = engine.catalogue.put(sifted.rows, offers) if sifted.rows else Receipt(0)
        rejected = sifted.rejected(receipt)
        rows = Receipt(len(body.items) - len(rejected))  # the store counts offers as rows of their own
        return receipt_response(rows, rejected, 200)

    @routes.patch("/v1/items", response_model=ReceiptOut, summary="Change parts of items")
    def patch_items(body: Annotated[PatchBatch, Body(openapi_examples=PATCHES)]) -> Response:
        """JSON merge patches (RFC 7396): absent stays, null empties. An item that is not known is refused by row."""
        sifted = sift_patches(body.items, setting.shop.currency)
        return _patched(engine, sifted, len(body.items))

    @routes.patch("/v1/items/{item_id:path}", response_model=ReceiptOut, summary="Change parts of one item")
    def patch_item(item_id: ItemId, body: PatchIn) -> Response:
        """A JSON merge patch (RFC 7396): absent stays, null empties."""
        if engine.catalogue.get(item_id) is None:
            raise _unknown(item_id)
        return _patched(engine, sift_patch(item_id, body, setting.shop.currency), 1)

    @routes.get("/v1/items/{item_id:path}", response_model=ItemOut, summary="One item")
    def get_item(item_id: ItemId) -> Response:
        stored = engine.catalogue.get(item_id)
        if stored is None:
            raise _unknown(item_id)
        return Response(to_json(item_out(stored)), media_type="application/json")

    @routes.delete("/v1/items/{item_id:path}", status_code=204, summary="Take an item out of the catalogue")
    def delete_item(item_id: ItemId) -> Response:
        """It is in no list from now on; events about it are kept."""
        if not engine.catalogue.delete(item_id):
            raise _unknown(item_id)
        return Response(status_code=204)

    return routes


def _patched(engine: Engine, sifted: Sifted[ItemPatch], rows: int) -> Response:
    """The receipt of patches; a row counts once, whether it changes words, an offer, or both."""
    receipt = engine.catalogue.patch(sifted.rows) if sifted.rows else Receipt(0)
    rejected = sifted.rejected(receipt)
    return receipt_response(Receipt(rows - len(rejected)), rejected, 200)


def _unknown(item_id: str) -> NotFound:
    return NotFound(f"No item has the id {item_id!r}. Put it by PUT /v1/items.")
