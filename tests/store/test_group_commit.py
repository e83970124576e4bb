"""What threads want written at once is committed together, and each is told of its own work."""

import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from shopkeeper.error import StoreError
from shopkeeper.record import Event, EventType, Item
from shopkeeper.store import Receipt, Refusal, open_store
from shopkeeper.store.group_commit import GroupCommit
from shopkeeper.testing.aggregate import assert_aggregates

PATIENCE = 30.0  # seconds


class Disk:
    """A commit that waits until it is let go, and remembers what was committed together."""

    def __init__(self, problem: Callable[[Sequence[int]], Exception | None] = lambda works: None) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.free = threading.Semaphore(0), threading.Event()
        self._problem = problem

    def commit(self, works: Sequence[int]) -> list[int]:
        self.groups.append(list(works))
        self.begun.release()
        assert self.free.wait(PATIENCE)
        problem = self._problem(works)
        if problem is not None:
            raise problem
        return [work * 10 for work in works]


def submitted(disk: Disk, works: Sequence[int], most: int = 64) -> list[int | Exception]:
    """What each thread is told; the first work is being committed while the others come, in order."""
    group: GroupCommit[int, int] = GroupCommit(disk.commit, StoreError, most)
    with ThreadPoolExecutor(len(works)) as pool:
        told = [pool.submit(group.submit, works[0])]
        assert disk.begun.acquire(timeout=PATIENCE)
        for number, work in enumerate(works[1:], 1):
            told.append(pool.submit(group.submit, work))
            while group.waiting < number:
                threading.Event().wait(0.001)
        disk.free.set()
        problems = [one.exception(PATIENCE) for one in told]
    assert group.waiting == 0
    return [one.result() if problem is None else problem for one, problem in zip(told, problems, strict=True)]  # type: ignore[misc]


def test_one_thread_alone_does_not_wait() -> None:
    disk = Disk()
    disk.free.set()
    group = GroupCommit(disk.commit, StoreError)
    assert [group.submit(1), group.submit(2)] == [10, 20]
    assert disk.groups == [[1], [2]]


def test_what_came_meanwhile_is_committed_together_in_order() -> None:
    disk = Disk()
    assert submitted(disk, [1, 2, 3, 4]) == [10, 20, 30, 40]
    assert disk.groups == [[1], [2, 3, 4]]


def test_a_group_is_bounded() -> None:
    disk = Disk()
    assert submitted(disk, [1, 2, 3, 4, 5, 6], most=2) == [10, 20, 30, 40, 50, 60]
    assert disk.groups == [[1], [2, 3], [4, 5], [6]]


def test_an_error_of_one_is_told_to_that_one() -> None:
    fault = ValueError("3 is at fault")
    disk = Disk(lambda works: fault if 3 in works else None)
    assert submitted(disk, [1, 2, 3, 4]) == [10, 20, fault, 40]
    assert disk.groups == [[1], [2, 3, 4], [2], [3], [4]]


def test_an_error_of_the_database_is_told_to_all_at_once() -> None:
    full = StoreError("the disk is full")
    disk = Disk(lambda works: full if len(works) > 1 else None)
    assert submitted(disk, [1, 2, 3]) == [10, full, full]
    assert disk.groups == [[1], [2, 3]]


def test_a_thread_that_is_told_to_stop_leaves_nobody_waiting() -> None:
    class Stop(BaseException):
        """As KeyboardInterrupt is none of the errors that anybody handles."""

    def commit(works: Sequence[int]) -> list[int]:
        if 2 in works:
            raise Stop
        return Disk.commit(disk, works)

    disk = Disk()
    disk.commit = commit  # type: ignore[method-assign]
    group: GroupCommit[int, int] = GroupCommit(commit, StoreError)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(group.submit, 1)
        assert disk.begun.acquire(timeout=PATIENCE)
        stopped = pool.submit(group.submit, 2)
        while group.waiting < 1:
            threading.Event().wait(0.001)
        other = pool.submit(group.submit, 3)
        while group.waiting < 2:
            threading.Event().wait(0.001)
        disk.free.set()
        assert first.result(PATIENCE) == 10
        assert isinstance(stopped.exception(PATIENCE), Stop)
        with pytest.raises(StoreError, match="Send it again"):
            other.result(PATIENCE)
    assert group.submit(4) == 40


@pytest.mark.parametrize("chosen", [False, True])
def test_a_thread_that_is_interrupted_while_it_waits_holds_nobody_up(chosen: bool) -> None:
    """A signal comes to a thread that waits, `chosen` to lead by then or not."""
    disk = Disk()
    group: GroupCommit[int, int] = GroupCommit(disk.commit, StoreError)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(group.submit, 1)
        assert disk.begun.acquire(timeout=PATIENCE)

        stopped = threading.Event()

        def stop(_signal: int, _frame: object) -> None:
            if stopped.is_set():
                return
            stopped.set()
            if chosen:
                disk.free.set()
                assert first.result(PATIENCE) == 10
            raise KeyboardInterrupt

        def stop_who_waits(thread: int) -> None:
            while group.waiting < 1:
                threading.Event().wait(0.001)
            while not stopped.is_set():  # a signal in the moment before a thread falls asleep does not wake it
                signal.pthread_kill(thread, signal.SIGUSR1)
                stopped.wait(0.01)

        before = signal.signal(signal.SIGUSR1, stop)
        killer = pool.submit(stop_who_waits, threading.get_ident())
        try:
            with pytest.raises(KeyboardInterrupt):
                group.submit(2)
        finally:
            killer.result(PATIENCE)
            signal.signal(signal.SIGUSR1, before)
        disk.free.set()
        assert first.result(PATIENCE) == 10
        late = threading.Thread(target=group.submit, args=[3], daemon=True)
        late.start()
        late.join(5)
        assert not late.is_alive()
    assert disk.groups == [[1], [3]]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database."""
    address: str = request.getfixturevalue(request.param)
    return address


def test_each_thread_gets_the_receipt_of_its_own_events(url: str) -> None:
    """32 threads at once, each with one event that is new, one that all send, and one that is refused."""
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    rounds, threads = 4, 32

    def work(name: str) -> list[Receipt]:
        return [
            store.events.append(
                [
                    Event(EventType.VIEW, number, user_id=name, item_id="coffee"),
                    Event(EventType.VIEW, number, user_id=name, visitor_id=f"of {name}", item_id="tea"),
                    Event(EventType.CART, number, user_id="all", item_id="tea", event_id=f"shared-{number}"),
                ]
            )
            for number in range(rounds)
        ]

    with ThreadPoolExecutor(threads) as pool:
        receipts = [one for told in pool.map(work, [f"u{number}" for number in range(threads)]) for one in told]

    assert {receipt.rejected for receipt in receipts} == {
        (Refusal(0, "no item 'coffee' is known: put the item first"),)
    }
    assert {(receipt.accepted, receipt.duplicate) for receipt in receipts} == {(2, 0), (1, 1)}
    assert sum(receipt.accepted for receipt in receipts) == store.events.count() == rounds * threads + rounds
    assert max(receipt.change for receipt in receipts) == store.change_number()
    assert_aggregates(store)
    store.close()


def test_a_receipt_does_not_tell_of_the_neighbours(url: str) -> None:
    """Long batches, refusals and duplicates among them, sent at once: each receipt counts as if it were alone."""
    store = open_store(url)
    store.catalogue.put([Item("tea")])

    def batch(name: str, bad: int) -> list[Event]:
        good = [
            Event(EventType.VIEW, number, user_id=name, item_id="tea", event_id=f"{name}{number}")
            for number in range(70)
        ]
        return [*good[:bad], Event(EventType.VIEW, 1, item_id="tea"), *good[bad:], good[5]]

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda bad: store.events.append(batch(f"u{bad}", bad)), range(8)))

    for bad, receipt in enumerate(receipts):
        assert (receipt.accepted, receipt.duplicate) == (70, 1)
        assert receipt.rejected == (Refusal(bad, "an event needs a user_id or a visitor_id"),)
    assert store.events.count() == 560
    store.close()
