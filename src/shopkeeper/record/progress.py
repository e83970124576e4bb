"""Progress: how long work tells the boundary how far it is, without printing."""

from typing import Protocol


class Progress(Protocol):
    """Receives what a long piece of work has done; a door draws the bar."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`stage` is a short phrase for people ("reading transactions"); done == total ends it."""
        ...


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""
