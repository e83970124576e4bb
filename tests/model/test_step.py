"""What sequence models read of a request."""

from shopkeeper.model.step import Steps, steps
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.record import EventType
from shopkeeper.testing.log import Act, asking_with, dataset_of


def read(acts: list[Act], context: list[int] | None = None, most: int = 10) -> Steps:
    """The steps of the one user of a log, with five items known."""
    return steps(asking_with(batch_of_users(dataset_of(acts, 6)), [context or []]), 5, most)


BOUGHT = [Act(0, 1, 9), Act(0, 3, 8), Act(0, 1, 7), Act(0, 2, 6)]


def test_the_last_acts_are_told_in_order() -> None:
    assert read(BOUGHT).taken.item.tolist() == [1, 3, 1, 2]
    assert read(BOUGHT, most=2).taken.item.tolist() == [1, 2]


def test_what_is_looked_at_is_asked_with_instead() -> None:
    assert read(BOUGHT, [4, 0]).taken.item.tolist() == [4, 0]


def test_what_was_taken_back_is_no_step_and_speaks_against() -> None:
    found = read([*BOUGHT, Act(0, 2, 1, EventType.RETURN), Act(0, 0, 1, EventType.DISMISS)])
    assert found.taken.item.tolist() == [1, 3, 1]
    assert (found.against_row.tolist(), found.against.tolist()) == ([0, 0], [0, 2])


def test_items_newer_than_the_fit_are_left_out() -> None:
    assert read([*BOUGHT, Act(0, 5, 1)]).taken.item.tolist() == [1, 3, 1, 2]
