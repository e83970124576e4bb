"""Engine: a bundle, live changes and a store; answers queries. A synchronous core that any door can call."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import numpy as np
import polars as pl

from shopkeeper.bundle import BundleShelf
from shopkeeper.data import weight_column
from shopkeeper.error import BundleError, InputError, LanguageError, NotFound, ShopkeeperError
from shopkeeper.language import TextEncoder
from shopkeeper.pipeline.lists import ItemLists, Reason
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.record import MAX_N, Answer, Clock, Event, Query, RankedItem
from shopkeeper.record.clock import MICROSECONDS
from shopkeeper.search import LEXICAL, MEANING
from shopkeeper.serving.basket import Basket, basket_of
from shopkeeper.serving.batch import batch_of, unknown
from shopkeeper.serving.card import Card, cards_of
from shopkeeper.serving.exposure import ExposureRecorder
from shopkeeper.serving.facet import Answered, Facetter, check_facets
from shopkeeper.serving.live_catalogue import LiveCatalogue
from shopkeeper.serving.newest import LATEST, newest_of
from shopkeeper.serving.note import noted
from shopkeeper.serving.nothing_found import why_nothing
from shopkeeper.serving.nothing_published import NOTHING_PUBLISHED, first_steps
from shopkeeper.serving.state import State, open_state
from shopkeeper.setting import Setting
from shopkeeper.store import Receipt, Store
from shopkeeper.surface import Need, find_surface


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether lists can be served, from what, and why not."""

    ready: bool
    bundle_id: str | None
    items: int
    events: int
    reason: str


class Engine:
    """Thread-safe. Follows the store's change number and the published bundle, in the background and after own writes.

    `refresh()` is enough for tests; `start()` begins the background thread, `close()` ends it. Every answer that is
    shown is noted in `exposures`, where there are any.
    """

    def __init__(
        self,
        store: Store,
        bundles: BundleShelf,
        encoder: TextEncoder,
        setting: Setting,
        clock: Clock,
        exposures: ExposureRecorder | None = None,
    ) -> None:
        self._exposures = exposures
        self._store, self._bundles, self._encoder, self._setting, self._clock = store, bundles, encoder, setting, clock
        self.catalogue = LiveCatalogue(store.catalogue, clock, self.refresh, self._serving)
        self._weight = weight_column(setting.weights)
        self._facetter = Facetter()
        self._state: State | None = None
        self._trouble = ""
        self._unopened = ""  # why the published bundle is not the one that serves
        self._refreshing = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def recommend(self, queries: Sequence[Query], *, shown: bool = True) -> list[Answer]:
        """An answer to each query, in order. Raises UnknownSurface, FilterError, InputError, BundleError.

        A door that will not show them just as they are says so, and says by `note` what it shows.
        """
        state = self._serving()
        answers: dict[int, Answer] = {}
        for query in queries:
            find_surface(query.surface).check(query)
            check_facets(query, state.items.attributes)
        for rows in _alike(queries):
            chosen = [queries[row] for row in rows]
            answers.update(zip(rows, self._answered(state, chosen, shown), strict=True))
        return [answers[row] for row in range(len(queries))]

    def note(self, query: Query, answer: Answer) -> None:
        """Note what of an answer is shown, where `recommend` was told not to."""
        if self._exposures is not None:
            item = self._serving().items.indices([place.item_id for place in answer.items])
            score = np.array([place.score for place in answer.items], np.float32)
            self._exposures.note_one(query, answer, item, score, self._clock.now())

    def append_events(self, events: Sequence[Event]) -> Receipt:
        """Commit events; the next request's history holds them."""
        return self._store.events.append(events)

    def ingest_events(self, frame: pl.DataFrame) -> Receipt:
        """`append_events` for a frame of EVENT_COLUMN."""
        return self._store.events.ingest(frame)

    def cards(self, item_ids: Sequence[str], market: str = "") -> list[Card | None]:
        """What a page of a market shows of each item, None for one that is unknown or deleted."""
        items = self._serving().view(market).items
        return cards_of(items, items.indices(item_ids).tolist())

    def newest(self, n: int, filter: str | None = None, market: str = "") -> Answer:
        """The newest items that pass the filter, not noted. The score is the date in seconds, 0 where there is none."""
        state = self._serving()
        face = state.view(market).masks.of(self._clock.now(), filter).face
        found = newest_of(state.items, face[face >= 0], n)
        items = tuple(
            RankedItem(item_id, float((date or 0) // MICROSECONDS), LATEST, LATEST) for item_id, date in found
        )
        return Answer(uuid4().hex, LATEST, state.bundle.bundle_id, items, market=market)

    def basket(self, user_id: str | None, visitor_id: str | None) -> Basket:
        """What this shopper has put in the basket. Raises BundleError where nothing is served yet."""
        ids = self._serving().items.vocabulary.ids
        return basket_of(self._store.events.history(user_id, visitor_id).recent, ids, self._clock.now())

    def now(self) -> int:
        """The shop's time, UTC microseconds."""
        return self._clock.now()

    def readiness(self) -> Readiness:
        """Whether this worker can serve lists, and what it knows."""
        state = self._state
        events = self._store.events.count()
        if state is None:
            return Readiness(False, None, 0, events, self._unready())
        return Readiness(True, state.bundle.bundle_id, len(state.items), events, self._trouble)

    def start(self) -> "Engine":
        """Load what is published, and follow changes in the background until `close`."""
        self.refresh()
        self._thread = threading.Thread(target=self._follow, name="shopkeeper-refresh", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop following; the store stays open, for it is not the engine's."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> None:
        """Serve the published bundle with all committed changes; what cannot be loaded leaves the old one serving."""
        with self._refreshing:
            try:
                state = self._state = self._latest()
                if state is not None:
                    state = self._state = state.caught_up()
                self._trouble = self._unopened or _waiting(state)
            except ShopkeeperError as problem:
                self._trouble = str(problem)

    def _follow(self) -> None:
        if self._state is not None:
            with suppress(LanguageError):  # an endpoint that is down now may be up when it is asked
                self._state.search.warm_up()  # the first shopper should not wait for a model to load
        while not self._stopping.wait(self._setting.serve.refresh_seconds):
            try:
                self.refresh()
            except Exception as problem:  # whatever it is: a worker that stops following serves the past for ever
                self._trouble = f"Changes cannot be followed: {problem!r}"

    def _latest(self) -> State | None:
        """The published bundle's state with every change since laid over it; None where nothing is published."""
        publications = self._store.office.publications()
        if not publications:
            return None
        return self._followed(self._opened(publications[0].bundle_id))

    def _opened(self, wanted: str) -> State:
        """The state of the bundle that is wanted; the present one, for the time being, where it cannot be opened."""
        state, self._unopened = self._state, ""
        if state is not None and state.bundle.bundle_id == wanted:
            return state
        try:
            return open_state(self._bundles.open(wanted), self._encoder, self._store.prices)
        except (BundleError, NotFound) as problem:
            if state is None:
                raise
            self._unopened = str(problem)
            return state

    def _followed(self, state: State) -> State:
        """The state with every change since laid over it, and every price that has begun or ended since."""
        catalogue, before, now = self._store.catalogue, state.as_of, self._clock.now()
        last = self._store.change_number()
        while state.change < last:
            changes = catalogue.changes(state.change, now)
            state = state.changed(changes.frame, last if changes.frame.is_empty() else changes.last, now)
        return state.changed(catalogue.repriced(before, now), state.change, now)

    def _serving(self) -> State:
        """The present state. Raises BundleError where there is none."""
        if self._state is None:
            raise BundleError(self._unready())
        return self._state

    def _unready(self) -> str:
        """Why nothing is served."""
        return self._trouble or f"{NOTHING_PUBLISHED} {first_steps(self._store)}"

    def _answered(self, state: State, queries: Sequence[Query], shown: bool) -> list[Answer]:
        """Answers to queries that share surface, n, filter, time and market."""
        first, now = queries[0], self._clock.now()
        if not 1 <= first.n <= MAX_N:
            raise InputError(f"n is {first.n}; ask for 1 to {MAX_N} items.")
        pipeline = state.pipeline(first.surface)
        view = state.view(first.market)
        mask = view.masks.of(now if first.now is None else first.now, first.filter)
        # What answers to items or words answers to nothing else: a history must not pass for what it does not know.
        surface = find_surface(first.surface)
        read = self._store.events.history if surface.needs is Need.USER else unknown
        by_variant = surface.spec.by_variant
        batch = batch_of(queries, read, state.items, mask.shown if by_variant else mask.eligible, self._weight, now)
        try:
            lists, stand_in = pipeline.run(batch), None
        except LanguageError:  # the encoder's endpoint is down: words still match
            pipeline, stand_in = pipeline.without(MEANING), LEXICAL
            lists = pipeline.run(batch)
        if not by_variant:
            lists = replace(lists, item=mask.face[lists.item])
        answers = [_answer(state, pipeline, lists, row, stand_in) for row in range(len(queries))]
        nothing = [
            why_nothing(pipeline, batch.alone(row), view, first.filter)
            if surface.needs is Need.TEXT and not answer.items
            else ""
            for row, answer in enumerate(answers)
        ]
        answers = [
            noted(query, answer, view, why) for query, answer, why in zip(queries, answers, nothing, strict=True)
        ]
        if any(query.facets for query in queries):
            answers = self._facetter.faceted(queries, answers, Answered(state.search, pipeline, batch, view))
        if shown and self._exposures is not None:
            self._exposures.note(queries, answers, lists, now)
        return answers


def _alike(queries: Sequence[Query]) -> list[list[int]]:
    """Rows of queries that can share a batch: of one surface, n, filter, time and market."""
    rows: dict[tuple[object, ...], list[int]] = {}
    for row, query in enumerate(queries):
        rows.setdefault((query.surface, query.n, query.filter, query.now, query.market), []).append(row)
    return list(rows.values())


def _waiting(state: State | None) -> str:
    """What is amiss although lists are served."""
    if state is None or not len(state.unread):
        return ""
    return f"{len(state.unread)} changed items are found by words alone until the language model answers again."


def _answer(state: State, pipeline: Pipeline, lists: ItemLists, row: int, stand_in: str | None) -> Answer:
    """One list in external ids; `stand_in` names the source that had to answer alone."""
    fallback = pipeline.fallback_name
    span = slice(lists.offset[row], lists.offset[row + 1])
    ids, sources = state.items.vocabulary.ids, (*lists.source, fallback)  # chief -1 is the fallback
    items = tuple(
        RankedItem(ids[item], score, sources[chief], Reason(reason).name.lower(), ids[cause] if cause >= 0 else None)
        for item, score, chief, reason, cause in zip(
            lists.item[span].tolist(),
            lists.score[span].tolist(),
            lists.chief[span].tolist(),
            lists.reason[span].tolist(),
            lists.cause[span].tolist(),
            strict=True,
        )
    )
    filled = fallback if lists.fallback[row] else stand_in
    return Answer(uuid4().hex, pipeline.name, state.bundle.bundle_id, items, filled)
