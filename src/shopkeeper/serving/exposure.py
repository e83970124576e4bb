"""Exposures on their way to the store: noted by a request in microseconds, written in batches by a thread of their own.

No request ever waits for the store. What is noted and not yet written, at most a second's worth while the store is
well, is lost when the process is killed; what is noted while the store is away waits, up to a limit, beyond which it
is dropped, counted and said in the log.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.error import ShopkeeperError
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists
from shopkeeper.record import Answer, Query
from shopkeeper.store import Exposure, ExposureLog
from shopkeeper.store.exposure import PLACE

LIMIT: Final = 20_000  # responses that may wait
BATCH: Final = 1_000  # responses of one commit; as soon as so many wait they are written
SECONDS: Final = 1.0  # how long a response waits at most while the store is well
DETERMINISTIC: Final = 1.0  # the propensity of every place, until some policy draws lots

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Noted:
    """One response as the request left it; the arrays are the request's own, which nobody changes."""

    query: Query
    answer: Answer
    item: Int32
    score: Float32
    time: int

    def exposure(self) -> Exposure:
        """What the store keeps of it."""
        places = np.empty(len(self.item), PLACE)
        places["item_index"], places["score"], places["propensity"] = self.item, self.score, DETERMINISTIC
        query, answer = self.query, self.answer
        return Exposure(
            answer.recommendation_id,
            self.time,
            answer.surface,
            answer.bundle_id,
            places,
            query.user_id,
            query.visitor_id,
            fallback=answer.fallback,
            query=query.text,
        )


class ExposureRecorder:
    """Thread-safe. `start()` begins the thread that writes, `close()` writes what waits and ends it."""

    def __init__(self, log: ExposureLog, *, limit: int = LIMIT, seconds: float = SECONDS) -> None:
        self._log, self._limit, self._seconds = log, limit, seconds
        self._waiting: deque[_Noted] = deque()
        self._batch: list[_Noted] = []  # taken out of the queue and not committed yet
        self._writing, self._counting = threading.Lock(), threading.Lock()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="shopkeeper-exposures", daemon=True)
        self._away = False  # whether the last try found the store away
        self._told = 0  # of the lost ones
        self.lost = 0  # responses that were given and that the log will never have

    def note(self, queries: Sequence[Query], answers: Sequence[Answer], lists: ItemLists, time: int) -> None:
        """Remember responses that are about to be given: row i of `lists`, as `answers[i]`, to `queries[i]`."""
        for row, (query, answer) in enumerate(zip(queries, answers, strict=True)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            self.note_one(query, answer, lists.item[span], lists.score[span], time)

    def note_one(self, query: Query, answer: Answer, item: Int32, score: Float32, time: int) -> None:
        """Remember one response: `item` and `score` (N,) are of the places that are shown, in their order."""
        if len(self._waiting) >= self._limit:
            self._lose(1)
            return
        self._waiting.append(_Noted(query, answer, item, score, time))
        if len(self._waiting) >= BATCH and not self._wake.is_set():
            self._wake.set()

    def start(self) -> "ExposureRecorder":
        """Write in the background until `close`."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Write what waits, and stop. Close it before the store."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
        if not self.flush():
            self._lose(len(self._batch) + len(self._waiting))
        self._tell()

    def flush(self) -> bool:
        """Write what waits; False where the store is away, and it goes on waiting."""
        with self._writing:
            while self._batch or self._waiting:
                while self._waiting and len(self._batch) < BATCH:
                    self._batch.append(self._waiting.popleft())
                if not self._written():
                    return False
                self._batch.clear()
        return True

    def _written(self) -> bool:
        """Whether the batch needs no further try."""
        try:
            self._log.append([noted.exposure() for noted in self._batch])
            self._away = False
        except ShopkeeperError as problem:
            if not self._away:
                _log.warning("Exposures cannot be written now, and wait: %s", problem)
            self._away = True
            return False
        except Exception:  # whatever it is: they would be as wrong the next time
            _log.exception("Exposures cannot be written, and are lost.")
            self._lose(len(self._batch))
        return True

    def _follow(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._seconds)
            self._wake.clear()
            if not self.flush():
                self._stop.wait(self._seconds)
            self._tell()

    def _lose(self, count: int) -> None:
        with self._counting:
            self.lost += count

    def _tell(self) -> None:
        """Say how many were lost since it was last said."""
        lost = self.lost
        if lost > self._told:
            _log.warning("%d responses were given that the exposure log does not have.", lost - self._told)
            self._told = lost
