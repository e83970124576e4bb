"""Group commit: what several threads want written at once is written in one transaction.

A disk confirms some hundred transactions a second, whatever is in them. So the first thread to come commits alone;
those that come meanwhile wait, and then one of them commits for all. A thread returns only when its own work is
committed.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shopkeeper.error import StoreError

Work = TypeVar("Work")
Done = TypeVar("Done")

MOST: int = 64  # works in one transaction; more than a server has threads


@dataclass(eq=False, slots=True)
class _Place(Generic[Work, Done]):
    """One thread's place in the queue."""

    work: Work
    woken: threading.Event = field(default_factory=threading.Event)  # it is settled, or this thread is to lead
    done: list[Done] = field(default_factory=list)
    problem: Exception | None = None

    @property
    def settled(self) -> bool:
        return bool(self.done) or self.problem is not None

    def outcome(self) -> Done:
        if self.problem is not None:
            raise self.problem
        return self.done[0]


class GroupCommit(Generic[Work, Done]):
    """Commits the work of many threads together. `commit` takes several works and returns what became of each, in
    order, after its transaction is on the disk; where it raises, nothing of them may have been written.

    An error of a kind in `shared` (a database that is out of reach) is told to every thread of the group. After any
    other error each work is committed alone, so that only the thread whose work is at fault is told.
    """

    def __init__(
        self, commit: Callable[[Sequence[Work]], Sequence[Done]], shared: type[Exception], most: int = MOST
    ) -> None:
        self._commit, self._shared, self._most = commit, shared, most
        self._queue: list[_Place[Work, Done]] = []
        self._lock = threading.Lock()  # of the queue and of who leads
        self._led = False

    def submit(self, work: Work) -> Done:
        """Commit a work, with others where others wait; returns when it is committed, or raises why it is not."""
        place: _Place[Work, Done] = _Place(work)
        try:
            with self._lock:
                self._queue.append(place)
                if not self._led:
                    self._appoint()
            place.woken.wait()
            if not place.settled:
                self._lead()
        except BaseException:  # this thread is told to stop: nobody may wait for it to lead
            self._leave(place)
            raise
        return place.outcome()

    @property
    def waiting(self) -> int:
        """How many works wait for a commit to come, the one that is under way aside."""
        with self._lock:
            return len(self._queue)

    def _appoint(self) -> None:
        """Let the first who waits lead; under the lock, so that nobody who leaves is chosen."""
        self._led = bool(self._queue)
        if self._led:
            self._queue[0].woken.set()

    def _leave(self, place: _Place[Work, Done]) -> None:
        """Take a work back that nobody has begun to commit; where its thread was to lead, the next one does."""
        with self._lock:
            if place not in self._queue:
                return
            self._queue.remove(place)
            if place.woken.is_set():
                self._appoint()

    def _lead(self) -> None:
        """Commit what waits, this thread's own work being the first of it, and let the next thread lead."""
        with self._lock:
            group, self._queue = self._queue[: self._most], self._queue[self._most :]
        try:
            self._settle(group)
        except BaseException:  # this thread is told to stop: nobody else may wait for it for ever
            for place in group:
                if not place.settled:
                    place.problem = StoreError("the write was interrupted before it was confirmed. Send it again")
            raise
        finally:
            with self._lock:
                self._appoint()
            for place in group:
                place.woken.set()

    def _settle(self, group: Sequence[_Place[Work, Done]]) -> None:
        try:
            outcomes = self._commit([place.work for place in group])
            for place, outcome in zip(group, outcomes, strict=True):
                place.done.append(outcome)
        except Exception as problem:
            if len(group) == 1 or isinstance(problem, self._shared):
                for place in group:
                    place.problem = problem
                return
            for place in group:
                self._settle([place])
