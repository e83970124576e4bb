"""A Round: a workshop with other days, or with some of the customers only, kept in a folder of its own."""

import shutil
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

from shopkeeper.data import Dataset
from shopkeeper.evaluation.fold import of_people
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.operation.workshop import Workshop
from shopkeeper.pipeline.lists import Int32
from shopkeeper.pipeline.vectors import TextVectors

_VERSION: Final = 2  # of what is told of a round; a new one makes no older report be read back


@dataclass(frozen=True, kw_only=True)
class Round(Workshop):
    """The `whole` workshop as one round sees it: cut at `days`, and of everybody or of `people` alone (sorted)."""

    whole: Workshop
    name: str
    days: TimeSplit
    people: Int32 | None = None

    @classmethod
    def of(cls, whole: Workshop, name: str, days: TimeSplit, people: Int32 | None = None) -> "Round":
        """A round of a workshop."""
        return cls(
            shop=whole.shop,
            change=whole.change,
            progress=whole.progress,
            models=whole.models,
            whole=whole,
            name=name,
            days=days,
            people=people,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Of the whole's, and of what this round sees of it."""
        digest = blake2b(repr([_VERSION, self.whole.fingerprint, self.name, self.days]).encode(), digest_size=16)
        digest.update(b"" if self.people is None else self.people.tobytes())
        return digest.hexdigest()

    @cached_property
    def split(self) -> TimeSplit:
        return self.days

    @cached_property
    def everything(self) -> Dataset:
        whole = self.whole.everything
        return whole if self.people is None else of_people(whole, self.people)

    @cached_property
    def vectors(self) -> TextVectors:
        return self.whole.vectors

    def tidy(self) -> None:
        """Remove fitted arrays; the report stays, so that a killed evaluation goes on after the rounds it has done."""
        for path in self.folder.glob("as-of-*"):
            shutil.rmtree(path, ignore_errors=True)
