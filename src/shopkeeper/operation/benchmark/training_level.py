"""Who is how soon as good as a peer was: at each point where the peer was judged, not only where it had learned all."""

from collections.abc import Mapping
from math import log2
from typing import Final

from shopkeeper.operation.benchmark.shape import Cell, Row, ratio
from shopkeeper.operation.benchmark.training_course import Course, Lap

ABOVE_CHANCE: Final = 3.0  # times what lists in random order reach: below it nothing is learned, and no level
SHOWN: Final = 8  # levels of one peer, at most


def chance(items: int) -> float:
    """NDCG@10 that is to be expected of a list of all items in random order."""
    return sum(1 / log2(place + 1) for place in range(1, min(items, 10) + 1)) / max(items, 1)


def levels(course: Course, items: int) -> tuple[Lap, ...]:
    """The points of a course that were better than all before and than ABOVE_CHANCE times chance; of many the last one
    of each of SHOWN even parts."""
    best, found = ABOVE_CHANCE * chance(items), []
    for lap in course.laps:
        if lap.validation > best:
            best = lap.validation
            found.append(lap)
    every = max(-(-len(found) // SHOWN), 1)
    return tuple(found[::-1][::every][::-1])


def level_rows(peers: Mapping[str, Course], ours: Mapping[str, Course], items: int) -> list[Row]:
    """For each level of each peer, when ours were as good."""
    return [
        _row(name, peer, lap, course)
        for peer, peers_course in peers.items()
        for lap in levels(peers_course, items)
        for name, course in ours.items()
    ]


def _row(name: str, peer: str, lap: Lap, course: Course) -> Row:
    """`peer_to_level` are the epochs of the peer; the ratio is its processor seconds over ours."""
    at = course.reached(lap.validation)
    row: dict[str, Cell] = {
        "system": f"{name}, as good as {peer}",
        "level": round(lap.validation, 4),
        "peer_epochs_to_level": round(lap.epochs, 2),
        "peer_cpu_seconds_to_level": round(lap.cpu_seconds, 1),
        "epochs_to_level": None if at is None else round(at.epochs, 2),
        "cpu_seconds_to_level": None if at is None else round(at.cpu_seconds, 1),
        "times_as_long": None if at is None else ratio(lap.cpu_seconds, at.cpu_seconds),
    }
    return row
