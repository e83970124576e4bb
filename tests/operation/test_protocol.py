"""Folds and rolling origins on the toy shop: what each round may see, and that its pipelines are those of serving."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.error import InputError, SettingError
from shopkeeper.evaluation.fold import rolling_splits
from shopkeeper.operation import rank
from shopkeeper.operation.evaluate import Judgement, evaluate_shop, judge
from shopkeeper.operation.lock import one_at_a_time
from shopkeeper.operation.protocol import FOLDS, ROLLING, Expected, evaluate_folds, evaluate_rolling, expected
from shopkeeper.operation.round import Round
from shopkeeper.operation.serve import rounds_pages
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.operation.tune import tune_shop
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.pipeline.lists import Int32
from shopkeeper.record import silent
from shopkeeper.testing.shop import USERS
from shopkeeper.training import ChoiceConfig, RankerFitConfig


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(shutil.copytree(trained, tmp_path / "shop")) as opened:
        yield opened


def test_every_customer_is_asked_once_by_models_that_never_saw_them(shop: Shop) -> None:
    report = evaluate_folds(shop, 3)
    assert report.protocol == FOLDS
    assert [one.name for one in report.rounds] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
    assert [one.learned_from for one in report.rounds] == [8, 8, 8]
    whole = evaluate_shop(shop)
    for task, alone in zip(report.tasks, whole.tasks, strict=True):
        assert sum(task.queries) == alone.queries
        assert {one.name for one in task.systems} == {one.name for one in alone.systems} or not task.systems
    assert not list(shop.runs.glob("train-*/as-of-*/*fold*"))
    (page,) = rounds_pages(shop).items()
    assert page == (FOLDS, shop.runs / "rounds-folds.html")
    assert "fold 3 of 3" in page[1].read_text("utf-8")


def test_one_customer_a_fold_is_too_few_for_a_verdict(shop: Shop) -> None:
    report = evaluate_folds(shop, len(USERS))
    for task in report.tasks:
        assert {system.pooled for system in task.systems} <= {None}
    assert any("Next basket asked 12 customers in all rounds, fewer than the 30" in note for note in report.notes)


def test_a_fold_learns_nothing_from_whom_it_asks(shop: Shop) -> None:
    """Whatever the asked customers did, the models of their fold come out the same to the bit."""
    whole = open_workshop(shop, silent)
    asked = whole.everything.person[:4]
    others = np.setdiff1d(whole.everything.person, asked)
    learned = Round.of(whole, "fold", whole.split, others)
    assert set(learned.everything.person.tolist()).isdisjoint(asked.tolist())
    fitted = learned.fit(learned.unfitted, learned.snapshot(learned.split.test_from), "fitting")
    kept = np.isin(whole.everything.person, others)[whole.everything.user]
    strange = replace(whole.everything, item=np.where(kept, whole.everything.item, 9).astype(np.int32))
    other = open_workshop(shop, silent)
    other.__dict__["everything"] = strange  # other purchases of those who are asked
    again = Round.of(other, "another fold", whole.split, others)
    refitted = again.fit(again.unfitted, again.snapshot(again.split.test_from), "fitting")
    for name, learner in fitted.items():
        for field in learner.__dataclass_fields__:
            value = getattr(learner, field)
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(refitted[name], field), equal_nan=True)


def test_whom_a_fold_asks_has_no_part_in_its_blends_and_rankers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged with other purchases of the asked customers, a fold has chosen the same; of its own customers, another."""
    monkeypatch.setattr(rank, "FIT", RankerFitConfig(trees=5, least=1, least_rows=2))
    monkeypatch.setattr(rank, "CHOICE", ChoiceConfig(queries=1))
    whole = open_workshop(shop, silent)
    asked, others = whole.everything.person[:4], whole.everything.person[4:]

    def chosen(name: str, strange: Int32) -> Judgement:
        """By the fold of this name, had the `strange` bought caviar only."""
        changed = open_workshop(shop, silent)
        theirs = np.isin(whole.everything.person, strange)[whole.everything.user]
        item = np.where(theirs, 9, whole.everything.item).astype(np.int32)
        changed.__dict__["everything"] = replace(whole.everything, item=item)
        learned = Round.of(changed, name, whole.split, others)
        return judge(learned, Round.of(changed, f"asked in {name}", whole.split, asked))

    first, again = chosen("fold", others[:0]), chosen("another fold", asked)
    assert [task.systems for task in first.report.tasks] != [task.systems for task in again.report.tasks]
    assert again.blends == first.blends
    assert again.rankers == first.rankers
    assert again.report.rankers == first.report.rankers
    assert [trial.lists > 0 for trial in first.report.rankers] == [True] * 3
    changed = chosen("a third fold", others[:2])
    assert changed.blends != first.blends
    assert changed.report.rankers != first.report.rankers


def test_a_round_is_read_back_by_the_next_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluate_folds(shop, 2)

    def stop(*_: object, **__: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr("shopkeeper.operation.evaluate.fit_blends", stop)
    assert evaluate_folds(shop, 2) == first


def test_rolling_origins_end_with_the_shops_own_cut(shop: Shop) -> None:
    report = evaluate_rolling(shop, 2)
    assert report.protocol == ROLLING
    assert [one.split.days for one in report.rounds] == [
        ("2024-02-05", "2024-02-19", "2024-03-10"),
        ("2024-02-26", "2024-03-11", "2024-03-31"),
    ]
    whole = evaluate_shop(shop)
    assert report.tasks[0].served == "blend"
    served = next(one for one in report.tasks[0].systems if one.name == "blend")
    assert served.figures["NDCG@10"].values[1] == whole.tasks[0].system(whole.tasks[0].chief).metrics["NDCG@10"].mean


def test_what_comes_after_an_origins_test_changes_nothing(shop: Shop) -> None:
    whole = open_workshop(shop, silent)
    early = rolling_splits(whole.split, int(whole.everything.time.min()), 2)[0]
    first = judge(Round.of(whole, "early", early)).report
    later = whole.everything.time >= early.test_to
    other = open_workshop(shop, silent)
    item = np.where(later, 9, whole.everything.item).astype(np.int32)
    other.__dict__["everything"] = replace(whole.everything, item=item)  # other purchases after the test
    again = judge(Round.of(other, "early again", early)).report
    assert [task.systems[0].metrics for task in again.tasks] == [task.systems[0].metrics for task in first.tasks]


def test_what_cannot_be_is_refused_before_waiting_for_another_training(shop: Shop) -> None:
    def never(stage: str, *_: int) -> None:
        raise AssertionError(stage)

    with one_at_a_time(shop, silent):
        with pytest.raises(InputError, match="1 fold leaves nobody"):
            evaluate_folds(shop, 1, progress=never)
        with pytest.raises(InputError, match="0 origins do not roll"):
            evaluate_rolling(shop, 0, progress=never)
        with pytest.raises(SettingError, match=r"There is no model 'two_towers'\. Did you mean two_tower"):
            train_shop(shop, models=["two_towers"], progress=never)
        for minutes in (0.0, -1.0, float("nan"), float("inf")):
            with pytest.raises(InputError, match="--minutes above 0"):
                tune_shop(shop, minutes=minutes, progress=never)
        with pytest.raises(InputError, match="--trials from 1 on"):
            tune_shop(shop, trials=0, progress=never)
        with pytest.raises(InputError, match="'trending' is part of no blend"):
            tune_shop(shop, "trending", progress=never)


def test_how_long_it_will_take_is_told_before_the_first_round(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(Exception):
        pass

    def told(expected: Expected) -> None:
        raise Told(expected.words)

    monkeypatch.setattr("shopkeeper.operation.protocol.judge", None)
    with pytest.raises(Told, match="2 folds"):
        evaluate_folds(shop, 2, told=told)
    with pytest.raises(Told, match="2 origins"):
        evaluate_rolling(shop, 2, told=told)


def test_rounds_that_cannot_be_are_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 fold leaves nobody"):
        evaluate_folds(shop, 1)
    with pytest.raises(InputError, match=f"13 folds of {len(USERS)} customers"):
        evaluate_folds(shop, 13)
    with pytest.raises(InputError, match=r"9 origins do not fit.*Ask for 2 at most"):
        evaluate_rolling(shop, 9)
    init_shop(tmp_path / "empty")
    with open_shop(tmp_path / "empty") as empty:
        with pytest.raises(InputError, match="this shop has 0"):
            evaluate_folds(empty, 2)
        with pytest.raises(InputError, match="Origins need events"):
            evaluate_rolling(empty, 2)


def test_it_says_how_long_it_will_take(shop: Shop, tmp_path: Path) -> None:
    told = expected(shop, FOLDS, 5)
    took = sum(evaluate_shop(shop).seconds.values())
    assert told.seconds == pytest.approx(5 * took)
    assert told.words.startswith("5 folds, models fitted anew for each: about ")
    init_shop(tmp_path / "new")
    with open_shop(tmp_path / "new") as new:
        assert "never evaluated" in expected(new, ROLLING, 3).words
