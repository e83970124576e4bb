"""What every recommender does. A test class inherits SourceContract and says how an unfitted one is made."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.bundle.manifest import SourceSpec
from shopkeeper.bundle.member import describe, load_learner, save_learner
from shopkeeper.data import Dataset, ItemTable
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.model import Learner, Run
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import DEFAULT_WEIGHT, EventType
from shopkeeper.testing.log import (
    Act,
    asking_with,
    batch_of_rows,
    dataset_of,
    every_item,
    excluding,
    strangers,
    table_of,
)

# Ten goods; nobody ever bought the last.
GOODS = (
    ("Black tea", "Drinks > Tea"),
    ("Green tea", "Drinks > Tea"),
    ("Dark roast coffee", "Drinks > Coffee"),
    ("Mild ground coffee", "Drinks > Coffee"),
    ("Whole milk", "Dairy > Milk"),
    ("Single cream", "Dairy > Cream"),
    ("Ginger biscuits", "Bakery > Biscuits"),
    ("Oat biscuits", "Bakery > Biscuits"),
    ("Lavender soap", ""),
    ("Caviar", "Delicatessen"),
)
USERS = 9
NEWER = 3  # items that came after the fit


def small_table() -> ItemTable:
    """The ten goods."""
    return table_of([{"title": title, "category": category} for title, category in GOODS])


def small_acts() -> list[Act]:
    """Nine users who buy milk and either tea or coffee in up to six baskets; one of them returned something."""
    rng = np.random.default_rng(5)
    acts: list[Act] = []
    for user in range(USERS):
        for visit in range(1 + user % 6):
            drink = 2 * (user % 2) + visit % 2
            chosen = {4, drink, int(rng.integers(5, 9))}
            acts += [Act(user, item, ago=2 + 6 * visit + 0.1 * user, session=user * 10 + visit) for item in chosen]
    return [*acts, Act(3, 4, 1, EventType.RETURN), Act(4, 1, 40, EventType.DISMISS), Act(5, 0, 3, EventType.VIEW)]


def small_dataset(*more: Act) -> Dataset:
    """What the nine users did, and some more acts."""
    return dataset_of([*small_acts(), *more], small_table())


def text_vectors(table: ItemTable) -> TextVectors:
    """Vectors of the items' texts by letters alone."""
    encoder = HashingEncoder()
    text, new = DistinctTexts.of([]).with_changes(np.arange(len(table), dtype=np.int32), table.texts())
    return TextVectors.build(text, encoder.encode(new), encoder.name, 16)


def run_on(dataset: Dataset, seed: int = 3) -> Run:
    """What fitting needs beside the data."""
    return Run(np.random.default_rng(seed), text_vectors(dataset.items))


class SourceContract:
    """Tests of any recommender on a small shop; `unfitted` makes the one under test."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        """A recommender before `fit`."""
        raise NotImplementedError

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        """A recommender that learned from a dataset."""
        run = run_on(dataset, seed)
        return self.unfitted(run.vectors).fit(dataset, run)

    @pytest.fixture
    def dataset(self) -> Dataset:
        return small_dataset()

    @pytest.fixture
    def learner(self, dataset: Dataset) -> Learner:
        return self.fitted(dataset)

    @pytest.fixture
    def batch(self, dataset: Dataset) -> QueryBatch:
        """Every user, some of them looking at items, and a stranger who looks at one and one who does not."""
        users = batch_of_rows(batch_of_users(dataset), [*range(USERS), -1, -1])
        return asking_with(users, [[], [0], [4, 2], [], [], [9], [], [], [], [1], []])

    @pytest.mark.parametrize("n", [0, 1, 3, 100])
    def test_proposes_at_most_n_allowed_items_best_first(self, learner: Learner, batch: QueryBatch, n: int) -> None:
        batch.eligible[[1, 8]] = False
        lists = learner.retrieve(excluding(batch, [[4], [], [0, 2]] + [[5]] * (len(batch) - 3)), n)
        assert len(lists) == len(batch)
        assert np.diff(lists.offset).max() <= n
        for row in range(len(batch)):
            items, score = _list(lists, row)
            assert len(set(items)) == len(items)
            assert not {1, 8} & set(items)
            assert not {0: {4}, 1: set(), 2: {0, 2}}.get(row, {5}) & set(items)
            assert score == sorted(score, reverse=True)
        assert lists.score.dtype == np.float32
        assert np.isfinite(lists.score).all()

    def test_proposes_exactly_what_it_scores_above_nothing(self, learner: Learner, batch: QueryBatch) -> None:
        lists = learner.retrieve(batch, 100)
        score = _scores(learner, batch)
        for row in range(len(batch)):
            items, given = _list(lists, row)
            assert sorted(items) == np.flatnonzero(score[row] > 1e-6).tolist()
            np.testing.assert_allclose(given, score[row][items], rtol=1e-4)

    def test_scores_are_finite_and_one_for_each_place(self, learner: Learner, batch: QueryBatch) -> None:
        every = every_item(batch)
        score = learner.score(batch, every)
        assert score.shape == every.item.shape
        assert score.dtype == np.float32
        assert np.isfinite(score).all()
        nothing = every.take(np.empty(0, np.int64))
        assert learner.score(batch, nothing).shape == learner.cause(batch, nothing).shape == (0,)

    def test_scores_of_the_whole_catalogue_are_the_same(self, learner: Learner, batch: QueryBatch) -> None:
        if isinstance(learner, CatalogueScorer):
            newer = batch_of_rows(batch, range(len(batch)), np.ones(len(GOODS) + NEWER, bool))
            np.testing.assert_allclose(learner.score_all(newer), _scores(learner, newer), rtol=1e-4, atol=1e-6)

    def test_a_request_alone_and_among_others_gets_the_same_bits(self, learner: Learner, batch: QueryBatch) -> None:
        lists, score, cause = learner.retrieve(batch, 4), _scores(learner, batch), _causes(learner, batch)
        for row in range(len(batch)):
            alone = batch_of_rows(batch, [row])
            assert _list(learner.retrieve(alone, 4), 0) == _list(lists, row)
            np.testing.assert_array_equal(_scores(learner, alone)[0], score[row])
            np.testing.assert_array_equal(_causes(learner, alone)[0], cause[row])

    def test_causes_are_items_or_none(self, learner: Learner, batch: QueryBatch) -> None:
        cause = _causes(learner, batch)
        assert np.issubdtype(cause.dtype, np.integer)
        assert ((cause >= -1) & (cause < len(batch.eligible))).all()
        assert (cause[-1] == -1).all()  # nothing speaks for a stranger who looks at nothing

    def test_a_stranger_gets_what_all_get_or_nothing(self, learner: Learner, batch: QueryBatch) -> None:
        score = _scores(learner, batch_of_rows(batch, [-1]))[0]
        other = _scores(learner, asking_with(batch_of_rows(batch, [0, 1]), [[], []]))
        assert not score.any() or (score == other).all()

    def test_items_newer_than_the_fit_are_ordinary(self, learner: Learner, batch: QueryBatch) -> None:
        size = len(batch.eligible)
        eligible = np.ones(size + NEWER, bool)
        newest = size + NEWER - 1
        later = asking_with(batch_of_rows(batch, [0, 1, -1], eligible), [[newest], [0, newest], []])
        total = later.history.total.copy()
        total["item"][0], total["item"][-1] = size, newest
        for changed in (later, _with_total(later, total)):
            score = _scores(learner, changed)
            assert score.shape == (3, size + NEWER)
            assert np.isfinite(score).all()
            lists = learner.retrieve(changed, 100)
            assert len(lists) == 3
            assert (learner.cause(changed, lists) >= -1).all()

    def test_a_shop_without_events_is_ordinary(self, batch: QueryBatch) -> None:
        learner = self.fitted(dataset_of([], small_table()))
        assert len(learner.retrieve(strangers(2, batch.eligible), 5).item) == 0
        assert np.isfinite(_scores(learner, batch)).all()
        assert len(learner.retrieve(batch, 5)) == len(batch)

    def test_an_empty_catalogue_is_ordinary(self) -> None:
        learner = self.fitted(dataset_of([], table_of([])))
        lists = learner.retrieve(strangers(2, np.empty(0, bool)), 5)
        assert lists.offset.tolist() == [0, 0, 0]
        newer = strangers(1, np.ones(2, bool))
        assert np.isfinite(_scores(learner, newer)).all()
        assert len(learner.retrieve(newer, 5)) == 1

    def test_no_requests_get_no_lists(self, learner: Learner) -> None:
        nobody = strangers(0, np.ones(len(GOODS), bool))
        lists = learner.retrieve(nobody, 5)
        assert (len(lists), len(learner.score(nobody, lists)), len(learner.cause(nobody, lists))) == (0, 0, 0)

    def test_restored_from_a_bundle_it_gives_the_same_lists(
        self, learner: Learner, batch: QueryBatch, dataset: Dataset, tmp_path: Path
    ) -> None:
        save_learner(learner, tmp_path / "member")
        spec = SourceSpec(**json.loads(json.dumps(asdict(describe(learner)))))
        restored = load_learner(spec, tmp_path / "member", text_vectors(dataset.items))
        fresh = batch_of_rows(batch, range(len(batch)))
        before, after = learner.retrieve(batch, 5), restored.retrieve(fresh, 5)
        np.testing.assert_array_equal(before.item, after.item)
        np.testing.assert_array_equal(before.score, after.score)
        np.testing.assert_array_equal(_scores(learner, batch), _scores(restored, fresh))

    def test_the_same_seed_gives_the_same_arrays(self, learner: Learner, dataset: Dataset) -> None:
        again = self.fitted(dataset)
        assert _arrays(again).keys() == _arrays(learner).keys()
        for name, array in _arrays(learner).items():
            np.testing.assert_array_equal(_arrays(again)[name], array)

    def test_fitted_anew_it_forgets_what_it_knew(self, learner: Learner) -> None:
        nothing = dataset_of([], small_table())
        again, fresh = learner.fit(nothing, run_on(nothing)), self.fitted(nothing)
        for name, array in _arrays(fresh).items():
            np.testing.assert_array_equal(_arrays(again)[name], array)

    @pytest.mark.parametrize("kind", [EventType.IMPRESSION, EventType.VIEW])
    def test_an_event_type_of_weight_0_changes_nothing(self, kind: EventType) -> None:
        weights = {**DEFAULT_WEIGHT, kind: 0.0}
        ignored = [Act(user, item, ago, kind) for user in range(USERS) for item in range(10) for ago in (0.5, 150)]
        without = dataset_of([act for act in small_acts() if act.type is not kind], small_table(), weights)
        having = dataset_of([*small_acts(), *ignored], small_table(), weights)
        plain, shown = self.fitted(without), self.fitted(having)
        for name, array in _arrays(plain).items():
            np.testing.assert_array_equal(_arrays(shown)[name], array, err_msg=name)
        one, other = batch_of_users(without), batch_of_users(having)
        np.testing.assert_array_equal(_scores(plain, one), _scores(shown, other))

    @pytest.mark.parametrize("kind", [EventType.RETURN, EventType.DISMISS])
    def test_what_speaks_against_an_item_never_lifts_it(self, learner: Learner, kind: EventType) -> None:
        before = _scores(learner, batch_of_users(small_dataset()))
        for item in (0, 2, 4):
            against = small_dataset(*(Act(user, item, 0.1, kind) for user in range(USERS)))
            after = _scores(learner, batch_of_users(against))
            assert (after[:, item] <= before[:, item] + 1e-6).all()


def _list(lists: ItemLists, row: int) -> tuple[list[int], list[float]]:
    """(items, scores) of one list."""
    span = slice(lists.offset[row], lists.offset[row + 1])
    return lists.item[span].tolist(), lists.score[span].tolist()


def _scores(learner: Learner, batch: QueryBatch) -> Float32:
    """(B, n_items) every item's score for each request."""
    return learner.score(batch, every_item(batch)).reshape(len(batch), -1)


def _causes(learner: Learner, batch: QueryBatch) -> Int32:
    """(B, n_items) every item's cause for each request."""
    return learner.cause(batch, every_item(batch)).reshape(len(batch), -1)


def _arrays(learner: Learner) -> dict[str, np.ndarray]:
    """The fitted state."""
    values = {field.name: getattr(learner, field.name) for field in fields(learner)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _with_total(batch: QueryBatch, total: np.ndarray) -> QueryBatch:
    """The batch with other rows of its histories, put in order."""
    order = np.lexsort((total["type"], total["item"], batch.total_row))
    return replace(batch, history=replace(batch.history, total=total[order]), memo={})
