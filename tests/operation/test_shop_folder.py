"""A shop is a folder: init writes settings that a person can read and the code loads."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from shopkeeper.error import InputError, NotFound
from shopkeeper.model.two_tower import TwoTowerConfig
from shopkeeper.operation.shop import init_shop, open_shop, setting_text, store_url
from shopkeeper.record import DEFAULT_WEIGHT, parse_time
from shopkeeper.setting import Setting, load_setting


def test_init_makes_a_shop_that_loads_with_defaults(tmp_path: Path) -> None:
    init_shop(tmp_path / "corner", name='The "corner" shop')
    setting = load_setting(tmp_path / "corner")
    assert setting.shop.name == 'The "corner" shop'
    assert setting.store == Setting().store
    assert setting.replay_start is None


def test_a_shop_without_a_name_has_its_folders(tmp_path: Path) -> None:
    init_shop(tmp_path / "corner")
    assert load_setting(tmp_path / "corner").shop.name == "corner"


def test_a_shop_begins_with_the_currency_that_it_is_given(tmp_path: Path) -> None:
    init_shop(tmp_path / "corner", currency="EUR")
    assert load_setting(tmp_path / "corner").shop.currency == "EUR"
    init_shop(tmp_path / "usual")
    assert load_setting(tmp_path / "usual").shop.currency == Setting().shop.currency


@pytest.mark.parametrize("word", ["eur", "euro", "€", "EURO", ""])
def test_a_currency_that_the_setting_would_not_take_is_refused_before_anything_is_made(
    tmp_path: Path, word: str
) -> None:
    with pytest.raises(InputError, match=f"^{word!r} is no currency code. .*such as EUR"):
        init_shop(tmp_path / "corner", currency=word)
    assert not (tmp_path / "corner").exists()


def test_the_demo_stands_just_after_the_grocers_last_receipt(tmp_path: Path) -> None:
    init_shop(tmp_path, demo=True)
    setting = load_setting(tmp_path)
    assert setting.replay_start is not None
    assert 0 < setting.replay_start - parse_time("2018-01-01T04:01:20Z") < 3_600_000_000
    assert setting.evaluation.validation_from == date(2017, 11, 6)
    assert (setting.evaluation.test_from, setting.evaluation.test_to) == (date(2017, 11, 20), date(2017, 12, 31))
    assert setting.storefront.attributes == ("package_size",)  # of two thirds of the grocer's products


def test_every_setting_stands_in_the_file_at_its_default() -> None:
    text = setting_text({})
    uncommented = re.sub(r"^# (\w+ = |\[\w+\.\w+\]$)", r"\1", text, flags=re.MULTILINE)
    values = tomllib.loads(uncommented)
    assert Setting.model_validate({**values, "event_weight": {}, "model": {}}) == Setting()
    assert values["model"] == {"two_tower": {"width": TwoTowerConfig().width}}  # an example, at its default too
    assert values["event_weight"] == {kind.value: weight for kind, weight in DEFAULT_WEIGHT.items()}
    for section in ("shop", "store", "bundle", "language", "evaluation", "serve"):
        for name in type(getattr(Setting(), section)).model_fields:
            assert f"# {name}: " in text


def test_a_shop_is_not_made_twice(tmp_path: Path) -> None:
    init_shop(tmp_path)
    before = (tmp_path / "shop.toml").read_text()
    with pytest.raises(InputError, match="already is a shop"):
        init_shop(tmp_path, name="Other")
    assert (tmp_path / "shop.toml").read_text() == before


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made a shop"):
        init_shop(tmp_path / "file" / "shop")


def test_an_open_shop_has_its_folders_and_its_store_inside(tmp_path: Path) -> None:
    init_shop(tmp_path / "corner")
    with open_shop(tmp_path / "corner") as shop:
        assert shop.store.events.count() == 0
        assert all(folder.is_dir() for folder in (shop.bundles, shop.cache, shop.runs))
    assert (tmp_path / "corner" / "shop.db").is_file()


def test_a_folder_without_settings_is_no_shop(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="shopkeeper init"):
        open_shop(tmp_path)


@pytest.mark.parametrize("url", ["postgresql://host/shop", "sqlite:///:memory:", "sqlite://"])
def test_other_urls_stay_as_they_are(url: str, tmp_path: Path) -> None:
    assert store_url(url, tmp_path) == url


def test_a_relative_sqlite_path_is_inside_the_folder_and_an_absolute_one_is_kept(tmp_path: Path) -> None:
    assert store_url("sqlite:///shop.db", tmp_path) == f"sqlite:///{tmp_path.resolve()}/shop.db"
    assert store_url("sqlite:////data/shop.db", tmp_path) == "sqlite:////data/shop.db"
