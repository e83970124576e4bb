"""Users as Gorse's clients send and read them: Labels, Comment and Subscribe are attributes."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from shopkeeper.api.field import Id, Text
from shopkeeper.api.gorse_field import GorseModel, Labels, attributes_of, labels_of
from shopkeeper.record import User

COMMENT: Final = "Comment"
SUBSCRIBE: Final = "Subscribe"


class UserPatchIn(GorseModel):
    """What is to be changed of a user; null, as absent, stays."""

    labels: Labels = None
    comment: Text | None = None
    subscribe: list[Text] | None = Field(None, max_length=1_000, description="of older clients")


class UserIn(UserPatchIn):
    """A user, whole."""

    user_id: Id


class UserOut(GorseModel):
    """A user."""

    user_id: str
    labels: Any
    comment: str
    subscribe: list[str]


class UserPage(GorseModel):
    """Some users, in the order in which they were first heard of."""

    cursor: str = Field(description="of the next page; empty: this was the last")
    users: list[UserOut]


def user_of(row: UserIn) -> User:
    """The user that a body means."""
    return User(row.user_id, _attributes(row.labels, row.comment, row.subscribe))


def patched(held: User, patch: UserPatchIn) -> User:
    """The user with what the patch names in place of what is held."""
    told = tell_user(held)
    given = patch.model_dump(exclude_none=True)
    labels, comment = given.get("labels", told["Labels"]), given.get("comment", told[COMMENT])
    return User(held.user_id, _attributes(labels, comment, given.get("subscribe", told[SUBSCRIBE])))


def tell_user(user: User) -> dict[str, Any]:
    """UserOut's members."""
    comment, subscribe = user.attributes.get(COMMENT), user.attributes.get(SUBSCRIBE)
    return {
        "UserId": user.user_id,
        "Labels": labels_of(user.attributes, COMMENT, SUBSCRIBE),
        COMMENT: comment if isinstance(comment, str) else "",
        SUBSCRIBE: subscribe if isinstance(subscribe, list) else [],
    }


def _attributes(labels: object, comment: str | None, subscribe: Sequence[str] | None) -> dict[str, Any]:
    return attributes_of(labels, Comment=comment, Subscribe=subscribe)
