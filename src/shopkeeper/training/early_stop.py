"""Early stopping: which epoch was best, and when to give up hope of a better one.

Prechelt, Early Stopping - But When?, Neural Networks: Tricks of the Trade, 1998.
"""

from collections.abc import Sequence

from shopkeeper.model.neural import Epoch


def best_epoch(epochs: Sequence[Epoch]) -> int:
    """The first of the best by validation; the last where there is no validation."""
    values = [epoch.validation for epoch in epochs if epoch.validation is not None]
    return values.index(max(values)) if len(values) == len(epochs) > 0 else len(epochs) - 1


def is_over(epochs: Sequence[Epoch], patience: int) -> bool:
    """Whether the best is `patience` epochs past; without validation it never is."""
    return len(epochs) - 1 - best_epoch(epochs) >= patience
