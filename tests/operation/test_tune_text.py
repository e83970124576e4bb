"""The section that a tuning puts into shop.toml: nothing else of the file changes."""

import tomllib
from pathlib import Path

import pytest

from shopkeeper.error import SettingError
from shopkeeper.operation.tune_text import section_text, with_section

TEXT = section_text("together", {"lags": 3, "gap_days": 7.5, "trend_days": (14.0, 90.0)}, "Found by a test.")


def test_a_section_says_where_it_comes_from() -> None:
    assert TEXT == "[model.together]\n# Found by a test.\nlags = 3\ngap_days = 7.5\ntrend_days = [14.0, 90.0]\n"


@pytest.mark.parametrize("old", ["", "[model.together]\nlags = 2\n\n", "[ model.item_item ] # by hand\nlags = 9\n"])
def test_it_takes_the_place_of_what_was_said_of_the_same_source(tmp_path: Path, old: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(
        f'# mine\n[shop]\nname = "A"\n{old}[model.two_tower]\nwidth = 8 # small\n[serve]\nport = 1\n', "utf-8"
    )
    with_section(path, "together", TEXT)
    text = path.read_text("utf-8")
    assert text == f'# mine\n[shop]\nname = "A"\n[model.two_tower]\nwidth = 8 # small\n[serve]\nport = 1\n\n{TEXT}'
    assert tomllib.loads(text)["model"]["together"]["lags"] == 3


def test_a_comment_after_the_last_key_belongs_to_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    of_mine = "\n[model.item_item]\n# Found long ago.\nlags = 9 # far\n# also long ago\ngap_days = 3.0\n"
    days = "# Do not change these dates.\n\n# Ask first.\n[serve]\nport = 1\n"
    path.write_text(f'[shop]\nname = "A"\n{of_mine}\n{days}', "utf-8")
    with_section(path, "together", TEXT)
    assert path.read_text("utf-8") == f'[shop]\nname = "A"\n\n{days}\n{TEXT}'
    with_section(path, "together", TEXT)
    assert path.read_text("utf-8") == f'[shop]\nname = "A"\n\n{days}\n{TEXT}', "a second time changes nothing"


def test_a_comment_at_the_end_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text("[model.together]\nlags = 9\n\n# The end.\n", "utf-8")
    with_section(path, "together", TEXT)
    assert path.read_text("utf-8") == f"# The end.\n\n{TEXT}"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_nobody_else_may_read_it_than_before(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "shop.toml"
    path.write_text("[shop]\n", "utf-8")
    path.chmod(mode)
    (tmp_path / "shop.part").write_text("left by a kill", "utf-8")
    with_section(path, "together", TEXT)
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("text", ["model = {together = {lags = 2}}\n", "[model]\ntogether = {lags = 2}\n"])
def test_what_is_written_in_another_way_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingError, match="by hand"):
        with_section(path, "together", TEXT)
    assert path.read_text("utf-8") == text
