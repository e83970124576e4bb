"""Surfaces: the places that ask for a list, each named, with what it needs and how its pipeline is made."""

from dataclasses import dataclass
from enum import StrEnum

from shopkeeper.error import InputError
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import Query


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

    def check(self, query: Query, named: str = "item_ids") -> None:
        """Raise InputError where the query lacks the items that every list of this surface answers to.

        `named` is what the door at which it was asked calls them.
        A user or a text may be missing: somebody unknown is an ordinary shopper, and an empty search finds nothing.
        """
        if self.needs is Need.ITEMS and not query.item_ids:
            raise InputError(f"{self.name!r} needs {named}: the item looked at, or those in the cart.")
