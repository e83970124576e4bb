"""Exposures: every answer is noted without delay, written soon, and kept or counted when the store is away."""

import logging
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import StoreError
from shopkeeper.operation.shop import Shop
from shopkeeper.pipeline.lists import ItemLists, lists_of
from shopkeeper.record import Answer, Query
from shopkeeper.serving import Engine, ExposureRecorder
from shopkeeper.store import Exposure, ExposureLog
from shopkeeper.testing.encoder import WatchedEncoder

QUERY = Query("home", 3, user_id="u1")


class AwayLog:
    """A log of a store that is away until it is back."""

    def __init__(self, problem: Exception) -> None:
        self.problem: Exception | None = problem
        self.rows: list[Exposure] = []

    def append(self, exposures: Sequence[Exposure]) -> int:
        if self.problem is not None:
            raise self.problem
        self.rows += exposures
        return len(exposures)

    get = frame = count = forget = None


def note(recorder: ExposureRecorder, count: int) -> None:
    for number in range(count):
        recorder.note([QUERY], [Answer(f"r{number}", "home", "b", ())], one_list(), number)


def one_list() -> ItemLists:
    return lists_of(np.array([7, 8], np.int32), np.array([0, 2]))


def test_every_answer_is_written_as_it_was_given(shop: Shop, encoder: WatchedEncoder) -> None:
    recorder = ExposureRecorder(shop.store.exposures)
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock, recorder)
    engine.refresh()
    queries = [QUERY, Query("search", 4, user_id="u2", visitor_id="v", text="milk"), Query("home", 3, visitor_id="v9")]

    answers = engine.recommend(queries)
    recorder.close()

    index = dict(shop.store.catalogue.item_ids().rows())
    for query, answer in zip(queries, answers, strict=True):
        held = shop.store.exposures.get(answer.recommendation_id)
        assert held is not None
        assert held.places["item_index"].tolist() == [index[place.item_id] for place in answer.items]
        np.testing.assert_allclose(held.places["score"], [place.score for place in answer.items], rtol=1e-6)
        assert set(held.places["propensity"].tolist()) == {1.0}
        assert (held.user_id, held.visitor_id, held.query) == (query.user_id, query.visitor_id, query.text)
        assert (held.surface, held.bundle_id, held.fallback) == (query.surface, answer.bundle_id, answer.fallback)
        assert abs(held.time - shop.clock.now()) < 60_000_000
    assert shop.store.exposures.count() == 3


def test_what_is_noted_is_written_within_a_moment(shop: Shop) -> None:
    recorder = ExposureRecorder(shop.store.exposures, seconds=0.05).start()
    note(recorder, 2)
    deadline = time.monotonic() + 10
    while shop.store.exposures.count() < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    recorder.close()


def test_a_full_batch_does_not_wait_for_the_second(shop: Shop) -> None:
    recorder = ExposureRecorder(shop.store.exposures, seconds=60).start()
    note(recorder, 1_000)
    deadline = time.monotonic() + 10
    while shop.store.exposures.count() < 1_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    recorder.close()


def test_while_the_store_is_away_they_wait_up_to_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    log = AwayLog(StoreError("the store could not be written."))
    recorder = _recorder(log, limit=5)
    note(recorder, 4)
    assert not recorder.flush()
    assert not recorder.flush()
    note(recorder, 6)  # the four are in the writer's hands; five more may wait
    assert recorder.lost == 1
    log.problem = None
    with caplog.at_level(logging.WARNING):
        recorder.close()
    assert len(log.rows) == 9
    assert "1 responses were given that the exposure log does not have" in caplog.text


def test_what_cannot_be_written_when_the_server_stops_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    recorder = _recorder(AwayLog(StoreError("the store could not be written.")))
    note(recorder, 3)
    with caplog.at_level(logging.WARNING):
        recorder.close()
    assert recorder.lost == 3
    assert caplog.text.count("cannot be written now") == 1


def test_what_can_never_be_written_holds_up_nothing() -> None:
    log = AwayLog(TypeError("no such column"))
    recorder = _recorder(log)
    note(recorder, 3)
    assert recorder.flush()
    log.problem = None
    note(recorder, 1)
    assert recorder.flush()
    assert (recorder.lost, len(log.rows)) == (3, 1)


def test_many_threads_lose_nothing(shop: Shop) -> None:
    recorder = ExposureRecorder(shop.store.exposures, seconds=0.01).start()

    def ask(name: str) -> None:
        for number in range(500):
            answer = Answer(f"{name}-{number}", "home", "b", ())
            recorder.note([QUERY], [answer], one_list(), number)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert (shop.store.exposures.count(), recorder.lost) == (2_000, 0)


def _recorder(log: AwayLog, limit: int = 100) -> ExposureRecorder:
    seam: ExposureLog = log  # type: ignore[assignment]  # append is all that a recorder asks of it
    return ExposureRecorder(seam, limit=limit)
