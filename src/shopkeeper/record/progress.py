"""Progress: how long work tells the boundary how far it is, without printing."""

from typing import Final, Protocol

UNKNOWN: Final = -1  # the total of a stage that cannot know its end


class AtMost(int):
    """A total that work may end short of, such as the epochs of a training that ends when it no longer gains."""


class Progress(Protocol):
    """Receives what a long piece of work has done; a door draws the bar."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`stage` is a short phrase for people ("reading rows"); done == total ends it, UNKNOWN is no total yet."""
        ...


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def within(progress: Progress, stage: str, done: int, total: int) -> Progress:
    """For work inside one step of a stage: its own stages are details of that one, and none of them ends it."""

    def told(what: str, _done: int, _total: int) -> None:
        progress(f"{stage}: {what}", done, total)

    return told
