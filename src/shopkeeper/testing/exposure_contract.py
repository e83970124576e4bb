"""What every ExposureLog does."""

from dataclasses import replace

import numpy as np

from shopkeeper.store import Exposure, Store
from shopkeeper.store.exposure import EXPOSURE_COLUMN, PLACE


def exposure(name: str, time: int = 1, *, user: str | None = None, visitor: str | None = None, n: int = 2) -> Exposure:
    """A response of n places: items 0, 1, ... with scores 0.5, 0.25, ..."""
    places = np.array([(place, 0.5 ** (place + 1), 1.0) for place in range(n)], PLACE)
    return Exposure(name, time, "home", "bundle", places, user, visitor, fallback="popular", query="tea")


class ExposureContract:
    """Responses that were given."""

    def test_a_response_is_found_by_its_id(self, store: Store) -> None:
        assert store.exposures.append([exposure("a", 5, user="ann", visitor="v1")]) == 1
        found = store.exposures.get("a")
        assert found is not None
        assert (found.time, found.user_id, found.visitor_id, found.surface) == (5, "ann", "v1", "home")
        assert (found.bundle_id, found.arm, found.fallback, found.query) == ("bundle", "main", "popular", "tea")
        assert found.places.tolist() == [(0, 0.5, 1.0), (1, 0.25, 1.0)]
        assert store.exposures.get("b") is None

    def test_a_span_of_time_is_a_frame(self, store: Store) -> None:
        store.exposures.append([exposure("c", 7, n=1), exposure("a", 5), exposure("b", 6, n=0), exposure("d", 9)])
        frame = store.exposures.frame(5, 9)
        assert frame.schema == dict(EXPOSURE_COLUMN)
        assert frame["recommendation_id"].to_list() == ["a", "b", "c"]
        assert frame["item_index"].to_list() == [[0, 1], [], [0]]
        assert frame["score"].to_list() == [[0.5, 0.25], [], [0.5]]
        assert frame["propensity"].to_list() == [[1.0, 1.0], [], [1.0]]

    def test_an_empty_span_is_an_empty_frame(self, store: Store) -> None:
        frame = store.exposures.frame(0, 9)
        assert (frame.height, frame.schema) == (0, dict(EXPOSURE_COLUMN))

    def test_a_response_that_is_sent_again_is_kept_once(self, store: Store) -> None:
        store.exposures.append([exposure("a"), exposure("b")])
        store.exposures.append([exposure("a"), exposure("a")])
        assert store.exposures.append([]) == 0
        assert store.exposures.count() == 2

    def test_many_are_written_at_once(self, store: Store) -> None:
        store.exposures.append([exposure(f"r{number}", number) for number in range(1000)])
        assert (store.exposures.count(), store.exposures.count(before=10)) == (1000, 10)

    def test_the_oldest_are_forgotten_first_and_the_younger_never(self, store: Store) -> None:
        store.exposures.append([exposure(f"r{number}", number) for number in range(6)])
        assert [store.exposures.forget(before=5, limit=3) for _ in range(3)] == [3, 2, 0]
        assert store.exposures.frame(0, 99)["recommendation_id"].to_list() == ["r5"]

    def test_what_no_database_holds_costs_no_response(self, store: Store) -> None:
        odd = replace(exposure("a", user="u" * 513, visitor="v\0"), query="tea\0 \ud800")
        assert store.exposures.append([odd, exposure("b")]) == 2
        found = store.exposures.get("a")
        assert found is not None
        assert (found.user_id, found.visitor_id, found.query) == (None, "v", "tea ?")
