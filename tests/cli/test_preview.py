"""What a dry run shows: the first records as they would be stored, and every guess."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.cli.preview import say_records

Run = Callable[..., Any]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    items = tmp_path / "items.csv"
    rows = [f"p{number},Tea {number},4.50,USD\n" for number in range(12)]
    items.write_text("item_id,title,price,currency\n" + "".join(rows))
    call = {"type": "track", "event": "Product Added", "messageId": "m-1", "anonymousId": "v-1"}
    more = {"timestamp": "2020-02-03T04:05:06Z", "properties": {"product_id": "p1", "price": 4.5, "quantity": 2}}
    calls = tmp_path / "calls.jsonl"
    calls.write_text(json.dumps({**call, **more}) + "\n" + json.dumps({"type": "page", "userId": "u"}) + "\n")
    return [items, calls]


def test_a_dry_run_shows_ten_records_of_each_and_what_was_guessed(run: Run, tmp_path: Path, files: list[Path]) -> None:
    run("init", tmp_path / "s")
    ran = run("import", tmp_path / "s", *files, "--dry-run")
    assert ran.code == 0
    assert "calls.jsonl: read as Segment calls." in ran.out
    assert "left out, for they tell nothing that is ours: page 1." in ran.out
    assert "rows are read as items, by their columns" in ran.out
    (event,) = [line for line in ran.out.splitlines() if "2020-02-03T04:05:06Z" in line]
    assert event.split()[:8] == ["1", "cart", "2020-02-03T04:05:06Z", "v-1", "p1", "2", "9.00", "USD"]
    assert "item: the first 10, as they would be stored" in ran.out
    assert "A dry run: nothing was committed." in ran.out.splitlines()[-1]


def test_the_records_stand_in_the_json_too(run: Run, tmp_path: Path, files: list[Path]) -> None:
    run("init", tmp_path / "s")
    told = run("import", tmp_path / "s", *files, "--dry-run", "--json").json["records"]
    assert [len(told[entity]) for entity in ("item", "offer", "event")] == [10, 10, 1]
    assert told["offer"][0] == {"file": "items.csv", "line": 2, "item_id": "p0", "price": 450, "currency": "USD"}
    assert told["event"][0]["value"] == 900
    assert run("import", tmp_path / "s", *files, "--json").json["records"] == {}


def test_records_of_several_files_tell_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"file": "a.csv", "line": 2, "user_id": "u"}, {"file": "b.csv", "line": 3, "user_id": "w"}]
    say_records({"user": rows})
    said = [line.split() for line in capsys.readouterr().out.splitlines() if ".csv" in line]
    assert said == [["a.csv:2", "u"], ["b.csv:3", "w"]]


def test_prices_are_in_major_units_and_long_texts_cut(capsys: pytest.CaptureFixture[str]) -> None:
    offer = {"file": "a", "line": 2, "item_id": "p", "price": 3900, "currency": "JPY"}
    item = {"file": "a", "line": 2, "item_id": "p", "kind": "product", "enabled": False, "title": "x" * 99}
    say_records({"item": [item], "offer": [offer]})
    said = capsys.readouterr().out
    assert "x" * 57 + "..." in said
    assert "enabled False" in said
    assert "kind" not in said
    assert ["2", "p", "3900", "JPY"] in [line.split() for line in said.splitlines()]


def test_a_sync_shows_what_it_would_disable(run: Run, tmp_path: Path) -> None:
    whole, short = tmp_path / "whole.csv", tmp_path / "short.csv"
    whole.write_text("item_id,title\np1,Cup\np2,Pot\n")
    short.write_text("item_id,title\np1,Cup\n")
    run("init", tmp_path / "s")
    assert run("import", tmp_path / "s", whole).code == 0
    ran = run("import", tmp_path / "s", short, "--sync", "--dry-run", "--max-disabled", "0.5")
    assert ran.code == 0
    assert ["absent", "p2", "enabled", "False"] in [line.split() for line in ran.out.splitlines()]


def test_a_dry_run_of_dirty_files_shows_all_and_then_that_the_import_would_be_refused(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "s")
    (tmp_path / "items.csv").write_text("item_id,title,price\np1,Mug,2\np2,Cup,cheap\n")
    ran = run("import", tmp_path / "s", tmp_path / "items.csv", "--dry-run")
    assert ran.code == 2
    for said in ("items.csv: read as a table (CSV).", "item: the first 1, as", "A dry run:"):
        assert said in ran.out
    assert (ran.out + ran.err).count("cheap is no number") == 1
    assert "The import itself would be refused. 1 of 2 rows could not be read" in ran.err
    told = run("import", tmp_path / "s", tmp_path / "items.csv", "--dry-run", "--json")
    assert (told.code, told.json["rejected"]) == (2, {"item": 1})
