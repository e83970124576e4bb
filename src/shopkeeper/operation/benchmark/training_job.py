"""What all systems of `benchmark training` are given: the same sequences, the same network's shape, the same questions.

A job is a file of arrays, so that a process of another Python can read it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.full_rank import rank_metrics, target_ranks
from shopkeeper.evaluation.leave_one_out import MAX_LENGTH, LeaveOneOut
from shopkeeper.operation.benchmark.sequence_file import read_sequences
from shopkeeper.pipeline.lists import Float32

ASKED: Final = 4_000  # validation questions after each epoch
SEED: Final = 0
_ITEMS: Final = "items.arrow"
_QUESTIONS: Final = "questions.npz"


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the network; all systems have the same."""

    width: int = 64
    layers: int = 2
    heads: int = 2
    length: int = MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Job:
    """A folder's items and validation questions, and which of these are asked."""

    items: ItemTable
    questions: LeaveOneOut
    asked: LeaveOneOut

    @classmethod
    def of(cls, folder: Path) -> "Job":
        """Raises NotFound, InputError."""
        file = read_sequences(folder, np.random.default_rng(SEED))
        questions = LeaveOneOut.validation(file.items, file.sequences)
        return cls._asking(questions)

    @classmethod
    def kept(cls, place: Path) -> "Job":
        """What `keep` has written: a process that reads this holds less than one that has read the folder."""
        items = ItemTable(pl.read_ipc(place / _ITEMS))
        told = np.load(place / _QUESTIONS)
        return cls._asking(LeaveOneOut(items, Sequences(told["item"], told["offset"]), told["target"]))

    @classmethod
    def _asking(cls, questions: LeaveOneOut) -> "Job":
        rows = np.sort(np.random.default_rng(SEED).permutation(len(questions))[:ASKED])
        return cls(questions.items, questions, questions.users(rows))

    def keep(self, place: Path) -> None:
        """Everything that ours need."""
        self.items.frame.write_ipc(place / _ITEMS)
        questions = self.questions
        known = questions.known
        np.savez(place / _QUESTIONS, item=known.item, offset=known.offset, target=questions.target)

    def write(self, path: Path, shape: Shape, epochs: int, threads: int) -> None:
        """Everything that a peer needs; item `n` is the n-th of `items`."""
        known, asked = self.questions.known, self.asked.known.tail(MAX_LENGTH)
        told: dict[str, Any] = {
            "item": known.item,
            "offset": known.offset,
            "asked_item": asked.item,
            "asked_offset": asked.offset,
            "items": len(self.items),
            "epochs": epochs,
            "threads": threads,
            "width": shape.width,
            "layers": shape.layers,
            "heads": shape.heads,
            "length": shape.length,
        }
        np.savez(path, **told)

    def judge(self, path: Path) -> float:
        """NDCG@10 of what a peer has written: (U, d) users' states, and (n, d) items, of which it has never seen those
        without a number."""
        told = np.load(path)
        state, item = told["state"], told["item"]
        unseen = np.isnan(item).any(axis=1)
        item = np.where(unseen[:, None], 0, item).astype(np.float32)
        return ndcg(self.asked, lambda rows: _lowered(state[rows] @ item.T, unseen))


def _lowered(score: Float32, unseen: np.ndarray) -> Float32:
    score[:, unseen] = -np.inf
    return score


def ndcg(asked: LeaveOneOut, scores: Callable[[slice], Float32]) -> float:
    """NDCG@10 of questions; `scores(rows)` gives (B, n) of some of them."""
    ranks, start = [np.empty(0)], 0
    for chunk in asked.chunks():
        rows = slice(start, start + len(chunk.target))
        ranks.append(target_ranks(scores(rows), chunk.target, chunk.seen_row, chunk.seen_item))
        start = rows.stop
    return rank_metrics(np.concatenate(ranks))["NDCG@10"]
