"""benchmark cold: held-out items are asked for, and what their places may cost is kept to."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.evaluation.cold_item import ColdItems, rank_cold
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.model.popularity import Popularity
from shopkeeper.operation.benchmark.cold import (
    MOST_LOSS,
    SHARE,
    Lowered,
    benchmark_cold,
    cheap_enough,
    cold_split,
    cost,
)
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.testing.log import table_of

KINDS = ("red racing car", "wooden doll house", "green garden rake", "oat biscuits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty users who keep to one kind of thing each; forty items, ten of a kind."""
    rng = np.random.default_rng(0)
    lines = [[user, *(10 * (user % 4) + rng.permutation(10)[:6] + 1).tolist()] for user in range(40)]
    (tmp_path / "Toys.txt").write_text("\n".join(" ".join(map(str, line)) for line in lines), "utf-8")
    items = [{"item_id": item + 1, "title": f"{KINDS[item // 10]} {item % 10}"} for item in range(40)]
    (tmp_path / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items), "utf-8")
    return tmp_path


def test_the_towers_and_a_content_knn_stand_side_by_side(folder: Path) -> None:
    result = benchmark_cold(folder, encoder=HashingEncoder(), epochs=2)
    assert [row["system"] for row in result.rows] == [
        "last places by learned finder",
        "last places by two_tower",
        "last places by content kNN",
        "two_tower",
        "two_tower, as trained",
        "content kNN, lowered",
        "content kNN",
    ]
    placed, (moved, trained, lowered, _) = result.rows[:3], result.rows[3:]
    assert float(trained["cold questions"] or 0) > 0
    assert float(trained["cold HR@10"] or 0) > 0  # its kind has ten, of which the user has five
    assert moved["moved by"] is not None
    assert lowered["times"] is not None
    assert "against content kNN, lowered" in str(moved["note"])
    assert "note" not in lowered
    assert "against last places by content kNN" in str(placed[0]["note"])
    assert "note" not in placed[2]


def test_items_are_held_out_by_chance_and_not_as_the_file_numbers_them(tmp_path: Path) -> None:
    # Drawn by the very numbers that also number the items, these were the file's first ones: the best known.
    lines = [" ".join(map(str, [user, *range(4 * user + 1, 4 * user + 5)])) for user in range(50)]
    (tmp_path / "Toys.txt").write_text("\n".join(lines), "utf-8")
    file, split = cold_split(tmp_path, 0)
    held = file.items.frame["item_id"].cast(int).to_numpy()[split.held]
    assert len(held) == SHARE * 200
    assert sorted(held.tolist()) != list(range(1, 11))
    assert held.max() > 50


def test_a_catalogue_of_which_five_percent_are_no_item_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Toys.txt").write_text("1 1 2 3 4\n2 2 3 4 1\n", "utf-8")
    with pytest.raises(InputError, match="too few items to hold 5% of them out"):
        benchmark_cold(tmp_path, encoder=HashingEncoder())


def test_without_pytorch_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        benchmark_cold(folder, encoder=HashingEncoder())


def test_the_first_system_that_is_cheap_enough_is_taken() -> None:
    # Item 1 is cold. Above the warm target 0 it costs it the first place; at .6 of its score it costs nothing. Nothing
    # is at stake for target 2, which ten others are better than, nor for the cold one.
    items = table_of([{}] * 13)
    questions = LeaveOneOut(items, Sequences.of([[2], [3], [3]]), np.array([0, 2, 1], np.int32))
    held = np.arange(13) == 1
    whole = replace(Popularity(), scores=np.array([2, 3, 1, *[1.5] * 10], np.float32))
    systems = [Lowered(whole, held, factor) for factor in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.1)]
    found = cheap_enough(systems, ColdItems(held, questions, questions))
    assert found.factor == 0.6
    assert cost(rank_cold(systems[3], questions, held).result()) > MOST_LOSS
    assert cost(rank_cold(found, questions, held).result()) == 0
    batch = batch_of_users(questions.known.dataset(items))
    assert found.score_all(batch)[0, :3].tolist() == [2, pytest.approx(1.8), 1]
    assert cheap_enough(systems[:1], ColdItems(held, questions, questions)) is systems[0]
