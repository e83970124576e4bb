"""The plan of a training: which models a shop adds, what it sets otherwise, and how it is told what does not fit."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from shopkeeper.error import InputError, MissingPart, SettingError
from shopkeeper.model import REGISTRY
from shopkeeper.model.search_range import Range, ranges_of
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.training import unfitted
from shopkeeper.training.plan import Plan, source_named
from shopkeeper.training.search_space import SearchSpace
from shopkeeper.training.trainer_config import TrainerConfig

NOTHING = TextVectors.build(DistinctTexts.of([]), np.empty((0, 1), np.float32), "", 1)


def test_without_wishes_it_is_the_recipe() -> None:
    plan = Plan.of([], {})
    assert list(plan.learners(NOTHING)) == list(unfitted(NOTHING))
    assert plan.surfaces["home"].spec.sources == ("again", "popular", "affinity", "als", "together", "semantic")
    assert plan.networks == ()


def test_added_models_are_fitted_first_and_blended_where_there_is_a_task() -> None:
    plan = Plan.of(["ease", "transformer", "ease"], {})
    assert list(plan.learners(NOTHING))[:3] == ["ease", "transformer", "popular"]
    assert plan.surfaces["home"].spec.sources[-2:] == ("ease", "transformer")
    assert plan.surfaces["discover"].spec.sources[-2:] == ("ease", "transformer")
    assert plan.surfaces["buy-again"].spec.sources == ("again",)
    assert plan.networks == ("transformer",)


def test_fields_go_to_the_config_and_to_the_trainer() -> None:
    transformer: dict[str, Any] = {"width": 32, "dropout": 0, "l1": 1e-5}
    sections: dict[str, dict[str, Any]] = {"transformer": transformer, "item_item": {"lags": 3}, "again": {}}
    plan = Plan.of(["transformer"], sections)
    told = plan.configs
    assert (told["transformer"].width, told["transformer"].dropout) == (32, 0.0)
    assert isinstance(told["transformer"].dropout, float)
    assert plan.trainer("transformer") == TrainerConfig(l1=1e-5)
    assert (told["together"].lags, told["together"].forward) == (3, 0.5), "the rest is the recipe's"


@pytest.mark.parametrize(
    ("models", "sections", "words"),
    [
        (["two_towers"], {}, r"no model 'two_towers'\. Did you mean two_tower\?"),
        (["item_item"], {}, "every training has it, as 'together'"),
        (["als"], {}, "every training has it. Take it out"),
        (["popularity"], {}, "popular and fresh are made of"),
        ([], {"transfomer": {}}, "Did you mean transformer"),
        ([], {"together": {"lag": 2}}, r"\[model\.together\] has no field 'lag'\. Did you mean lags\?"),
        ([], {"together": {"epochs": 2}}, "has no field 'epochs'"),
        ([], {"item_item": {"lags": 2.5}}, "lags must be a whole number, not 2.5"),
        ([], {"item_item": {"lags": True}}, "lags must be a whole number, not True"),
        ([], {"item_item": {"lags": 0}}, "lags must be above 0, not 0"),
        ([], {"item_item": {"gap_days": "long"}}, "gap_days must be a number, not 'long'"),
        ([], {"item_item": {"gap_days": float("nan")}}, "gap_days must be above 0, not nan"),
        ([], {"item_item": {"forward": -1}}, "forward must be at least 0, not -1"),
        ([], {"two_tower": {"bf16": 1}}, "bf16 must be true or false, not 1"),
        ([], {"again": {"trend_days": 3}}, "trend_days must be a list of 2 numbers, not 3"),
        ([], {"again": {"trend_days": ["a"]}}, r"trend_days must be a list of 2 numbers, not \['a'\]"),
        ([], {"again": {"trend_days": [14]}}, r"trend_days must be a list of 2 numbers, not \[14\]"),
        ([], {"again": {"trend_days": [14, True]}}, r"trend_days must be a list of 2 numbers"),
        ([], {"again": {"trend_days": [0, 90]}}, r"trend_days must be above 0, not \[0, 90\]"),
        ([], {"two_tower": {"dropout": 1.5}}, r"dropout must be at least 0 and below 1, not 1\.5"),
        ([], {"lightgcn": {"dropout": 1.0}}, r"dropout must be at least 0 and below 1, not 1\.0"),
        ([], {"two_tower": {"keep": 3}}, "keep must be above 0 and at most 1, not 3"),
        ([], {"two_tower": {"mean": 1.5}}, r"mean must be at least 0 and at most 1, not 1\.5"),
        ([], {"two_tower": {"clip": 0}}, "clip must be above 0, not 0"),
        ([], {"transition": {"pair_gap_days": 0}}, "pair_gap_days must be above 0, not 0"),
        ([], {"again": {"trend_days": [14, float("inf")]}}, "trend_days must be above 0, not"),
        ([], {"irgan": {"served": "x"}}, 'served must be "discriminator" or "generator", not \'x\''),
        ([], {"term_overlap": {"terms": "nonsense"}}, 'terms must be "word" or "attribute", not \'nonsense\''),
        ([], {"transformer": {"heads": 3}}, r"\[model.transformer\]: .*64 wide has no 3 heads"),
        ([], {"als": {"iterations": 9}, "implicit_als": {"factors": 32}}, r"\[model.als\] and \[model.implicit_als\]"),
    ],
)
def test_what_does_not_fit_is_told(models: list[str], sections: dict[str, dict[str, Any]], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Plan.of(models, sections)


def test_values_of_an_ordinary_off_are_taken() -> None:
    off = {"decay": 0, "l1": 0, "warm_up": 0, "mean": 0, "dropout": 0, "keep": 1}
    plan = Plan.of(["two_tower"], {"two_tower": off, "again": {"trend_days": [7, 30]}})
    assert (plan.trainer("two_tower").decay, plan.trainer("two_tower").mean) == (0.0, 0.0)
    assert plan.configs["again"].trend_days == (7.0, 30.0)


def test_what_a_config_itself_refuses_is_a_mistake_in_the_setting() -> None:
    """Whether the section's model is added or not: it is told when the setting is read."""
    with pytest.raises(SettingError, match="63 wide has no 2 heads"):
        Plan.of(["transformer"], {"transformer": {"width": 63}})


def test_a_network_without_pytorch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopkeeper.model.neural.find_spec", lambda name: None)
    with pytest.raises(MissingPart, match=r"two_tower is trained by PyTorch.* pip install \"shopkeeper\[torch\]\""):
        Plan.of(["two_tower"], {})
    assert Plan.of(["ease"], {}).models == ("ease",)
    assert importlib.util.find_spec("torch"), "it is installed here"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_range_holds_its_default_and_no_dial_of_the_trainer_hides_a_field(name: str) -> None:
    registered = REGISTRY[name]
    config = registered.config()
    ranges = ranges_of(registered.config)
    assert ranges, "everything can be tuned"
    for field, told in ranges.items():
        assert told.low <= getattr(config, field) <= told.high, field
        assert told.low < told.high
        assert not told.log or told.low > 0
    if registered.network:
        assert not set(config.__dataclass_fields__) & set(TrainerConfig.__dataclass_fields__)


def test_a_search_starts_where_the_shop_is() -> None:
    space = SearchSpace.of(Plan.of([], {"again": {"repeat_power": 0.8}}), "again")
    assert space.start == {"repeat_power": 0.8, "repeat_prior": 10.0, "trend_power": 0.5, "trend_prior": 3.0}
    assert space.holds(space.start)
    assert not space.holds({**space.start, "repeat_power": 1.5})
    assert space.rounded("repeat_power", 0.123456) == 0.1235


def test_whole_numbers_keep_to_their_steps() -> None:
    space = SearchSpace({"width": Range(32, 128, step=16)}, frozenset({"width"}), {"width": 64})
    assert space.holds({"width": 48})
    assert not space.holds({"width": 50})


def test_of_what_nothing_is_ranged_nothing_can_be_tuned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopkeeper.training.search_space.ranges_of", lambda config: {})
    with pytest.raises(InputError, match="Nothing of 'semantic' can be tuned"):
        SearchSpace.of(Plan.of([], {}), "semantic")


def test_names_of_sources_and_of_models_lead_to_the_same() -> None:
    assert [source_named(name) for name in ("together", "item_item", "implicit_als", "als", "ease")] == [
        "together",
        "together",
        "als",
        "als",
        "ease",
    ]
