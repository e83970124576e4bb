"""Fitting rankers: cut-offs and what may be known at them, lessons without injected answers, and an honest choice."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.error import LeakError
from shopkeeper.evaluation.metric import ndcg
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.evaluation.wording import ranker_choice
from shopkeeper.model.fact import Facts
from shopkeeper.model.personal_frequency import PersonalFrequency
from shopkeeper.model.ranker import RankerSpec
from shopkeeper.model.ranker_feature import names_of
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.lists import lists_of, offsets, top
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.record import DAY
from shopkeeper.testing.component import run_on, small_dataset
from shopkeeper.testing.log import batch_of_rows
from shopkeeper.training import ChoiceConfig, Lesson, RankerFitConfig, cut_offs, lesson_of, sampled, tried
from shopkeeper.training.ranker_choice import ndcg_of
from shopkeeper.training.ranker_fit import grow, reachable

SPEC = RankerSpec(names_of(("again",)), ("again",), depth=3)
SMALL = RankerFitConfig(trees=20, least=50, least_rows=20)
CHOICE = ChoiceConfig()
PLACES = 15


def lesson(seed: int, telling: int, queries: int = 300) -> Lesson:
    """Lists of which one feature tells what was right, its number given."""
    rng = np.random.default_rng(seed)
    feature = rng.random((queries * PLACES, len(SPEC.feature)), np.float32)
    right = rng.random(len(feature)) < np.where(feature[:, telling] > 0.8, 0.6, 0.05)
    count = np.full(queries, PLACES)
    return Lesson(feature, right, count, np.maximum(right.reshape(queries, PLACES).sum(axis=1), 1))


def test_cut_offs_leave_room_for_labels_after_and_for_a_log_before_them() -> None:
    config = RankerFitConfig(cuts=4, step_days=6)
    assert cut_offs(100 * DAY, 14 * DAY, 0, config) == [86 * DAY, 80 * DAY, 74 * DAY, 68 * DAY]
    assert cut_offs(100 * DAY, 14 * DAY, 62 * DAY, config) == [86 * DAY, 80 * DAY]
    assert cut_offs(100 * DAY, 14 * DAY, 90 * DAY, config) == []


def lesson_with(dataset: Dataset, truth: Truth, learned_to: int) -> Lesson:
    """Users 0 and 1 asked of personal frequency."""
    source = PersonalFrequency().fit(dataset, run_on(dataset))
    pipeline = PipelineSpec("home", ("again",), fallback=None).build({"again": source})
    users = batch_of_users(dataset)
    return lesson_of(
        pipeline,
        dataset,
        Facts.of(dataset),
        truth,
        lambda rows: batch_of_rows(users, rows.tolist()),
        SPEC,
        learned_to=learned_to,
    )


def test_a_lesson_holds_what_the_sources_found_and_no_more() -> None:
    """User 0 bought milk and one drink; the caviar (9) that was right for them is in no list."""
    dataset = small_dataset()
    known = batch_of_users(dataset).history.of(0)[0]["item"].tolist()
    found = lesson_with(dataset, truth_of(np.array([0, 0, 1]), np.array([known[0], 9, 9]), 2), dataset.as_of)
    assert found.count[0] == min(3, len(known))
    assert found.relevant[: found.count[0]].sum() == 1
    assert not found.relevant[found.count[0] :].any()
    assert found.wanted.tolist() == [2, 1]
    assert found.recall == pytest.approx((1 / 2 + 0) / 2)
    assert found.feature.shape == (found.count.sum(), len(SPEC.feature))


def test_labels_from_before_the_sources_cut_are_refused() -> None:
    dataset = small_dataset()
    with pytest.raises(LeakError, match="their scores would know the answers"):
        lesson_with(dataset, truth_of(np.array([0]), np.array([4]), 1), dataset.as_of + 1)


def test_trees_are_the_same_each_time_and_find_what_tells() -> None:
    told = lesson(1, telling=4)
    trees = grow([told], SMALL, seed=3)
    assert trees.text == grow([told], SMALL, seed=3).text
    fresh = lesson(2, telling=4)
    assert ndcg_of(fresh, trees.score(fresh.feature)).mean() > ndcg_of(fresh, fresh.feature[:, 0]).mean() + 0.1


def test_lists_that_lack_most_of_what_was_right_teach_less() -> None:
    """Two thirds of the lists say that low values tell; each has one to four of the thirty right items."""
    whole, lacking = lesson(1, telling=4), turned(lesson(3, telling=4, queries=600))
    few = replace(lacking, wanted=np.full(600, 30))
    fresh = lesson(2, telling=4)

    def told_by(*lessons: Lesson) -> float:
        return float(ndcg_of(fresh, grow(lessons, SMALL, seed=3).score(fresh.feature)).mean())

    assert told_by(whole, few) > told_by(whole, lacking) + 0.1


def test_a_list_counts_for_what_its_best_order_would_reach() -> None:
    """The first has one of two right items, which is 1 of 1 + 1 / log2(3) at most; the second all, the third none."""
    feature = np.zeros((4, len(SPEC.feature)), np.float32)
    told = Lesson(feature, np.array([False, True, True, False]), np.array([2, 1, 1]), np.array([2, 1, 30]))
    assert reachable(told) == pytest.approx([0.61315, 0.61315, 1, 0], abs=1e-5)


def test_ndcg_is_the_metric_that_evaluation_reports() -> None:
    told, score = lesson(5, telling=0, queries=40), np.random.default_rng(6).random(40 * PLACES).astype(np.float32)
    items = np.tile(np.arange(PLACES, dtype=np.int32), 40)
    row = np.repeat(np.arange(40), PLACES)
    lists = top(lists_of(items, offsets(told.count), score), 10)
    right = truth_of(row[told.relevant], items[told.relevant], 40)
    known = right.counts > 0
    assert ndcg_of(told, score)[known] == pytest.approx(ndcg(lists, right, 10)[known])


def turned(told: Lesson) -> Lesson:
    """The same lists, in which low values tell what high ones told."""
    return replace(told, feature=1 - told.feature)


def trial(telling: Sequence[int], validation: Lesson, gain: float = 0.01) -> tuple[bool, str]:
    """(chosen, why) with lessons in which these features tell."""
    lessons = {f"2024-0{place + 1}-01": lesson(place, told) for place, told in enumerate(telling)}
    found = tried("next_basket", SPEC, lessons, validation, SMALL, ChoiceConfig(gain), seed=1)
    assert (found.ranker is not None) == found.record.chosen
    return found.record.chosen, found.record.why


def test_a_ranker_is_chosen_where_validation_is_sure_of_a_gain_that_matters() -> None:
    chosen, why = trial([4, 4], lesson(9, 4))
    assert json.dumps(chosen) == "true"  # a report in JSON says so too
    assert why.startswith("on validation it is +")
    assert trial([4, 4], lesson(9, 4), gain=50.0) == (False, why + ", less than the 5000 % that matter")


def test_a_ranker_that_learned_what_is_no_longer_so_is_not_served() -> None:
    chosen, why = trial([4, 4], turned(lesson(9, 4)))
    assert not chosen
    assert "holds zero" in why or "less than" in why


def test_a_gain_that_one_of_several_surfaces_may_have_by_luck_is_not_enough() -> None:
    """p of a bootstrap of 1000 is 2 / 1001 at least: above 0.05 where 26 surfaces are tried, below it where 24 are."""
    lessons, validation = {"2024-01-01": lesson(1, 4)}, lesson(9, 4)
    many = tried("t", SPEC, lessons, validation, SMALL, ChoiceConfig(surfaces=26), seed=1).record
    few = tried("t", SPEC, lessons, validation, SMALL, ChoiceConfig(surfaces=24), seed=1).record
    assert (many.chosen, few.chosen) == (False, True)
    assert many.why == f"{few.why}, which may be luck where 26 surfaces are tried (p = 0.052, corrected)"
    assert many.gain == few.gain, "the interval that is told is that of this surface alone"


def test_too_little_data_is_said_and_nothing_is_grown() -> None:
    found = tried("next_basket", SPEC, {}, lesson(9, 4, queries=20), SMALL, ChoiceConfig(), seed=1)
    assert found.ranker is None
    assert found.record.why == (
        "there are 0 lists to learn from (50 are needed) and 20 customers to validate on (100 are needed)"
    )
    assert ranker_choice(found.record) == f"The blend is served without a ranker: {found.record.why}."


def test_the_report_says_which_was_chosen_why_and_from_what() -> None:
    found = tried("t", SPEC, {"2024-01-01": lesson(1, 4), "2023-12-26": lesson(2, 4)}, lesson(9, 4), SMALL, CHOICE, 1)
    told = ranker_choice(found.record)
    assert told.startswith("The ranker is served: on validation it is +")
    assert "9,000 places in all" in told
    assert "2 cut-offs from 2023-12-26 to 2024-01-01" in told
    assert "what no source proposed was not added" in told


def test_the_record_tells_what_each_group_of_features_was_worth() -> None:
    telling = len(SPEC.feature) - 1  # the score of the source
    found = tried("t", SPEC, {"2024-01-01": lesson(1, telling)}, lesson(9, telling), SMALL, ChoiceConfig(), seed=1)
    without = found.record.without
    assert min(without, key=lambda group: without[group]) == "scores of the sources"
    assert without["scores of the sources"] < found.record.ranker - 0.1
    assert found.record.cut_offs == ("2024-01-01",)


def test_questions_are_drawn_once_each_and_in_order() -> None:
    drawn = sampled(10, 4, np.random.default_rng(0)).tolist()
    assert len(set(drawn)) == 4
    assert drawn == sorted(drawn)
    assert sampled(3, 9, np.random.default_rng(0)).tolist() == [0, 1, 2]
