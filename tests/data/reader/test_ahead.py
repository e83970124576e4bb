"""Reading ahead: the same things, one of them early."""

import threading
from collections.abc import Iterator

import pytest

from shopkeeper.data.reader.ahead import ahead


def test_things_come_in_order_and_one_is_made_early() -> None:
    made: list[int] = []
    third = threading.Event()

    def things() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    reading = ahead(things())
    assert [next(reading), next(reading)] == [0, 1]
    assert third.wait(10)
    assert made == [0, 1, 2]  # the fourth waits until the third is asked for
    assert list(reading) == [2, 3, 4]


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def things() -> Iterator[int | None]:
        yield None
        yield 1
        raise ValueError("torn")

    reading = ahead(things())
    assert [next(reading), next(reading)] == [None, 1]
    with pytest.raises(ValueError, match="torn"):
        next(reading)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    reading = ahead(iter(range(100)))
    assert next(reading) == 0
    assert isinstance(reading, Iterator)
    del reading
    assert threading.active_count() == before


def test_nothing_is_nothing() -> None:
    assert list(ahead(iter(()))) == []
