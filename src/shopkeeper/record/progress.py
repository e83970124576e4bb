"""Progress: how long work tells the boundary how far it is, without printing."""

from typing import Final, Protocol

UNKNOWN: Final = -1  # the total of a stage that cannot know its end


class Progress(Protocol):
    """Receives what a long piece of work has done; a door draws the bar."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`stage` is a short phrase for people ("reading rows"); done == total ends it, UNKNOWN is no total yet."""
        ...


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""
