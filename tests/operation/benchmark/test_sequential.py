"""benchmark sequential: files of lines read, the protocol kept, rows in the one shape."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.error import InputError, MissingPart, NotFound
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.model import REGISTRY
from shopkeeper.operation.benchmark.published import published_rows
from shopkeeper.operation.benchmark.sequence_file import read_sequences
from shopkeeper.operation.benchmark.sequential import REFIT, Wanted, benchmark_sequential, cost
from shopkeeper.operation.benchmark.sequential_system import SYSTEMS, unfitted
from shopkeeper.operation.benchmark.sequential_text import NO_TEXTS

README = """A shop of toys
all-rank                     HR@5   NDCG@5  HR@10  NDCG@10 HR@20  NDCG@20
  PopRec    (S3-Rec repo)      .0080  .0044  .0152  .0068  .0217  .0084
  TIGER     (paper, via its README)  R@5 .0454 N@5 .0321 R@10 .0648 N@10 .0384
 PopRec computed on these files: HR@5 .0077
"""
WITHOUT = """
import sys
from pathlib import Path
sys.modules["torch"] = None
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.operation.benchmark.sequential import Wanted, benchmark_sequential
assert benchmark_sequential(Path(sys.argv[1]), Wanted(), HashingEncoder()).rows
"""
LINES = ["1 10 20 30 40", "2 20 30 40", "3 10 30 20 40", "4 40 10 20"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four users, four items with words, days of which some are shared."""
    (tmp_path / "Toys.txt.gz").write_bytes(gzip.compress("\n".join(LINES).encode()))
    (tmp_path / "README.txt").write_text(README, "utf-8")
    items = [
        {"item_id": 10, "title": "red car", "brand": "Zip", "categories": [["Toys", "Cars"]]},
        {"item_id": 20, "title": "", "keywords": "blue car", "brand": None, "attribute_names": ["Toys", "Cars"]},
        {"item_id": 30, "title": "doll", "brand": "Unknown", "categories": None},
        {"item_id": 40, "title": "doll house", "brand": "Maison", "categories": [["Toys", "Dolls"]]},
    ]
    (tmp_path / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items), "utf-8")
    rows = ["user_id,item_id,position,timestamp"]
    for line in LINES:
        user, *bought = line.split()
        rows += [f"{user},{item},{place},{86400 * (place // 2)}" for place, item in enumerate(bought)]
    (tmp_path / "interactions.csv").write_text("\n".join(rows), "utf-8")
    return tmp_path


def test_lines_and_words_are_read_whatever_the_numbers_of_items(folder: Path) -> None:
    file = read_sequences(folder, np.random.default_rng(0))
    ids = file.items.vocabulary.ids
    assert file.name == "Toys"
    assert sorted(ids) == ["10", "20", "30", "40"]
    assert [ids[item] for item in file.sequences.item[:4]] == ["10", "20", "30", "40"]
    texts = dict(zip(ids, file.items.texts(), strict=True))
    assert texts["20"] == "blue car. Cars, Toys"
    assert texts["30"] == "doll"


def test_only_what_one_user_bought_on_one_day_is_shuffled(folder: Path) -> None:
    file = read_sequences(folder, np.random.default_rng(0))
    ids = np.array(file.items.vocabulary.ids)
    seen = set()
    for seed in range(20):
        shuffled = file.shuffled(np.random.default_rng(seed))
        first = ids[shuffled.item[:4]].tolist()
        assert (set(first[:2]), set(first[2:])) == ({"10", "20"}, {"30", "40"})
        seen.add(tuple(first))
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Toys.txt", "1 2 three 4", "Line 1"),
        ("Toys.txt", "1 2 3", "needs three of each user"),
        ("Toys.txt", "\n", "holds no lines"),
        ("More.csv", "", "it holds none"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        read_sequences(tmp_path, np.random.default_rng(0))
    with pytest.raises(NotFound, match="--data"):
        read_sequences(tmp_path / "nowhere", np.random.default_rng(0))


def test_a_shop_of_one_item_has_nothing_to_put_in_order(tmp_path: Path) -> None:
    (tmp_path / "Toys.txt").write_text("1 5 5 5 5\n", "utf-8")
    result = benchmark_sequential(tmp_path, Wanted(), HashingEncoder())
    reached = {row["system"]: row["HR@10"] for row in result.rows if "HR@10" in row}
    parts = ("item_item", "transition", "semantic", "words", "popularity")
    assert reached == dict.fromkeys((*parts, "blend", f"blend{REFIT}"), 1.0)


def test_published_rows_are_read_from_the_readme(folder: Path) -> None:
    pop, tiger = published_rows(folder, "Toys")
    assert (pop["system"], pop["HR@10"], pop["NDCG@20"]) == ("PopRec", 0.0152, 0.0084)
    assert (tiger["system"], tiger["NDCG@10"], tiger.get("HR@20")) == ("TIGER", 0.0384, None)


def test_the_blend_its_parts_and_the_published_rows_stand_side_by_side(folder: Path) -> None:
    result = benchmark_sequential(folder, Wanted(seeds=2), HashingEncoder())
    filed = {row["system"]: row for row in result.rows if row["ties"] == "file"}
    assert {"blend", "ranked blend", "item_item", "transition", "PopRec", "TIGER"} <= set(filed)
    assert {f"blend{REFIT}", f"ranked blend{REFIT}"} <= set(filed)
    assert [row["ties"] for row in result.rows][-1] == "shuffled"
    row = filed["blend"]
    assert (row["dataset"], row["tier"], row["seeds"]) == ("Toys", "instant", 2)
    assert 0 <= float(row["NDCG@10"] or 0) <= float(row["HR@10"] or 0) == 1  # there are four items
    assert {"fit_seconds", "peak_mb", "HR@10 sd", "NDCG@10 sd", "HR@5", "NDCG@20"} <= set(row)
    assert any(name.endswith("/ TIGER HR@10") for name in result.ratios)
    assert {name.partition(" /")[0] for name in result.ratios} <= {"blend", "ranked blend"}, (
        "validation knows no others"
    )


def test_the_full_tier_trains_a_network_and_blends_it_too(folder: Path) -> None:
    result = benchmark_sequential(folder, Wanted(tier="full", threads=1), HashingEncoder())
    filed = {row["system"]: row for row in result.rows if row["ties"] == "file"}
    assert {"transformer", "wide_transformer", "item_item", "blend", "ranked blend", f"ranked blend{REFIT}"} <= set(
        filed
    )
    assert {row["tier"] for row in filed.values()} == {"full", "published"}
    alone = benchmark_sequential(folder, Wanted(model="transformer", threads=1), HashingEncoder())
    (row,) = [row for row in alone.rows if row["system"] == "transformer" and row["ties"] == "file"]
    assert (row["tier"], row["NDCG@10"]) == ("full", filed["transformer"]["NDCG@10"])


def test_the_rows_can_be_fewer(folder: Path) -> None:
    fewer = benchmark_sequential(folder, Wanted(ties="file", refit=False), HashingEncoder())
    assert {row["ties"] for row in fewer.rows if row["tier"] == "instant"} == {"file"}
    assert not [row for row in fewer.rows if str(row["system"]).endswith(REFIT)]
    shuffled = benchmark_sequential(folder, Wanted(ties="shuffled", refit=False), HashingEncoder())
    assert {row["ties"] for row in shuffled.rows if row["tier"] == "instant"} == {"shuffled"}
    assert shuffled.ratios == {}, "published figures are of ties as in the file"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(tier="full"), "4 times a training"),
        (Wanted(tier="full", model="blend"), "4 times a training"),
        (Wanted(tier="full", seeds=3, ties="file", refit=False), "3 times a training"),
        (Wanted(model="transformer"), "2 times a training"),
        (Wanted(tier="full", ties="file", refit=False), "a training of 5 to 20 minutes for"),
        (Wanted(seeds=2), "4 times two"),
    ],
)
def test_what_it_will_cost_is_said_before(wanted: Wanted, words: str) -> None:
    assert cost(wanted).startswith(words)


def test_without_pytorch_the_full_tier_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for wanted in (Wanted(tier="full"), Wanted(model="transformer")):
        with pytest.raises(MissingPart, match=r"pip install \"shopkeeper\[torch\]\""):
            benchmark_sequential(folder, wanted, HashingEncoder())


def test_the_instant_tier_needs_no_pytorch(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_popularity_ranks_as_counted_by_hand(folder: Path) -> None:
    # Training: 10 20 | 20 | 10 30 | 40, so 10 and 20 sold twice, 30 and 40 once. To test: user 1 has 10 20 30 and
    # wants 40: place 1 of what is left. User 2 has 20 30: 10, then 40: place 2. User 3 has 10 30 20: place 1. User 4
    # has 40 10 and wants 20: place 1.
    result = benchmark_sequential(folder, Wanted(model="popularity"), HashingEncoder())
    row = next(row for row in result.rows if row["system"] == "popularity" and row["ties"] == "file")
    assert row["NDCG@5"] == pytest.approx((3 + 1 / np.log2(3)) / 4, abs=1e-4)


def test_every_registered_model_can_be_measured() -> None:
    systems = unfitted(NO_TEXTS.vectors)
    assert set(systems) == set(SYSTEMS)
    assert {type(system) for system in systems.values()} == {registered.model for registered in REGISTRY.values()}


@pytest.mark.parametrize("model", ["tifu_knn", "bpr", "affinity"])  # at once, trained, and one that scores lists only
def test_a_model_that_no_tier_blends_is_measured_alone(folder: Path, model: str) -> None:
    result = benchmark_sequential(folder, Wanted(model=model, threads=1, ties="file"), HashingEncoder())
    (row,) = [row for row in result.rows if row["system"] == model]
    assert float(row["HR@10"] or 0) == 1  # there are four items


def test_without_times_nobody_knows_the_ties(folder: Path) -> None:
    (folder / "interactions.csv").unlink()
    result = benchmark_sequential(folder, Wanted(model="item_item"), HashingEncoder())
    assert "no times" in str(result.rows[-1]["note"])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(tier="slow"), "There are: instant, full"),
        (Wanted(model="oracle"), "There are: item_item"),
        (Wanted(ties="none"), "There are: file, shuffled, both"),
    ],
)
def test_what_there_is_not_is_told(folder: Path, wanted: Wanted, words: str) -> None:
    with pytest.raises(InputError, match=words):
        benchmark_sequential(folder, wanted, HashingEncoder())
