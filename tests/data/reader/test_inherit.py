"""Rows that inherit from the first of their run, across the borders of blocks."""

import polars as pl

from shopkeeper.data.reader.inherit import FIRST, OPENS, Inheritance


def block(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"key": pl.String, "name": pl.String}, orient="row")


def test_a_run_goes_on_in_the_next_block() -> None:
    runs = Inheritance("key", ["name"])
    one = runs.beside(block((None, "stray"), ("a", "Ana"), ("a", None), (" ", "own")))
    assert one.select("key", OPENS, FIRST + "name").rows() == [
        (None, False, None),
        ("a", True, "Ana"),
        ("a", False, "Ana"),
        ("a", False, "Ana"),
    ]
    assert runs.beside(block()).height == 0
    two = runs.beside(block((None, None), ("a", None), ("b", None), ("b", "late"), ("a", None)))
    assert two.select("key", OPENS, FIRST + "name").rows() == [
        ("a", False, "Ana"),
        ("a", False, "Ana"),
        ("b", True, None),
        ("b", False, None),
        ("a", True, None),
    ]
