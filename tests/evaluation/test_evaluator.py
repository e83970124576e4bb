"""evaluate: the same questions to every system, figures by hand, and the comparisons."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from shopkeeper.data import Dataset, weight_column
from shopkeeper.error import InputError
from shopkeeper.evaluation.evaluator import Judge, evaluate
from shopkeeper.evaluation.query import HistoryQueries
from shopkeeper.evaluation.result import TaskResult
from shopkeeper.evaluation.shelf import Shelf
from shopkeeper.evaluation.task import TASKS, Questions
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.blend import Single
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, offsets
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.record import DAY, DEFAULT_WEIGHT, EventType
from shopkeeper.store.history import TOTAL, acts, summarise

ITEMS = 40
BUY = EventType.PURCHASE


@dataclass
class Shown:
    """Shows each user the list kept for the first item of their history."""

    lists: Mapping[int, Sequence[int]]
    batches: list[int] = field(default_factory=list)

    def run(self, batch: QueryBatch) -> ItemLists:
        self.batches.append(len(batch))
        rows = [self.lists[int(batch.history.of(row)[0]["item"][0])] for row in range(len(batch))]
        item = np.array([item for row in rows for item in row], np.int32)
        return lists_of(item, offsets(np.array([len(row) for row in rows], np.int64)))


@dataclass
class Everything:
    """A source that proposes items 0 .. `size` - 1, the smallest first."""

    size: int
    reason = Reason.POPULAR

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        item = np.tile(np.arange(min(self.size, n), dtype=np.int32), len(batch))
        return lists_of(item, offsets(np.full(len(batch), min(self.size, n))), -item.astype(np.float32))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return -lists.item.astype(np.float32)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)


def questions_about(right: Sequence[Sequence[int]]) -> Questions:
    """User i has bought item i before the cut, and these items are right."""
    row = np.repeat(np.arange(len(right)), [len(items) for items in right])
    truth = truth_of(row, np.array([item for items in right for item in items], np.int32), len(right), ITEMS)
    users = np.arange(len(right), dtype=np.int64)
    return Questions(users, users.astype(np.int32), truth, cold=2, without_truth=1, other_kind=4, unavailable=5)


def queries_of(questions: Questions, n: int = 50) -> HistoryQueries:
    users = len(questions)
    item = np.arange(users, dtype=np.int32)
    bought = acts(item, np.full(users, 6, np.uint8), np.full(users, DAY, np.int64), np.ones(users, np.float32))
    history = summarise(item.astype(np.int64), bought, users)
    eligible = np.ones(ITEMS, bool)
    return HistoryQueries(history, questions.user, "home", n, 10 * DAY, eligible, weight_column(DEFAULT_WEIGHT))


def shelf() -> Shelf:
    return Shelf(np.ones(ITEMS, bool), np.full(ITEMS, 3.0))


def judged(systems: Mapping[str, Shown | Pipeline], questions: Questions, judge: Judge, n: int = 50) -> TaskResult:
    rng = np.random.default_rng(20)
    task = TASKS["next_basket"]
    return evaluate(systems, task, questions, queries_of(questions, n), shelf=shelf(), rng=rng, judge=judge)


def test_figures_comparisons_and_counts_by_hand() -> None:
    questions = questions_about([[1], [2], [3, 4], [5]])
    systems = {
        "blend": Shown({0: [1], 1: [2], 2: [3, 4], 3: [9]}),
        "popular": Shown({0: [9, 1], 1: [9], 2: [3, 4], 3: [9, 5]}),
        "twin": Shown({0: [1], 1: [2], 2: [3, 4], 3: [9]}),
    }
    result = judged(systems, questions, Judge(chunk=3))
    assert [system.batches for system in systems.values()] == [[3, 1]] * 3
    assert (result.queries, result.right_items, result.n) == (4, 5, 50)
    assert (result.cold, result.without_truth, result.other_kind, result.unavailable) == (2, 1, 4, 5)
    assert result.system("blend").metrics["NDCG@10"].mean == pytest.approx(3 / 4)
    second = 1 / np.log2(3)
    assert result.system("popular").metrics["NDCG@10"].mean == pytest.approx((second + 0 + 1 + second) / 4)
    assert result.system("popular").metrics["MRR@20"].mean == pytest.approx((1 / 2 + 0 + 1 + 1 / 2) / 4)
    assert result.system("popular").shelf.coverage == 5 / ITEMS
    against_popular, against_twin = result.comparisons
    assert (against_popular.better, against_popular.worse, against_popular.equal) == (2, 1, 1)
    assert against_popular.difference.mean == pytest.approx((3 - 2 * second - 1) / 4)
    each = [1 - second, 1, 0, -second]
    assert against_popular.sd == pytest.approx(np.std(each, ddof=1))
    assert (against_twin.p, against_twin.p_holm, against_twin.p_permutation) == (1, 1, 1)
    assert against_twin.verdict == "unclear"
    assert result.candidates is None


def test_a_clear_lead_is_called_better_and_a_clear_lag_worse() -> None:
    right = [[(row * 7 + 1) % ITEMS] for row in range(30)]
    best = Shown(dict(enumerate(right)))
    worst = Shown({row: [0] for row in range(30)})
    questions = questions_about(right)
    [found] = judged({"blend": best, "popular": worst}, questions, Judge()).comparisons
    assert found.verdict == "better"
    assert found.difference.low > 0.8
    [found] = judged({"blend": worst, "popular": best}, questions, Judge()).comparisons
    assert found.verdict == "worse"


def test_the_chunk_and_a_second_run_change_nothing() -> None:
    questions = questions_about([[1], [2], [3, 4], [5]])
    lists = {row: [row, row + 1] for row in range(4)}
    runs = [judged({"blend": Shown(lists)}, questions, Judge(chunk=chunk)) for chunk in (1, 4, 4)]
    figures = [[(s.metrics, s.shelf) for s in run.systems] for run in runs]
    assert figures[0] == figures[1] == figures[2]


def test_candidate_recall_of_a_pipeline() -> None:
    pipeline = Pipeline("home", {"every": Everything(10)}, Single("every", Reason.POPULAR), per_source=10)
    result = judged({"blend": pipeline}, questions_about([[1], [30], [3, 30], [5]]), Judge())
    assert result.candidates is not None
    assert result.candidates.recall == pytest.approx((1 + 0 + 1 / 2 + 1) / 4)
    assert result.candidates.per_query == 10
    assert result.system("blend").metrics["HitRate@10"].mean == 3 / 4


@dataclass
class Sure(Shown):
    """Says of every place that it is right with this probability."""

    chance: float = 0.75
    probable = True

    def run(self, batch: QueryBatch) -> ItemLists:
        lists = Shown.run(self, batch)
        return replace(lists, score=np.full(len(lists.item), self.chance, np.float32))


def test_only_scores_that_are_probabilities_are_judged_as_such() -> None:
    lists = {0: [1, 9], 1: [2, 9]}
    result = judged({"blend": Shown(lists), "sure": Sure(lists)}, questions_about([[1], [2]]), Judge())
    assert result.system("blend").probability is None
    found = result.system("sure").probability
    assert found is not None
    assert found.log_loss.mean == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
    assert found.calibration_error.mean == pytest.approx(0.25)
    with pytest.raises(InputError, match="are no probabilities, though the system says so"):
        judged({"blend": Sure(lists, chance=1.5)}, questions_about([[1], [2]]), Judge())


def test_a_list_is_held_against_its_customers_own_past() -> None:
    """User i has bought item i alone, which one of ITEMS users did; the lists show an item that half of them bought."""
    share = np.full(ITEMS, 1 / 10)
    share[30] = 1 / 2
    category = np.arange(ITEMS, dtype=np.int32) % 2
    systems = {"blend": Shown({0: [30], 1: [30]})}
    told = evaluate(
        systems,
        TASKS["next_basket"],
        questions_about([[1], [2]]),
        queries_of(questions_about([[1], [2]])),
        shelf=Shelf(np.ones(ITEMS, bool), np.full(ITEMS, 3.0), popularity=share, category=category),
        rng=np.random.default_rng(20),
    )
    shelf = told.system("blend").shelf
    assert shelf.popularity_lift == pytest.approx(4)
    assert shelf.miscalibration == pytest.approx((0 + np.log2(100)) / 2)
    assert set(shelf.interval) >= {"coverage", "gini", "novelty", "popularity_lift", "miscalibration"}


def test_no_question_gives_no_figure() -> None:
    result = judged({"blend": Shown({})}, questions_about([]), Judge())
    assert (result.queries, result.systems, result.comparisons, result.candidates) == (0, (), (), None)


def test_what_cannot_be_judged_is_refused() -> None:
    questions = questions_about([[1], [2]])
    with pytest.raises(InputError, match="No system is called 'blend'; there are: popular"):
        judged({"popular": Shown({0: [], 1: []})}, questions, Judge())
    with pytest.raises(InputError, match="AUC@50 needs lists of 50 items, but 10 are asked"):
        judged({"blend": Shown({0: [], 1: []})}, questions, Judge(), n=10)
    with pytest.raises(InputError, match="'MeanRank@50' cannot be the primary metric"):
        judged({"blend": Shown({0: [], 1: []})}, questions, Judge(primary="MeanRank@50"))
    empty = replace(questions, truth=Truth(np.empty(0, np.int32), np.zeros(3, np.int64)))
    with pytest.raises(InputError, match="2 of 2 questions have nothing right"):
        judged({"blend": Shown({0: [], 1: []})}, empty, Judge())


def test_a_result_is_json() -> None:
    result = judged({"blend": Shown({0: [1]}), "popular": Shown({0: []})}, questions_about([[1]]), Judge())
    assert json.loads(json.dumps(result.as_dict()))["systems"][1]["metrics"]["NDCG@10"]["mean"] == 0


def test_queries_carry_the_history_of_their_user(make_dataset: Callable[..., Dataset]) -> None:
    log = [(1, 0, BUY, 5, None), (1, 0, BUY, 6, None), (2, 3, BUY, 5, None), (3, 1, BUY, 5, None), (3, 4, BUY, 5, None)]
    dataset = make_dataset(log, 10)
    user = np.array([2, -1, 0], np.int64)
    weight = weight_column(DEFAULT_WEIGHT)
    queries = HistoryQueries(dataset.histories(), user, "home", 20, 10 * DAY, np.ones(8, bool), weight)
    batch = queries(np.array([0, 1, 2]))
    assert (len(batch), batch.n, batch.now.tolist()) == (3, 20, [10 * DAY] * 3)
    assert batch.history.total_offset.tolist() == [0, 2, 2, 3]
    assert batch.history.total["item"].tolist() == [1, 4, 0]
    assert batch.history.total["amount"].tolist() == [1, 1, 2]
    assert batch.history.of(2)[1]["time"].tolist() == [5 * DAY, 6 * DAY]
    assert batch.history.total.dtype == TOTAL
