"""Gorse's routes of users."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from shopkeeper.api.field import MAX_ROWS, KeepGoing, Unreadable
from shopkeeper.api.gorse_field import PAGE, Length, Name, NumberCursor, RowAffected, affected, json_response
from shopkeeper.api.gorse_user import UserIn, UserOut, UserPage, UserPatchIn, patched, tell_user, user_of
from shopkeeper.api.receipt import Sifted
from shopkeeper.error import NotFound
from shopkeeper.record import User
from shopkeeper.serving import Engine
from shopkeeper.store import Receipt, Refusal, Store
from shopkeeper.store.row import user_frame

Users = Annotated[list[Annotated[UserIn, KeepGoing]], Field(max_length=MAX_ROWS)]


def gorse_user_routes(engine: Engine, store: Store) -> APIRouter:
    """Users are what the store's People and EventLog hold of them."""
    routes = APIRouter()

    @routes.post("/api/user", response_model=RowAffected, summary="Insert or replace a user")
    def insert_user(body: UserIn) -> Response:
        return _put(store, [body])

    @routes.post("/api/users", response_model=RowAffected, summary="Insert or replace users")
    def insert_users(body: Users) -> Response:
        return _put(store, body)

    @routes.get("/api/users", response_model=UserPage, summary="Users, page by page")
    def get_users(n: Length = PAGE, cursor: NumberCursor = "") -> Response:
        users = store.people.users(int(cursor or -1), n)
        following = str(max(users)) if len(users) == n else ""
        return json_response({"Cursor": following, "Users": [tell_user(user) for user in users.values()]})

    @routes.get("/api/user/{user_id}", response_model=UserOut, summary="One user")
    def get_user(user_id: Name) -> Response:
        return json_response(tell_user(_held(store, user_id)))

    @routes.patch("/api/user/{user_id}", response_model=RowAffected, summary="Change parts of a user")
    def modify_user(user_id: Name, body: UserPatchIn) -> Response:
        receipt = store.people.revise(user_id, lambda held: patched(held, body))
        rejected = [{"row": refusal.row, "reason": refusal.reason} for refusal in receipt.rejected]
        return affected(receipt.accepted, rejected)

    @routes.delete("/api/user/{user_id}", response_model=RowAffected, summary="Erase a user and all they did")
    def delete_user(user_id: Name) -> Response:
        """What they did until now is not taken again. `shopkeeper user erase` also clears traces outside the store."""
        try:
            store.people.erase(user_id, engine.now())
        except NotFound:
            return affected(0)
        return affected(1)

    return routes


def _put(store: Store, rows: Sequence[object]) -> Response:
    read = [(number, row) for number, row in enumerate(rows) if isinstance(row, UserIn)]
    refused = [Refusal(number, row.reason) for number, row in enumerate(rows) if isinstance(row, Unreadable)]
    users = tuple(user_of(row) for _, row in read)
    return _write(store, Sifted(users, tuple(number for number, _ in read), tuple(refused)), len(rows))


def _write(store: Store, sifted: Sifted[User], rows: int) -> Response:
    receipt = store.events.ingest_users(user_frame(sifted.rows)) if sifted.rows else Receipt(0)
    rejected = sifted.rejected(receipt)
    return affected(rows - len(rejected), rejected)


def _held(store: Store, user_id: str) -> User:
    """The user. Raises NotFound."""
    user = store.people.user(user_id)
    if user is None:
        raise NotFound(f"No user has the id {user_id!r}. Insert it by POST /api/user.")
    return user
