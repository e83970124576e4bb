"""What a person may get wrong at the command line: each is told in a sentence, and nothing is taken."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ITEMS = "item_id,title,price\n" + "".join(f"p{number},Mug {number},2\n" for number in range(200))


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> Path:
    run("init", tmp_path / "shop")
    (tmp_path / "good.csv").write_text(ITEMS)
    assert run("import", tmp_path / "shop", tmp_path / "good.csv", "--json").json["accepted"]["item"] == 200
    return tmp_path / "shop"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("short.csv", "item_id,title,price\nq1,Cup\n", "short.csv line 2: 2 fields where the header has 3"),
        ("short.csv", 'item_id,title,price\nq1,"Cup"\n', "short.csv line 2: 2 fields where the header has 3"),
        ("type.csv", "item_id,title,price\nq1,Cup,dear\n", "column price: dear is no number"),
        ("item.csv", "user_id,item_id,time\nu,nope,2017-01-01\n", "no item nope is known"),
        ("late.csv", "user_id,item_id,time\nu,p1,2999-01-01\n", "2999-01-01 is in the future"),
        ("empty.csv", "", "empty.csv is empty"),
        ("cut.csv.gz", gzip.compress(ITEMS.encode(), mtime=0)[:-9], "damaged or truncated gzip"),
        ("long.csv", "item_id,title,price\nq1,Cup,1" + "0" * 2_000_000 + "\n", "longer than 1,048,576 bytes"),
    ],
)
def test_a_file_is_refused_and_what_was_there_is_kept(
    run: Run, shop: Path, tmp_path: Path, *, name: str, content: str | bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    ran = run("import", shop, tmp_path / name)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert run("import", shop, tmp_path / "good.csv", "--again", "--json").json["duplicate"]["offer"] == 200
    assert list((shop / "runs" / "import").glob("stage-*")) == []


def test_of_an_id_given_twice_the_last_row_is_taken_and_said(run: Run, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("item_id,title,price\nq1,Old,1\nq1,New,2\n")
    told = run("import", shop, tmp_path / "twice.csv", "--json").json
    assert (told["accepted"]["item"], told["repaired"]) == (1, {"item": 1})
    assert "item_id given more than once: the last row was taken" in told["notes"][0]


@pytest.mark.parametrize("command", [("recommend", "home"), ("search", "tea")])
@pytest.mark.parametrize(
    ("option", "words"),
    [(("-n", -1), "'-n': Input should be greater than or equal to 1"), (("--filter", "secret = 1"), "'secret'")],
)
def test_a_list_is_refused(
    run: Run, toy: Path, command: tuple[str, str], option: tuple[str, object], words: str
) -> None:
    ran = run(command[0], toy, command[1], *option)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


@pytest.mark.parametrize("blank", ["", " \t"])
@pytest.mark.parametrize(
    "command",
    [
        ("init", ""),
        ("import", "", "good.csv"),
        ("import", "shop", ""),
        ("train", ""),
        ("tune", ""),
        ("evaluate", ""),
        ("serve", ""),
        ("search", "", "tea"),
        ("recommend", ""),
        ("bundle", "list", ""),
        ("bundle", "rollback", ""),
        ("user", "export", "", "27"),
        ("user", "export", "shop", "27", "--output", ""),
        ("user", "erase", "", "27"),
        ("export", "", "out"),
        ("export", "shop", ""),
        ("backup", "", "one.backup"),
        ("backup", "shop", ""),
        ("restore", "", "new"),
        ("restore", "one.backup", ""),
        ("retain", ""),
        ("doctor", ""),
        ("benchmark", "serve", "--shop", ""),
        ("benchmark", "sequential", "--data", ""),
        ("benchmark", "ingest", "--json", ""),
        ("benchmark", "training", "--data", "data", "--peers", ""),
    ],
    ids=" ".join,
)
def test_a_blank_name_is_not_taken_for_the_current_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, command: tuple[str, ...], blank: str
) -> None:
    """As a script gives it whose variable is not set; `.` means the current folder."""
    monkeypatch.chdir(tmp_path)
    ran = run(*(word or blank for word in command))
    assert (ran.code, ran.out) == (2, "")
    assert "an empty name is given. Give a path; . is the current folder." in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_dot_is_the_current_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", ".").code == 0
    assert (tmp_path / "shop.toml").is_file()
