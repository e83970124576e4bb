"""Whose act each of a few events is: what person.py says of events among which nobody logs in, in plain Python."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopkeeper.store.aggregate import EMPTY
from shopkeeper.store.transaction import Transaction

_LINKS: Final = """
SELECT v.visitor_id, v.person, p.user_id FROM visitor v JOIN person p ON p.person = v.person WHERE
"""
_PERSON: Final = """
INSERT INTO person (person, user_id, attributes, total, recent) VALUES (:person, :user_id, '{}', :empty, :empty)
"""
_VISITOR: Final = "INSERT INTO visitor (visitor_id, person) VALUES (:visitor_id, :person)"
_Link = tuple[int, str | None]  # a visitor's person, and the user who that is


def persons_of_few(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[int] | None:
    """The person of each row (user_id, visitor_id), made where it is new.

    None, with nothing written, where a visitor turns out to be another user than before: `resolve_persons` knows whose
    the past then is.
    """
    visitors = [row["visitor_id"] for row in rows if row["visitor_id"] is not None]
    found = transaction.rows_among(_LINKS, "v.visitor_id", list(dict.fromkeys(visitors)))
    links: dict[str, _Link] = {visitor: (person, owner) for visitor, person, owner in found}
    told = _told(rows, links)
    if told is None:
        return None
    users = [row["user_id"] if row["visitor_id"] is None else told[row["visitor_id"]] for row in rows]
    persons = _persons_of_users(transaction, users, links)
    guests = _persons_of_visitors(transaction, told, links, persons)
    return [guests[row["visitor_id"]] if user is None else persons[user] for row, user in zip(rows, users, strict=True)]


def _told(rows: Sequence[Mapping[str, Any]], links: Mapping[str, _Link]) -> dict[str, str | None] | None:
    """The one user whom each visitor is, or None for a guest; None altogether where it is not one, or a new one."""
    told: dict[str, str | None] = {visitor: owner for visitor, (_, owner) in links.items()}
    for row in rows:
        visitor, user = row["visitor_id"], row["user_id"]
        if visitor is None:
            continue
        if user is not None and told.setdefault(visitor, user) != user:
            return None
        told.setdefault(visitor, None)
    return told


def _persons_of_users(
    transaction: Transaction, users: Sequence[str | None], links: Mapping[str, _Link]
) -> dict[str, int]:
    """The person of each user."""
    persons = {owner: person for person, owner in links.values() if owner is not None}
    wanted = [user for user in dict.fromkeys(users) if user is not None and user not in persons]
    persons.update(transaction.rows_among("SELECT user_id, person FROM person WHERE", "user_id", wanted))
    new = [user for user in wanted if user not in persons]
    persons.update(zip(new, _create(transaction, new), strict=True))
    return persons


def _persons_of_visitors(
    transaction: Transaction, told: Mapping[str, str | None], links: Mapping[str, _Link], persons: Mapping[str, int]
) -> dict[str, int]:
    """The person of each visitor; one who is new is noted."""
    new = {visitor: user for visitor, user in told.items() if visitor not in links}
    guests = [visitor for visitor, user in new.items() if user is None]
    made = dict(zip(guests, _create(transaction, [None] * len(guests)), strict=True))
    made.update((visitor, persons[user]) for visitor, user in new.items() if user is not None)
    transaction.execute(_VISITOR, [{"visitor_id": visitor, "person": person} for visitor, person in made.items()])
    return {visitor: person for visitor, (person, _) in links.items()} | made


def _create(transaction: Transaction, users: Sequence[str | None]) -> range:
    """New persons for these user ids (None: guests), in order."""
    first = transaction.take("person", len(users))
    made = range(first, first + len(users))
    rows = [{"person": person, "user_id": user, "empty": EMPTY} for person, user in zip(made, users, strict=True)]
    transaction.execute(_PERSON, rows)
    return made
