"""benchmark training: processes that tell of their epochs, what follows from these, and growth worked out by hand."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.error import ShopkeeperError
from shopkeeper.model.packing import Packing
from shopkeeper.model.transformer import TransformerConfig
from shopkeeper.operation.benchmark.shape import Row
from shopkeeper.operation.benchmark.training import Limits, benchmark_training, exponents
from shopkeeper.operation.benchmark.training_contest import (
    IDS,
    OUR_MODULE,
    PEERS,
    TEXT,
    Contest,
    contest_ratios,
    course_row,
    is_enough,
    is_over,
)
from shopkeeper.operation.benchmark.training_course import Course, Lap, run_course
from shopkeeper.operation.benchmark.training_floor import Product, products
from shopkeeper.operation.benchmark.training_growth import enlarged
from shopkeeper.operation.benchmark.training_job import Job, Shape
from shopkeeper.operation.benchmark.training_level import chance, level_rows, levels

TELLS = """
import json, sys
print("a library says what it likes")
print(json.dumps({"prepared": 2.0}))
for epoch in range(1, 10):
    print(json.dumps({"steps": 1, "of": 4, "cpu_seconds": 2.0 + epoch}))
    print(json.dumps({"epochs": epoch / 2, "seconds": 10.0 * epoch, "cpu_seconds": 2.0 + 5.0 * epoch}), flush=True)
    if sys.stdin.readline().strip() == "end":
        break
"""
STUCK = """
import json, time
print(json.dumps({"steps": 3, "of": 12, "cpu_seconds": 6.0}), flush=True)
time.sleep(60)
"""


def test_a_process_is_judged_after_each_epoch_until_it_is_enough() -> None:
    judged = iter([0.1, 0.3, 0.2])
    course = run_course([sys.executable, "-c", TELLS], lambda: next(judged), lambda told: len(told.laps) == 3, 60)
    assert course.laps == (Lap(0.5, 10, 7, 0.1), Lap(1, 20, 12, 0.3), Lap(1.5, 30, 17, 0.2))
    assert (course.best, course.reached(0.2), course.reached(0.4)) == (0.3, course.laps[1], None)
    assert course.epoch_seconds == 10  # 15 seconds after the 2 before, of an epoch and a half
    assert course.peak_mb > 1


def test_an_epoch_that_did_not_end_in_time_is_extrapolated() -> None:
    course = run_course([sys.executable, "-c", STUCK], lambda: 0.0, is_over, 2)
    assert course.laps == ()
    assert course.epoch_seconds == 24  # 3 of 12 steps took 6
    row = course_row("a peer", course, 0.1)
    assert row["epoch_cpu_seconds"] == 24
    assert row["note"] == "time was up; its epoch is extrapolated from 3 of 12 steps"


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(ShopkeeperError, match="ValueError: no such thing"):
        run_course([sys.executable, "-c", "raise ValueError('no such thing')"], lambda: 0.0, is_over, 60)


def course_of(*validation: float, epoch: float = 1.0, prepared: float = 0.0, peak: float = 100.0) -> Course:
    """Epochs of so many seconds."""
    laps = [
        Lap(number, prepared + epoch * number, prepared + epoch * number, each)
        for number, each in enumerate(validation, start=1)
    ]
    return Course(tuple(laps), peak, prepared)


def test_a_system_ends_when_it_learns_no_more_or_knows_enough() -> None:
    assert not is_over(course_of(0.1, 0.3, 0.2, 0.2, 0.2, 0.2))
    assert is_over(course_of(0.1, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2))
    assert is_enough(course_of(0.1, 0.3), 0.3)
    assert not is_enough(course_of(0.1, 0.3), 0.31)
    assert not is_enough(course_of(0.1, 0.3), 0.0)  # there is no level


def test_ratios_are_of_the_quicker_and_of_the_leaner_peer() -> None:
    one, other = PEERS
    courses = {
        one: course_of(0.1, 0.2, epoch=100, peak=900),
        other: course_of(0.2, 0.2, epoch=300, peak=800),
        TEXT: course_of(0.1, 0.25, epoch=8, prepared=4, peak=400),
        IDS: course_of(0.05, 0.1, epoch=4, peak=300),
    }
    ratios = contest_ratios(Contest(courses, (), 0.196, 1000))
    assert ratios == {
        f"quicker peer / {TEXT}: cpu_seconds_to_level": 10.0,  # 200 / 20
        f"quicker peer / {TEXT}: epoch_cpu_seconds": 12.5,
        f"{TEXT} / leaner peer: peak_mb": 0.5,
        f"quicker peer / {IDS}: epoch_cpu_seconds": 25.0,  # it never reached the level
        f"{IDS} / leaner peer: peak_mb": 0.375,
    }
    assert course_row(IDS, courses[IDS], 0.196)["seconds_to_level"] is None
    assert contest_ratios(Contest({TEXT: courses[TEXT]}, (), 0.0, 1000)) == {}


def test_levels_are_what_a_peer_reached_at_each_of_its_points_above_chance() -> None:
    # Of a million items, ten in random order reach 4.5436 millionths; three times that are no level.
    assert chance(1_000_000) * 1e6 == pytest.approx(4.5436, abs=1e-4)
    peer = course_of(0.00001, 0.1, 0.05, 0.2, epoch=100)
    ours = course_of(0.15, 0.16, epoch=8, prepared=4)
    assert [lap.validation for lap in levels(peer, 1_000_000)] == [0.1, 0.2]
    reached, missed = level_rows({"a peer": peer}, {TEXT: ours}, 1_000_000)
    assert reached == {
        "system": f"{TEXT}, as good as a peer",
        "level": 0.1,
        "peer_epochs_to_level": 2,
        "peer_cpu_seconds_to_level": 200,
        "epochs_to_level": 1,
        "cpu_seconds_to_level": 12,
        "times_as_long": 16.667,  # 200 / 12
    }
    assert (missed["level"], missed["cpu_seconds_to_level"], missed["times_as_long"]) == (0.2, None, None)


def test_of_many_levels_some_are_shown_and_the_last_always() -> None:
    rising = course_of(*(0.01 * step for step in range(1, 21)))
    assert [round(100 * lap.validation) for lap in levels(rising, 1_000_000)] == [2, 5, 8, 11, 14, 17, 20]


def test_a_quarter_of_an_epoch_is_a_point_and_the_epoch_is_still_extrapolated() -> None:
    course = Course((Lap(0.25, 60, 50, 0.1),), 100, 0.0, steps=40, of=100, cpu_seconds=80)
    assert course.epoch_seconds == 200
    row = course_row("a peer", course, 0.1)
    assert (row["epochs"], row["epochs_to_level"], row["cpu_seconds_to_level"]) == (0.25, 0.25, 50)
    assert row["note"] == "time was up; its epoch is extrapolated from 40 of 100 steps"


def test_an_epoch_needs_these_products() -> None:
    # Four sequences of two steps: 8 steps in four blocks of two. Logits of 3 items: 8 rows x 3 items x 8 bytes are far
    # below a megabyte, so one piece.
    config = TransformerConfig(width=4, layers=1, heads=2, hidden=5, softmax_mb=1)
    found = products(config, Packing.by_length(Sequences.of([[0, 0]] * 4)), 3)
    forward = found[::3]
    assert forward == [
        Product(1, 1, 8, 4, 12),
        Product(1, 1, 8, 4, 4),
        Product(1, 1, 8, 4, 5),
        Product(1, 1, 8, 5, 4),
        Product(1, 8, 2, 2, 4),
        Product(1, 8, 2, 4, 2),
        Product(1, 1, 8, 4, 3, short=True),
    ]
    assert found[1:3] == [Product(1, 1, 8, 12, 4), Product(1, 1, 4, 8, 12)]  # to the input, and to the weights


def test_more_users_and_items_are_drawn_from_those_of_the_folder() -> None:
    sequences = Sequences.of([[0, 1], [1, 1, 0]])
    more = enlarged(sequences, 3, 20, 2, np.random.default_rng(0))
    assert len(more) == 6
    assert {tuple(more.item[more.offset[row] : more.offset[row + 1]] // 10) for row in range(6)} == {(0, 1), (1, 1, 0)}
    assert len(np.unique(more.item)) > 2


def test_exponents_are_slopes_of_logarithms() -> None:
    def row(interactions: int, items: int, seconds: float) -> Row:
        return {"interactions": interactions, "items": items, "epoch_cpu_seconds": seconds}

    # Twice the users take twice as long; a hundred times the items ten times.
    grown = [row(100, 10, 2.0), row(200, 10, 4.0), row(400, 10, 8.0), row(100, 1000, 20.0)]
    assert exponents(grown, 3) == {"exponent of interactions": 1.0, "exponent of items": 0.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty users who walk through twenty items."""
    lines = [[user + 1, *(1 + (np.arange(5 + user % 4) + user) % 20).tolist()] for user in range(40)]
    (tmp_path / "Walks.txt").write_text("\n".join(" ".join(map(str, line)) for line in lines), "utf-8")
    words = ("red", "green", "wooden", "woollen"), ("rake", "doll", "car", "hat", "tin")
    items = [{"item_id": item + 1, "title": f"{words[0][item % 4]} {words[1][item % 5]}"} for item in range(20)]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, items)), "utf-8")
    return tmp_path


def test_what_a_peer_knows_is_judged_by_our_questions(folder: Path, tmp_path: Path) -> None:
    job = Job.of(folder)
    job.write(tmp_path / "job.npz", Shape(), 3, 1)
    told = np.load(tmp_path / "job.npz")
    assert told["item"].tolist() == job.questions.known.item.tolist()
    # A peer that knows every answer, and has seen all items but one.
    item = np.eye(20, dtype=np.float32)
    np.savez(tmp_path / "epoch.npz", state=item[job.asked.target], item=item)
    assert job.judge(tmp_path / "epoch.npz") == 1.0
    unseen = int(job.asked.target[0])
    item[unseen] = np.nan
    np.savez(tmp_path / "epoch.npz", state=np.eye(20)[job.asked.target], item=item)
    assert job.judge(tmp_path / "epoch.npz") == pytest.approx(float((job.asked.target != unseen).mean()), abs=0.01)


def test_our_own_process_tells_what_it_learns(folder: Path, tmp_path: Path) -> None:
    Job.of(folder).keep(tmp_path)
    command = [sys.executable, "-m", OUR_MODULE, str(tmp_path), "1", "9", "ids"]
    course = run_course(command, lambda: -1.0, lambda told: len(told.laps) == 2, 120)
    assert len(course.laps) == 2
    assert all(0 <= lap.validation <= 1 for lap in course.laps)
    assert [lap.epochs for lap in course.laps] == [1, 2]
    assert 0 < course.prepared <= course.laps[0].cpu_seconds <= course.laps[1].cpu_seconds


@pytest.mark.slow
def test_without_peers_their_rows_say_how_to_install_them(folder: Path, tmp_path: Path) -> None:
    limits = replace(Limits(0.2, tmp_path / "nobody"), users=(1, 2), items=(60,))
    result = benchmark_training(folder, 1, limits)
    notes = [str(row["note"]) for row in result.rows if row["system"] in PEERS]
    assert len(notes) == 2
    assert all("-m venv" in note and "pip install torch==" in note for note in notes)
    assert {row.get("softmax", row["system"]) for row in result.rows} >= {TEXT, IDS}
    assert set(result.ratios) >= {"exponent of interactions", "exponent of items", "epoch / bare products, float32"}
