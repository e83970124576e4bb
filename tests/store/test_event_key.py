"""Event keys: 16 bytes that tell apart what was said."""

from hashlib import blake2b

import polars as pl

from shopkeeper.store.event_key import event_keys
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.sieve import conform


def keys(**columns: list[object]) -> list[bytes]:
    """Keys of events with these columns."""
    return event_keys(conform(pl.DataFrame(columns), EVENT_COLUMN, "events")).to_list()


def test_a_key_is_the_blake2b_of_the_id() -> None:
    made = keys(event_id=["e1"], type=["view"])
    assert made == [blake2b(b"ie1", digest_size=16).digest()]
    assert len(made[0]) == 16


def test_an_id_is_all_that_counts_where_there_is_one() -> None:
    first, second = keys(event_id=["e", "e"], type=["view", "cart"])
    assert first == second


def test_content_without_an_id_is_told_apart_field_by_field() -> None:
    made = keys(
        type=["view", "view", "view", "view", "view", "view"],
        session_id=["a", "", None, None, "a", "ab"],
        text=["b", "b", "b", "=b", None, None],
        surface=[None, None, None, None, "b", None],
    )
    assert len(set(made)) == 6


def test_a_row_has_the_same_key_alone_and_among_others() -> None:
    together = keys(type=["view", "cart"], text=[None, "x"], event_id=[None, "e"], quantity=[1.5, None])
    alone = keys(type=["view"], quantity=[1.5]) + keys(type=["cart"], text=["x"], event_id=["e"])
    assert together == alone
