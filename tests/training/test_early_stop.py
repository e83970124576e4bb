"""Early stopping by hand."""

from shopkeeper.model.neural import Epoch
from shopkeeper.training.early_stop import best_epoch, is_over


def epochs(*validation: float | None) -> list[Epoch]:
    return [Epoch(1.0, value, 1.0) for value in validation]


def test_the_first_of_the_best_is_kept_and_patience_counts_from_it() -> None:
    told = epochs(0.1, 0.3, 0.2, 0.3)
    assert best_epoch(told) == 1
    assert is_over(told, 2)
    assert not is_over(told, 3)


def test_without_validation_the_last_is_best_and_nothing_ends_early() -> None:
    assert best_epoch(epochs(None, None)) == 1
    assert not is_over(epochs(*[None] * 20), 1)


def test_before_the_first_epoch_nothing_is_over() -> None:
    assert not is_over([], 1)
