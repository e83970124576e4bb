"""Surfaces: each is whole in itself, and every reason has words."""

import pytest

from shopkeeper.error import UnknownSurface
from shopkeeper.evaluation.task import TASKS
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.lists import Reason
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search import LEXICAL, MEANING
from shopkeeper.surface import SURFACES, Need, find_surface
from shopkeeper.surface.reason import say
from shopkeeper.training import unfitted


def test_each_surface_is_known_by_its_own_name() -> None:
    assert list(SURFACES) == ["home", "discover", "buy-again", "trending", "similar", "bought-together", "search"]
    for name, surface in SURFACES.items():
        assert surface.name == surface.spec.name == name
        assert find_surface(name) is surface
        assert surface.title
        assert surface.description.endswith(".")


def test_an_unknown_surface_is_told_what_there_is() -> None:
    with pytest.raises(UnknownSurface, match=r"'Home'.*home, discover"):
        find_surface("Home")


def test_sources_and_fallbacks_are_in_the_recipe() -> None:
    encoder = HashingEncoder()
    vectors = TextVectors.build(DistinctTexts.of(["tea"]), encoder.encode(["tea"]), encoder.name, 8)
    known = {*unfitted(vectors), LEXICAL, MEANING}
    for surface in SURFACES.values():
        assert {*surface.spec.sources, surface.spec.fallback} - {None} <= known


def test_only_a_search_may_end_with_nothing() -> None:
    assert [name for name, surface in SURFACES.items() if surface.spec.fallback is None] == ["search"]


def test_every_task_is_asked_of_the_surface_that_is_fitted_on_it() -> None:
    assert {surface.task: name for name, surface in SURFACES.items() if surface.task} == {
        name: task.surface for name, task in TASKS.items()
    }


def test_what_needs_a_customer_is_personal() -> None:
    personal = {name for name, surface in SURFACES.items() if surface.spec.personal}
    assert personal == {name for name, surface in SURFACES.items() if surface.needs is Need.USER}


def test_buy_again_keeps_one_of_products_that_look_alike_and_the_judged_lists_all() -> None:
    """Thinning a judged list out would take right answers from it: who buys three alike does buy three."""
    assert {name for name, surface in SURFACES.items() if surface.spec.spread == 1} == {"buy-again"}
    assert all(surface.spec.spread is None for surface in SURFACES.values() if surface.task)


def test_a_spec_survives_the_way_through_json() -> None:
    import json

    for surface in SURFACES.values():
        assert PipelineSpec.from_dict(json.loads(json.dumps(surface.spec.as_dict()))) == surface.spec


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_with_and_without_a_cause(reason: Reason) -> None:
    code = reason.name.lower()
    assert say(code)[0].isupper()
    assert "{" not in say(code, "Green {tea}").replace("{tea}", "")


def test_words_name_the_cause() -> None:
    assert say("bought_together", "Green tea") == "Often bought with Green tea"
    assert say("similar", "Green tea") == "Similar to Green tea"
    assert say("similar") == "Like things you chose"
    assert say("popular", "Green tea") == "Popular in this shop"
    assert say("bought_together", "{0} {cause}") == "Often bought with {0} {cause}"
