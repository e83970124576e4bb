"""REGISTRY: what a bundle can hold is tested by the contract, documented, and its config survives a manifest."""

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path

import pytest

from shopkeeper.model import REGISTRY

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", REGISTRY)
def test_every_model_keeps_the_contract(name: str) -> None:
    test = (ROOT / "tests" / "model" / f"test_{name}.py").read_text("utf-8")
    assert f"class Test{REGISTRY[name].model.__name__}(SourceContract)" in test


@pytest.mark.parametrize("name", REGISTRY)
def test_every_model_is_documented(name: str) -> None:
    assert f"\n| `{name}` |" in (ROOT / "docs" / "models.md").read_text("utf-8")


@pytest.mark.parametrize("name", REGISTRY)
def test_a_config_comes_back_from_a_manifest(name: str) -> None:
    config = REGISTRY[name].config
    assert is_dataclass(config)
    told = json.loads(json.dumps(asdict(config())))
    assert json.loads(json.dumps(asdict(config(**told)))) == told
