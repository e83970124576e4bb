"""Laying out a long log by persons: nothing lost, nobody torn apart, and logins mean what they meant."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.operation import regroup, staging
from shopkeeper.operation.ingest import import_files
from shopkeeper.operation.regroup import regrouped
from shopkeeper.record import Item
from shopkeeper.store import Store, open_store

NOW = 1_514_764_800_000_000
_ROW = tuple[str | None, str | None, int]  # user_id, visitor_id, number


def parts_of(folder: Path, rows: Sequence[_ROW], size: int) -> list[Path]:
    schema = {"user_id": pl.String, "visitor_id": pl.String, "number": pl.Int64}
    paths = []
    for start in range(0, len(rows), size):
        paths.append(folder / f"event-{start:05}.parquet")
        pl.DataFrame(rows[start : start + size], schema, orient="row").write_parquet(paths[-1])
    return paths


def test_a_short_log_stays_as_it_is(tmp_path: Path) -> None:
    paths = parts_of(tmp_path, [("ann", None, 1), ("bob", None, 2)], 1)
    assert regrouped(paths, 2) == paths


def test_a_log_stays_as_it_is_where_nobody_comes_back(tmp_path: Path) -> None:
    paths = parts_of(tmp_path, [(f"user-{number}", None, number) for number in range(100)], 10)
    assert regrouped(paths, 10) == paths


def test_a_log_of_few_people_stays_as_it_is(tmp_path: Path) -> None:
    paths = parts_of(tmp_path, [(f"user-{number % 2}", None, number) for number in range(400)], 100)
    assert regrouped(paths, 100) == paths


def test_everybody_is_in_one_part_in_the_order_of_the_files(tmp_path: Path) -> None:
    rows: list[_ROW] = [(f"user-{number % 40}", None, number) for number in range(400)]
    paths = parts_of(tmp_path, rows, 100)
    parts = [pl.read_parquet(path) for path in regrouped(paths, 100)]
    assert len(parts) == 4
    assert not any(path.exists() for path in paths)
    assert sorted(number for part in parts for number in part["number"]) == list(range(400))
    assert sum(part["user_id"].n_unique() for part in parts) == 40
    for part in parts:
        for _, of_one in part.group_by("user_id"):
            assert of_one["number"].is_sorted()


def test_no_more_files_are_open_at_once_than_systems_allow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regroup, "MOST_OPEN", 5)
    rows: list[_ROW] = [(f"user-{number % 40}", None, number) for number in range(1_000)]
    parts = regrouped(parts_of(tmp_path, rows, 50), 50)  # 20 parts otherwise
    assert len({path.stem.split("-")[2] for path in parts}) == 5
    found = [pl.read_parquet(path)["number"] for path in parts]
    assert max(map(len, found)) <= 100
    assert sorted(pl.concat(found)) == list(range(1_000))


def test_who_was_seen_together_stays_together_at_whatever_remove(tmp_path: Path) -> None:
    chain: list[_ROW] = [
        ("ann", None, 0),
        ("ann", "phone", 1),
        ("bob", "phone", 2),
        ("bob", "desk", 3),
        ("", "desk", 4),
    ]
    rows = [row for number in range(30) for row in ((f"user-{number}", None, 100), (None, f"guest-{number}", 100))]
    spread = [row for at, row in enumerate(chain) for row in (row, *rows[12 * at : 12 * at + 12])] + rows
    parts = [pl.read_parquet(path) for path in regrouped(parts_of(tmp_path, spread, 5), 5)]
    assert [part.filter(pl.col("number") < 5)["number"].to_list() for part in parts if part["number"].min() != 100] == [
        [0, 1, 2, 3, 4]
    ]


def test_a_user_and_a_visitor_of_one_name_are_two(tmp_path: Path) -> None:
    rows = [row for number in range(64) for row in ((f"x{number}", None, number), (None, f"x{number}", number))]
    parts = [pl.read_parquet(path) for path in regrouped(parts_of(tmp_path, rows * 2, 128), 8)]
    assert any(set(part["user_id"].drop_nulls()) != set(part["visitor_id"].drop_nulls()) for part in parts)


def test_one_persons_endless_history_is_cut(tmp_path: Path) -> None:
    rows: list[_ROW] = [("robot", None, number) for number in range(100)]
    parts = [pl.read_parquet(path)["number"].to_list() for path in regrouped(parts_of(tmp_path, rows, 10), 10)]
    assert [len(part) for part in parts] == [20] * 5
    assert [number for part in parts for number in part] == list(range(100))


@pytest.mark.parametrize("size", [3, 1_000])
def test_logins_mean_the_same_in_small_parts_and_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(staging, "PART_ROWS", size)
    store = open_store(f"sqlite:///{tmp_path}/shop.db")
    store.catalogue.put([Item("cup"), Item("jug"), Item("pan")])
    lines = ["event_id,type,time,user_id,visitor_id,item_id"]
    told = [",v,cup", "ann,v,jug", ",v,pan", "bob,v,cup", ",v,jug", "ann,,pan", ",w,cup", "bob,,cup", "eve,w,jug"]
    lines += [f"e{number},view,2017-11-01T10:00:{number:02}Z,{line}" for number, line in enumerate(told)]
    (tmp_path / "events.csv").write_text("\n".join(lines))
    import_files(store, [tmp_path / "events.csv"], staging=tmp_path / "staging", now=NOW)
    assert acts_of(store) == {
        "ann": ["cup", "jug", "pan", "pan"],
        "bob": ["cup", "jug", "cup"],
        "eve": ["cup", "jug"],
    }
    store.close()


def acts_of(store: Store) -> dict[str, list[str]]:
    items = dict(store.catalogue.item_ids().select("item_index", "item_id").iter_rows())
    return {
        user_id: [items[item] for item in store.events.history(user_id, None).recent["item"].tolist()]
        for user_id in store.events.users()["user_id"]
    }
