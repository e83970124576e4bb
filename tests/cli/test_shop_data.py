"""The commands about what a shop holds: export, backup, restore, retain, and one person's data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.testing.full_shop import fill, shop_at

Run = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop in which every table has rows."""
    with shop_at(tmp_path / "shop") as opened:
        fill(opened.store)
    return tmp_path / "shop"


def test_a_shop_moves_by_a_backup(shop: Path, tmp_path: Path, run: Run) -> None:
    told = run("backup", shop, tmp_path / "a.backup", "--json")
    assert (told.code, told.json["rows"]["event"]) == (0, 7)
    restored = run("restore", tmp_path / "a.backup", tmp_path / "new", "--json")
    assert (restored.code, restored.json["rows"]) == (0, told.json["rows"])
    again = run("restore", tmp_path / "a.backup", tmp_path / "new")
    assert (again.code, again.out) == (2, "")
    assert "not empty" in again.err


def test_a_restored_shop_without_its_bundle_says_what_to_do(shop: Path, tmp_path: Path, run: Run) -> None:
    run("backup", shop, tmp_path / "a.backup")
    said = run("restore", tmp_path / "a.backup", tmp_path / "new").out
    assert f"Bundle b1 was served and is not here. Copy it, or run: shopkeeper train {tmp_path / 'new'}" in said


def test_backup_and_restore_say_what_comes_next(tmp_path: Path, run: Run) -> None:
    shop, file, new = tmp_path / "empty", tmp_path / "a.backup", tmp_path / "new"
    run("init", shop)
    assert run("backup", shop, file).out.endswith(f"see that it restores: shopkeeper restore {file} NEWSHOP\n")
    assert run("restore", file, new).out.endswith(f"Next: shopkeeper train {new}\n")


def test_a_shop_moves_by_an_export(shop: Path, tmp_path: Path, run: Run) -> None:
    assert run("export", shop, tmp_path / "data", "--json").json["rows"]["events"] == 7
    run("init", tmp_path / "new")
    told = run("import", tmp_path / "new", tmp_path / "data", "--json")
    assert (told.code, told.json["accepted"]["event"]) == (0, 7)


def test_a_person_is_told_and_erased(shop: Path, tmp_path: Path, run: Run) -> None:
    assert run("user", "export", shop, "ann").json["attributes"] == {"age": 30}
    file = tmp_path / "ann.json"
    assert f"Written to {file}: 3 events, 1 lists." in run("user", "export", shop, "ann", "--output", file).out
    assert json.loads(file.read_text("utf-8"))["visitor_ids"] == ["phone"]

    erased = run("user", "erase", shop, "ann", "--json").json
    assert (erased["events"], erased["exposures"], erased["scrubbed"]) == (3, 1, True)
    told = run("user", "export", shop, "ann")
    assert (told.code, told.out) == (3, "")
    assert "Nothing is held of user 'ann'" in told.err
    assert "made before hold this person still" in run("user", "erase", shop, "desk", "--visitor").out


def test_what_is_old_is_counted_and_then_deleted(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_RETENTION__EVENT_DAYS", "1")
    dry = run("retain", shop, "--dry-run")
    assert "nothing was deleted" in dry.out
    assert run("retain", shop, "--json").json == {"events": 7, "persons": 4, "exposures": 2, "dry_run": False}
    assert run("retain", shop, "--json").json["events"] == 0
