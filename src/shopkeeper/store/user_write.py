"""Writing users: their attributes; events make persons by themselves."""

import polars as pl

from shopkeeper.store.json_column import json_objects
from shopkeeper.store.person import persons_of_users
from shopkeeper.store.sieve import Sieve, too_long
from shopkeeper.store.transaction import Transaction


def user_sieve(frame: pl.DataFrame) -> Sieve:
    """The users of a frame (USER_COLUMN and ROW) that can be written."""
    sieve = Sieve(frame.with_columns(pl.col("attributes").fill_null("{}")))
    sieve.refuse(
        (pl.col("user_id").fill_null("") == "", "a user needs a user_id"),
        (~pl.lit(json_objects(sieve.frame["attributes"])), "attributes are no JSON object"),
        *too_long("user_id"),
    )
    sieve.refuse_nul()
    return sieve


def write_users(transaction: Transaction, users: pl.DataFrame) -> int:
    """Insert or replace the attributes of users, the last row of each; returns how many users that were."""
    last = users.unique("user_id", keep="last", maintain_order=True)
    persons = persons_of_users(transaction, last["user_id"])
    rows = last.join(persons, on="user_id").select("person", "attributes").rows(named=True)
    transaction.execute("UPDATE person SET attributes = :attributes WHERE person = :person", rows)
    return last.height
