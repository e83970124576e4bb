"""Persons: whose act an event is. A user is one person on every device; a guest is one until a login says who."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from shopkeeper.store.aggregate import EMPTY, move_aggregates
from shopkeeper.store.schema import PERSON, VISITOR
from shopkeeper.store.transaction import Transaction

_USER: Final = {"user_id": pl.String(), "person": pl.Int32()}
_LINK: Final = {"visitor_id": pl.String(), "person": pl.Int32(), "owner": pl.String()}
_LINKS: Final = """
SELECT v.visitor_id, v.person, p.user_id FROM visitor v JOIN person p ON p.person = v.person WHERE
"""


@dataclass(frozen=True, slots=True)
class _Login:
    """What a batch says about visitors: `events` with their resolved user_id, and each visitor's last user."""

    events: pl.DataFrame
    links: pl.DataFrame  # as stored before the batch: visitor_id, person, owner
    last: pl.DataFrame  # visitor_id, user_id: whom the visitor is from now on


def persons_of_users(transaction: Transaction, user_ids: pl.Series) -> pl.DataFrame:
    """user_id and person of these users, made where they are new."""
    wanted = user_ids.drop_nulls().unique(maintain_order=True)
    known = transaction.fetch_among("SELECT user_id, person FROM person WHERE", _USER, "user_id", wanted.to_list())
    new = wanted.to_frame("user_id").join(known, on="user_id", how="anti", maintain_order="left")
    return pl.concat([known, _create(transaction, new)])


def resolve_persons(transaction: Transaction, events: pl.DataFrame) -> pl.DataFrame:
    """Events with their `person`, as if they had arrived one by one.

    An event with both ids links its visitor to the user. A guest's earlier events then become the user's; a visitor
    who was another user before is only linked anew, for what was done under the other name was the other's.
    """
    if events["visitor_id"].null_count() == events.height:
        users = persons_of_users(transaction, events["user_id"])
        return events.join(users, on="user_id", how="left", maintain_order="left")
    login = _follow_logins(transaction, events)
    users = persons_of_users(transaction, login.events["user_id"])
    _merge_guests(transaction, login, users)
    guests = _guests(transaction, login)
    link = login.last.join(users, on="user_id").select("visitor_id", "person")
    transaction.upsert(VISITOR, link)
    resolved = login.events.join(users, on="user_id", how="left", maintain_order="left")
    resolved = resolved.join(guests, on="visitor_id", how="left", maintain_order="left")
    return resolved.with_columns(pl.coalesce("person", "guest").alias("person")).drop("guest")


def _follow_logins(transaction: Transaction, events: pl.DataFrame) -> _Login:
    """Give each event without a user the user that its visitor is known to be.

    That is the user of the visitor's last login before it; else the one that the visitor was linked to before the
    batch; else, for a guest, the first one to log in after it.
    """
    visitors = events["visitor_id"].drop_nulls().unique(maintain_order=True).to_list()
    links = transaction.fetch_among(_LINKS, _LINK, "v.visitor_id", visitors)
    told = events.filter(pl.col("user_id").is_not_null() & pl.col("visitor_id").is_not_null())
    last = told.group_by("visitor_id", maintain_order=True).agg(pl.col("user_id").last())
    user, visitor = pl.col("user_id"), pl.col("visitor_id")
    before, after = user.forward_fill().over("visitor_id"), user.backward_fill().over("visitor_id")
    joined = events.join(links.select("visitor_id", "owner"), on="visitor_id", how="left", maintain_order="left")
    known = pl.when(visitor.is_null()).then(user).otherwise(pl.coalesce(before, "owner", after))
    return _Login(joined.with_columns(known.alias("user_id")).drop("owner"), links, last)


def _merge_guests(transaction: Transaction, login: _Login, users: pl.DataFrame) -> None:
    """Let guests who logged in become the users that they are: events, links and aggregates move."""
    told = login.events.group_by("visitor_id", maintain_order=True).agg(pl.col("user_id").first())
    guests = login.links.filter(pl.col("owner").is_null()).join(told, on="visitor_id").join(users, on="user_id")
    # Several visitors may share a guest's person only where an operator linked them so; the first login decides.
    moves = guests.select(old="person", new="person_right").unique("old", keep="first", maintain_order=True)
    if moves.is_empty():
        return
    rows = moves.rows(named=True)
    transaction.execute("UPDATE event SET person = :new WHERE person = :old", rows)
    transaction.execute("UPDATE visitor SET person = :new WHERE person = :old", rows)
    move_aggregates(transaction, moves)
    transaction.execute("DELETE FROM person WHERE person = :old", rows)
    transaction.take("change", 1)  # the log is read by several at once, which tell one state of it by this number


def _guests(transaction: Transaction, login: _Login) -> pl.DataFrame:
    """visitor_id and person (as `guest`) of the visitors who are nobody's yet, made where they are new."""
    wanted = login.events.filter(pl.col("user_id").is_null()).select("visitor_id").unique(maintain_order=True)
    known = login.links.filter(pl.col("owner").is_null()).select("visitor_id", guest="person")
    new = wanted.join(known, on="visitor_id", how="anti", maintain_order="left")
    made = _create(transaction, pl.DataFrame({"user_id": pl.Series([None] * new.height, dtype=pl.String)}))
    fresh = new.with_columns(made["person"].alias("guest"))
    transaction.insert(VISITOR, fresh.rename({"guest": "person"}))
    return pl.concat([known.join(wanted, on="visitor_id", how="semi"), fresh])


def _create(transaction: Transaction, users: pl.DataFrame) -> pl.DataFrame:
    """Persons for these user ids (null: guests), in order."""
    if users.is_empty():
        return pl.DataFrame(schema=_USER)
    first = transaction.take("person", users.height)
    numbers = pl.int_range(first, first + users.height, dtype=pl.Int32, eager=True).alias("person")
    made = users.with_columns(numbers)
    empty = pl.lit(EMPTY, pl.Binary)
    blank = made.select("person", "user_id", attributes=pl.lit("{}"), total=empty, recent=empty)
    transaction.insert(PERSON, blank)
    return made
