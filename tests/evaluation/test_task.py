"""Next basket and discovery on a log made by hand; the cut is day 10, the window ends on day 20."""

from collections.abc import Callable, Sequence

from shopkeeper.data import Dataset
from shopkeeper.evaluation.task import REPURCHASE, TASKS, Questions
from shopkeeper.record import EventType

Act = tuple[int, int, EventType, float, int | None]
MakeDataset = Callable[[Sequence[Act], float], Dataset]
BUY, SEEN, BACK = EventType.PURCHASE, EventType.IMPRESSION, EventType.RETURN
CAMPAIGN, DISABLED, LATE = 5, 6, 7


def asked(task: str, acts: Sequence[Act], make: MakeDataset) -> Questions:
    return TASKS[task].questions(make(acts, 10), make(acts, 20))


def right(questions: Questions) -> dict[int, list[int]]:
    """The right items of each person."""
    truth = questions.truth
    return {
        int(person): truth.item[truth.offset[row] : truth.offset[row + 1]].tolist()
        for row, person in enumerate(questions.person)
    }


def test_surfaces_of_the_tasks() -> None:
    assert {name: task.surface for name, task in TASKS.items()} == {"next_basket": "home", "discovery": "discover"}


def test_next_basket_is_the_first_session_from_the_cut_on(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 5, 70),
        (1, 2, BUY, 12, 72),  # the second basket, though its session has the smaller row
        (1, 0, BUY, 10, 71),  # exactly at the cut: the first basket
        (1, 1, BUY, 10.1, 71),
        (1, 1, BUY, 10.1, 71),  # twice in one basket is right once
        (2, 3, BUY, 4, 80),
        (2, 4, BUY, 19, 81),
        (2, 0, SEEN, 11, 81),  # shown is not bought
        (2, 0, BUY, 20, 82),  # beyond the window
    ]
    assert right(asked("next_basket", acts, make_dataset)) == {1: [0, 1], 2: [4]}


def test_repurchase_is_what_of_that_basket_was_bought_before(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 5, 70),
        (1, 1, SEEN, 5, 70),
        (1, 0, BUY, 11, 71),
        (1, 1, BUY, 11, 71),  # seen before, and never bought
        (1, 0, BUY, 12, 72),
        (2, 3, BUY, 4, 80),
        (2, 0, BUY, 11, 81),  # another customer's habit
    ]
    assert right(REPURCHASE.questions(make_dataset(acts, 10), make_dataset(acts, 20))) == {1: [0]}


def test_without_a_session_a_basket_is_what_was_bought_at_one_time(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 5, None),
        (1, 1, BUY, 11, None),
        (1, 2, BUY, 11, None),
        (1, 3, BUY, 11.5, None),
        (2, 0, BUY, 5, None),
        (2, 3, BUY, 11, None),
    ]
    assert right(asked("next_basket", acts, make_dataset)) == {1: [1, 2], 2: [3]}


def test_two_persons_never_share_a_session(make_dataset: MakeDataset) -> None:
    acts = [(1, 0, BUY, 5, 1), (2, 0, BUY, 5, 2), (1, 1, BUY, 11, 9), (2, 2, BUY, 12, 9), (2, 3, BUY, 11, 8)]
    assert right(asked("next_basket", acts, make_dataset)) == {1: [1], 2: [3]}


def test_discovery_leaves_out_what_was_bought_before(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 5, None),
        (1, 1, EventType.VIEW, 5, None),  # looked at is not bought
        (1, 0, BUY, 11, None),
        (1, 1, BUY, 12, None),
        (1, 2, BUY, 19, None),
        (2, 1, BUY, 5, None),
        (2, 0, BUY, 11, None),  # person 1 knew it, person 2 did not
        (3, 4, BUY, 5, None),
        (3, 4, BUY, 15, None),  # nothing new
    ]
    questions = asked("discovery", acts, make_dataset)
    assert right(questions) == {1: [1, 2], 2: [0]}
    assert (questions.without_truth, questions.cold) == (0, 0)


def test_what_no_list_could_hold_is_left_out_and_counted(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 5, None),
        (1, 1, BUY, 11, None),
        (1, CAMPAIGN, BUY, 11, None),
        (1, DISABLED, BUY, 11, None),
        (1, LATE, BUY, 11, None),
        (2, 0, BUY, 5, None),
        (2, DISABLED, BUY, 11, None),
        (2, DISABLED, BUY, 11, None),  # the same pair
    ]
    questions = asked("next_basket", acts, make_dataset)
    assert right(questions) == {1: [1]}
    assert (questions.other_kind, questions.unavailable, questions.without_truth) == (1, 3, 1)


def test_users_without_a_history_are_counted_as_cold(make_dataset: MakeDataset) -> None:
    acts = [
        (1, 0, BUY, 11, None),
        (2, 0, SEEN, 5, None),  # shown something only: an empty history
        (2, 0, BUY, 11, None),
        (3, 0, EventType.VIEW, 5, None),
        (3, 0, BUY, 11, None),
        (4, 0, BUY, 5, None),  # bought nothing in the window
    ]
    questions = asked("next_basket", acts, make_dataset)
    assert right(questions) == {3: [0]}
    assert questions.cold == 2
    assert questions.user.tolist() == [1]  # persons 2, 3, 4 are rows 0, 1, 2 of the history


def test_an_empty_window_asks_nobody(make_dataset: MakeDataset) -> None:
    for task in TASKS:
        questions = asked(task, [(1, 0, BUY, 5, None)], make_dataset)
        assert len(questions) == len(questions.truth) == questions.cold == 0
