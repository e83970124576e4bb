"""Settings: shop.toml, the environment above it, and what is said of a wrong one."""

from pathlib import Path

import pytest

from shopkeeper.error import NotFound, SettingError
from shopkeeper.record import DEFAULT_WEIGHT, EventType, parse_time
from shopkeeper.setting import Setting, load_setting


def shop(folder: Path, text: str | bytes = "") -> Path:
    """A shop's folder with this shop.toml."""
    (folder / "shop.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    setting = load_setting(shop(tmp_path))
    assert (setting.shop.currency, setting.serve.port, setting.store.url) == ("USD", 8000, "sqlite:///shop.db")
    assert setting.weights == DEFAULT_WEIGHT
    assert setting.replay_start is None


def test_the_environment_is_above_the_file_value_by_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop(tmp_path, '[shop]\nname = "File"\ncurrency = "EUR"\n[event_weight]\nview = 2\npurchase = 9\n')
    monkeypatch.setenv("SHOPKEEPER_SHOP__NAME", "Environment")
    monkeypatch.setenv("SHOPKEEPER_EVENT_WEIGHT__VIEW", "3")
    monkeypatch.setenv("SHOPKEEPER_SERVE__PORT", "0")
    setting = load_setting(folder)
    assert (setting.shop.name, setting.shop.currency, setting.serve.port) == ("Environment", "EUR", 0)
    assert setting.event_weight == {EventType.VIEW: 3, EventType.PURCHASE: 9}
    assert setting.weights[EventType.RETURN] == DEFAULT_WEIGHT[EventType.RETURN]


def test_shops_do_not_share_settings(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = load_setting(shop(tmp_path / "a", '[shop]\nname = "A"'))
    other = load_setting(shop(tmp_path / "b"))
    assert (one.shop.name, other.shop.name) == ("A", "My shop")


def test_a_replayed_shop_stands_at_a_time(tmp_path: Path) -> None:
    setting = load_setting(shop(tmp_path, '[shop]\nreplay_now = "2017-12-31"'))
    assert setting.replay_start == parse_time("2017-12-31T00:00:00Z")


def test_a_folder_without_shop_toml_is_no_shop(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="shopkeeper init"):
        load_setting(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[shop", "not valid TOML"),
        ('[shop]\nname = "Käse"'.encode("latin-1"), "not valid TOML"),
        (b"\xff\xfe[\x00s\x00", "not valid TOML"),
        ("[shop]\ncolour = 1", "shop.colour"),
        ("[shopp]", "shopp"),
        ('[shop]\ncurrency = "dollars"', "shop.currency"),
        ('[shop]\nreplay_now = "yesterday"', "shop.replay_now"),
        ("[serve]\nport = 70000", "serve.port"),
        ("[serve]\nworkers = 0", "serve.workers"),
        ('[storefront]\nattributes = [""]', "storefront.attributes"),
        (f"[storefront]\nattributes = {list('abcdef')}", "storefront.attributes"),
        ("[serve]\nrefresh_seconds = inf", "serve.refresh_seconds"),
        ("[event_weight]\npurchse = 1", "event_weight.purchse"),
        ("[event_weight]\nview = nan", "event_weight.view"),
        ("[event_weight]\nview = inf", "event_weight.view"),
        ('[evaluation]\ntest_from = "soon"', "evaluation.test_from"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        load_setting(shop(tmp_path, text))


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"shop\.currency.*; serve\.port"):
        load_setting(shop(tmp_path, "[shop]\ncurrency = 1\n[serve]\nport = -1"))


@pytest.mark.parametrize(("name", "value"), [("SERVE__PORT", "many"), ("SHOP", "no JSON"), ("SERVE", "[1]")])
def test_a_wrong_environment_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SHOPKEEPER_{name}", value)
    with pytest.raises(SettingError, match=name.partition("__")[0].lower()):
        load_setting(shop(tmp_path))


def test_every_setting_says_what_it_means() -> None:
    for name, section in Setting.model_fields.items():
        inner = getattr(section.annotation, "model_fields", {"": section})
        for field_name, field in inner.items():
            assert field.description, f"{name}.{field_name}"
