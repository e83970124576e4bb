"""People: what is held of each person, and how it is told, taken back and forgotten."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shopkeeper.record import EventType, User
from shopkeeper.store.protocol.receipt import Receipt


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """All that is held of one person. `user_id` is None of a guest, `person` of whom nothing but exposures is known.

    `events` have the columns of the table, `item_id` for `item_index`; `exposures` EXPOSURE_COLUMN.
    """

    user_id: str | None
    visitor_ids: tuple[str, ...]
    person: int | None
    attributes: str  # a JSON object
    events: pl.DataFrame
    exposures: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure deleted; until `until` (UTC microseconds) nothing of that person is taken again."""

    events: int
    exposures: int
    visitor_ids: tuple[str, ...]
    until: int


@dataclass(frozen=True, slots=True, eq=False)
class Acts:
    """A page of what users did: `frame` (USER_ACT_COLUMN, sorted by change), of which there may be nothing.

    Ask again with `since=following` until that is None.
    """

    frame: pl.DataFrame
    following: int | None


class People(Protocol):
    """What is held of each person, and how it is forgotten."""

    def link(self, frame: pl.DataFrame) -> Receipt:
        """Note which visitors are which users (LINK_COLUMN), as a login does: what a guest did becomes the user's.

        A link of an erased user or visitor is refused by row, until there is a new event of theirs.
        """
        ...

    def held(self, id: str, *, visitor: bool = False) -> Held | None:
        """All that is held of a user (or of a visitor, whoever that is), None where it is nothing."""
        ...

    def erase(self, id: str, now: int, *, visitor: bool = False) -> Erased:
        """Delete every row of a user or a guest, and leave a tombstone: what they did until then is not taken again.

        Raises NotFound where nothing is held, InputError for a visitor who is a user.
        """
        ...

    def user(self, user_id: str) -> User | None:
        """What the shop knows about a user, None where it knows no such user."""
        ...

    def revise(self, user_id: str, revision: Callable[[User], User]) -> Receipt:
        """Replace a user's attributes by what is held, in one transaction: see Catalogue.revise. Raises NotFound."""
        ...

    def users(self, after: int, limit: int) -> dict[int, User]:
        """At most `limit` users by the permanent numbers of their persons, in order; those above `after`, from -1."""
        ...

    def acts(
        self,
        since: int,
        limit: int,
        *,
        kinds: Collection[EventType] = (),
        user_id: str | None = None,
        item_id: str | None = None,
    ) -> Acts:
        """What known users did to items after a change number, guests left out, oldest first.

        At most `limit`; of some types, one user or one item where they are named. Unless a user is named, one call
        looks through a part of the log only, however rare the acts are: a page may have few of them, or none.
        """
        ...

    def take_back(self, changes: Sequence[int]) -> int:
        """Delete the events of these change numbers, as never done; returns how many there were."""
        ...

    def aged(self, before: int) -> pl.DataFrame:
        """`person` and `rows`, how many events of before a time they have."""
        ...

    def forget(self, persons: Sequence[int], before: int) -> int:
        """Delete these persons' events of before a time; their aggregates are made anew of what remains.

        Guests without any event left go too. Returns how many events that were.
        """
        ...
