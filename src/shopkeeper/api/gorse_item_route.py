"""Gorse's routes of items."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from shopkeeper import record
from shopkeeper.api.field import MAX_ROWS, KeepGoing
from shopkeeper.api.gorse_field import PAGE, Length, Name, NumberCursor, RowAffected, affected, json_response
from shopkeeper.api.gorse_item import (
    ItemIn,
    ItemOut,
    ItemPage,
    ItemPatchIn,
    patch_of,
    sift_items,
    tell_item,
    with_category,
    without_category,
)
from shopkeeper.api.item_body import Step
from shopkeeper.api.query_body import Words
from shopkeeper.error import NotFound
from shopkeeper.serving import Engine
from shopkeeper.store import Receipt, Store
from shopkeeper.store.row import item_of

SEARCH: Final = "search"
StepPath = Annotated[Step, Path(description="one step of the item's category path")]
Items = Annotated[list[Annotated[ItemIn, KeepGoing]], Field(max_length=MAX_ROWS)]


def gorse_item_routes(engine: Engine, store: Store, market: str) -> APIRouter:
    """Items are written through the engine's live catalogue, and read as the store holds them."""
    routes = APIRouter()

    @routes.post("/api/item", response_model=RowAffected, summary="Insert or replace an item")
    def insert_item(body: ItemIn) -> Response:
        return _put(engine, [body])

    @routes.post("/api/items", response_model=RowAffected, summary="Insert or replace items")
    def insert_items(body: Items) -> Response:
        return _put(engine, body)

    @routes.get("/api/items", response_model=ItemPage, summary="Items, page by page, or those that answer words")
    def get_items(
        n: Length = PAGE,
        cursor: NumberCursor = "",
        q: Annotated[Words | None, Query(description="words to search for; there is one page only")] = None,
    ) -> Response:
        if q is not None:
            return json_response({"Cursor": "", "Items": _found(engine, q, n, market)})
        page = store.catalogue.changes(int(cursor or 0), engine.now(), n)
        items = [tell_item(item_of(row)) for row in page.frame.iter_rows(named=True) if not row["deleted"]]
        return json_response({"Cursor": str(page.last) if page.frame.height == n else "", "Items": items})

    @routes.get("/api/item/{item_id}", response_model=ItemOut, summary="One item")
    def get_item(item_id: Name) -> Response:
        return json_response(tell_item(_held(engine, item_id)))

    @routes.patch("/api/item/{item_id}", response_model=RowAffected, summary="Change parts of an item")
    def modify_item(item_id: Name, body: ItemPatchIn) -> Response:
        return _receipt(engine.catalogue.revise(item_id, lambda held: patch_of(held, body)), 1)

    @routes.delete("/api/item/{item_id}", response_model=RowAffected, summary="Take an item out of the catalogue")
    def delete_item(item_id: Name) -> Response:
        """Its feedback is kept."""
        return affected(int(engine.catalogue.delete(item_id)))

    routes.include_router(_category_routes(engine))
    return routes


def _category_routes(engine: Engine) -> APIRouter:
    """An item's categories one by one; one that is added is the narrowest, for they are a path here."""
    routes = APIRouter()
    path = "/api/item/{item_id}/category/{category}"

    @routes.put(path, response_model=RowAffected, summary="Add a category to an item")
    def insert_category(item_id: Name, category: StepPath) -> Response:
        return _receipt(engine.catalogue.revise(item_id, lambda held: with_category(held, category)), 1)

    @routes.delete(path, response_model=RowAffected, summary="Take a category from an item")
    def delete_category(item_id: Name, category: StepPath) -> Response:
        receipt = engine.catalogue.revise(item_id, lambda held: without_category(held, category))
        return _receipt(receipt, receipt.accepted + len(receipt.rejected))

    return routes


def _put(engine: Engine, rows: list[ItemIn]) -> Response:
    sifted = sift_items(rows)
    receipt = engine.catalogue.put(sifted.rows) if sifted.rows else Receipt(0)
    rejected = sifted.rejected(receipt)
    return affected(len(rows) - len(rejected), rejected)


def _receipt(receipt: Receipt, rows: int) -> Response:
    rejected = [{"row": refusal.row, "reason": refusal.reason} for refusal in receipt.rejected]
    return affected(rows - len(rejected), rejected)


def _found(engine: Engine, words: str, n: int, market: str) -> list[dict[str, object]]:
    """The items that a search finds, the best first."""
    answer = engine.recommend([record.Query(SEARCH, min(n, record.MAX_N), text=words, market=market)])[0]
    held = [engine.catalogue.get(place.item_id) for place in answer.items]
    return [tell_item(stored.item) for stored in held if stored is not None]


def _held(engine: Engine, item_id: str) -> record.Item:
    """The item. Raises NotFound."""
    stored = engine.catalogue.get(item_id)
    if stored is None:
        raise NotFound(f"No item has the id {item_id!r}. Insert it by POST /api/item.")
    return stored.item
