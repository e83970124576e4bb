"""Surfaces: the places that ask for a list, each named, with what it needs and how its pipeline is made."""

from dataclasses import dataclass
from enum import StrEnum

from shopkeeper.pipeline.spec import PipelineSpec


class Need(StrEnum):
    """What a surface's request must bring."""

    USER = "user"
    ITEMS = "items"
    TEXT = "text"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Surface:
    """`task` names the evaluation task on which the pipeline's blend is fitted; None: nothing to fit."""

    name: str
    title: str
    description: str
    needs: Need
    spec: PipelineSpec
    task: str | None = None
