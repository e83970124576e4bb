"""What a source alone is worth on a window of the log: NDCG@10 of its lists, asked as the shop's tasks ask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.evaluation.metric import ndcg
from shopkeeper.evaluation.task import Questions
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Int32, Int64
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface import Surface
from shopkeeper.training.blending import questions_of

Float64 = npt.NDArray[np.float64]
Ask = Callable[[Int64], QueryBatch]

CUT: Final = 10
CUSTOMERS: Final = 1_000  # asked about; more of them tell two models apart little better, and take their time
_CHUNK: Final = 256  # requests worked out at once


@dataclass(frozen=True, slots=True)
class _Paper:
    """The questions of one surface, and which customer (0 to C - 1) each is about."""

    spec: PipelineSpec
    questions: Questions
    ask: Ask
    row: Int64
    customer: Int64


@dataclass(frozen=True)
class WindowJudge:
    """NDCG@10 of the C customers of a sample, the mean over the surfaces on whose tasks they can be asked.

    A surface's own rules hold: `discover` shows nothing that was bought before. `customers` (C,) are the store's
    numbers.
    """

    customers: Int32
    papers: tuple[_Paper, ...]

    @classmethod
    def of(
        cls,
        surfaces: Sequence[Surface],
        history: Dataset,
        later: Dataset,
        rng: np.random.Generator,
        most: int = CUSTOMERS,
    ) -> "WindowJudge":
        """Asks about what was bought from `history.as_of` up to `later.as_of`."""
        asked = [(surface, *questions_of(history, later, surface, CUT)) for surface in surfaces]
        persons = np.unique(np.concatenate([np.empty(0, np.int32), *(questions.person for _, questions, _ in asked)]))
        customers = np.sort(rng.permutation(persons)[:most])
        return cls(customers, tuple(_paper(customers, *each) for each in asked))

    def __len__(self) -> int:
        return len(self.customers)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for equal questions."""
        digest = blake2b(digest_size=16)
        for paper in self.papers:
            truth = paper.questions.truth.of_queries(paper.row)
            digest.update(paper.spec.name.encode())
            for part in (self.customers, paper.customer, truth.item, truth.offset):
                digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def only(self, rows: Int64) -> "WindowJudge":
        """A judge who asks about some of the customers."""
        return WindowJudge(self.customers[rows], tuple(_only(paper, rows, len(self)) for paper in self.papers))

    def __call__(self, source: Source) -> float:
        """From 0 to 1; 0 where nobody can be asked."""
        return float(self.values(source).mean()) if len(self) else 0.0

    def values(self, source: Source) -> Float64:
        """(C,) of each customer."""
        total, count = np.zeros(len(self)), np.zeros(len(self))
        for paper in self.papers:
            total += np.bincount(paper.customer, _marked(paper, source), minlength=len(self))
            count += np.bincount(paper.customer, minlength=len(self))
        told: Float64 = total / np.maximum(count, 1)
        return told


def _paper(customers: Int32, surface: Surface, questions: Questions, ask: Ask) -> _Paper:
    """Those of a surface's questions that are about these customers."""
    row = np.flatnonzero(np.isin(questions.person, customers)).astype(np.int64)
    customer = np.searchsorted(customers, questions.person[row]).astype(np.int64)
    return _Paper(surface.spec, questions, ask, row, customer)


def _only(paper: _Paper, rows: Int64, size: int) -> _Paper:
    """A paper without the questions about all other customers."""
    place = np.full(size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    kept = place[paper.customer] >= 0
    return replace(paper, row=paper.row[kept], customer=place[paper.customer[kept]])


def _marked(paper: _Paper, source: Source) -> Float64:
    """(Q,) NDCG@10 of a paper's questions."""
    pipeline = alone(paper.spec, "judged").build({"judged": source})
    found = [np.empty(0)]
    for start in range(0, len(paper.row), _CHUNK):
        row = paper.row[start : start + _CHUNK]
        found.append(ndcg(pipeline.run(paper.ask(row)), paper.questions.truth.of_queries(row), CUT))
    return np.concatenate(found)


def alone(spec: PipelineSpec, name: str) -> PipelineSpec:
    """A pipeline that ranks by one source, and has no stand-in: what it cannot say counts against it."""
    return replace(spec, name=name, sources=(name,), leading=(), weight={}, score_map={}, fallback=None)
