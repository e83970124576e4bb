"""Receipt: what became of a batch that was written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken: its position in what was sent, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; returned only after its commit. `change` is the store's change number after it."""

    accepted: int
    duplicate: int = 0
    rejected: tuple[Refusal, ...] = ()
    change: int = 0
    marked: int = 0  # of the accepted: events of bots and staff
