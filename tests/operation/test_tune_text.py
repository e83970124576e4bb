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


@pytest.mark.parametrize("text", ["model = {together = {lags = 2}}\n", "[model]\ntogether = {lags = 2}\n"])
def test_what_is_written_in_another_way_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingError, match="by hand"):
        with_section(path, "together", TEXT)
    assert path.read_text("utf-8") == text
