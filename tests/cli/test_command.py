"""Commands: what they say, and how they fail: a sentence on stderr, nothing on stdout, an exit code with a meaning."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.cli.import_command import read_mapping
from shopkeeper.error import InputError
from shopkeeper.setting import ShopSection

Run = Callable[..., Any]


@pytest.mark.parametrize(
    "command",
    [
        ["init"],
        ["import"],
        ["train"],
        ["tune"],
        ["evaluate"],
        ["serve"],
        ["search"],
        ["recommend"],
        ["doctor"],
        ["bundle", "list"],
        ["bundle", "verify"],
        ["bundle", "publish"],
        ["bundle", "rollback"],
        ["user", "export"],
        ["user", "erase"],
        ["export"],
        ["backup"],
        ["restore"],
        ["retain"],
    ],
)
def test_every_command_has_examples_and_speaks_json(run: Run, command: list[str]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert f"shopkeeper {' '.join(command)} " in ran.out.split("Examples:")[1]
    assert "--json" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "Missing command"),
        (["sell"], 2, "No such command 'sell'"),
        (["train"], 2, "Missing argument 'SHOP'"),
        (["serve", "x", "--port", "70000"], 2, "65535"),
        (["train", "nowhere"], 3, "shopkeeper init nowhere"),
        (["bundle", "list", "nowhere"], 3, "is no shop"),
    ],
)
def test_mistakes_are_told_in_a_sentence(run: Run, arguments: list[str], code: int, words: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("Error: ")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_with_json_a_mistake_is_a_problem_on_stderr(run: Run) -> None:
    ran = run("train", "nowhere", "--json")
    assert (ran.code, ran.out) == (3, "")
    problem = json.loads(ran.err)
    assert (problem["type"], problem["exit_code"]) == ("urn:shopkeeper:not-found", 3)


def test_settings_that_cannot_be_used_name_the_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text("[serve]\nport = 'many'\n")
    ran = run("train", tmp_path)
    assert ran.code == 4
    assert "serve.port" in ran.err


def test_init_then_doctor(run: Run, tmp_path: Path) -> None:
    assert run("init", tmp_path / "s", "--name", "Corner shop", "--json").json["shop"] == str(tmp_path / "s")
    assert run("init", tmp_path / "s").code == 2
    assert f"Next: shopkeeper import {tmp_path / 't'} FILES..." in run("init", tmp_path / "t").out
    assert f"Next: shopkeeper import '{tmp_path / 'two words'}' FILES..." in run("init", tmp_path / "two words").out
    demo = run("init", tmp_path / "d", "--demo").out
    assert demo.endswith(f"Next: shopkeeper import {tmp_path / 'd'} --format completejourney\n")
    assert "Next" not in run("init", tmp_path / "q", "--no-hint").out
    levels = {finding["what"]: finding["level"] for finding in run("doctor", tmp_path / "s", "--json").json}
    assert (levels["settings"], levels["store"]) == ("ok", "warn")


def test_init_says_which_currency_a_price_is_in(run: Run, tmp_path: Path) -> None:
    assert f"[default: ({ShopSection().currency})]" in run("init", "--help").out
    usual = run("init", tmp_path / "s").out
    path = tmp_path / "s" / "shop.toml"
    assert f"Prices that name no currency are in USD. For another, change `currency` in {path} before" in usual
    given = run("init", tmp_path / "e", "--currency", "EUR").out
    assert "Prices that name no currency are in EUR.\n" in given
    assert run("init", tmp_path / "j", "--currency", "JPY", "--json").json["currency"] == "JPY"
    ran = run("init", tmp_path / "x", "--currency", "euro")
    assert (ran.code, ran.out) == (2, "")
    assert "'euro' is no currency code" in ran.err


def test_init_says_the_currency_that_the_environment_names(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPKEEPER_SHOP__CURRENCY", "CHF")
    assert "Prices that name no currency are in CHF." in run("init", tmp_path / "s").out


@pytest.mark.parametrize("command", [("bundle", "card"), ("recommend",), ("search", "tea")])
def test_without_a_bundle_every_command_says_the_same_and_names_the_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("init", "my shop")
    words = list(command)
    words.insert(1 if command[0] != "bundle" else 2, "my shop")
    nothing = "Error: No bundle is published yet. "
    ran = run(*words)
    steps = "Import items first: shopkeeper import 'my shop' FILES... and then run: shopkeeper train 'my shop'"
    assert (ran.code, ran.out, ran.err) == (6, "", f"{nothing}{steps}\n")
    (tmp_path / "tea.csv").write_text("item_id,title\na,Green tea\n")
    run("import", "my shop", "tea.csv")
    ran = run(*words)
    assert (ran.code, ran.out, ran.err) == (6, "", f"{nothing}Run: shopkeeper train 'my shop'\n")


def test_going_back_without_an_earlier_bundle_names_the_folder(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "s")
    assert f"See: shopkeeper bundle list {tmp_path / 's'}\n" in run("bundle", "rollback", tmp_path / "s").err


def test_import_tells_counts_and_refuses_too_many_bad_rows(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "s")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("sku,name,price\na,Green tea,4.50\nb,Oolong,5\n")
    bad.write_text("item_id,title,price\nc,Puer,dear\n")
    mapped = ["--kind", "items", "--map", "sku=item_id", "--map", "name=title"]
    assert run("import", tmp_path / "s", good, *mapped, "--dry-run", "--json").json["dry_run"] is True
    assert run("import", tmp_path / "s", good, *mapped, "--json").json["accepted"]["item"] == 2
    skipped = run("import", tmp_path / "s", good, *mapped).out
    today = r"20\d\d-\d\d-\d\d"
    assert re.fullmatch(rf"Already imported on {today}, nothing to do \(--again imports anew\).\n", skipped)
    assert run("import", tmp_path / "s", good, *mapped, "--again").out.endswith("Committed.\n")
    refused = run("import", tmp_path / "s", bad, "--kind", "items")
    assert (refused.code, refused.out) == (2, "")
    assert "bad.csv line 2" in refused.err


@pytest.mark.parametrize(("name", "code"), [("missing.csv", 3), ("empty.csv", 2)])
def test_a_file_that_cannot_be_imported_is_named(run: Run, tmp_path: Path, name: str, code: int) -> None:
    run("init", tmp_path / "s")
    (tmp_path / "empty.csv").write_text("")
    ran = run("import", tmp_path / "s", tmp_path / name, "--kind", "items")
    assert (ran.code, ran.out) == (code, "")
    assert name in ran.err


def test_a_mapping_may_hold_an_equals_sign_in_the_column() -> None:
    assert read_mapping(["sku=item_id", "a=b=title"]) == {"sku": "item_id", "a=b": "title"}


@pytest.mark.parametrize("pair", ["sku", "=item_id", "sku="])
def test_a_mapping_that_cannot_be_read_is_named(pair: str) -> None:
    with pytest.raises(InputError, match="COLUMN=FIELD"):
        read_mapping([pair])
