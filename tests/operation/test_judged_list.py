"""Lists are judged longer than pages show them: their first places must be those of the short ones."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.operation.evaluate import LENGTH, judge
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.pipeline.pipeline import ENOUGH
from shopkeeper.record import silent
from shopkeeper.surface import SURFACES
from shopkeeper.training import blended_specs, questions_of


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(shutil.copytree(trained, tmp_path / "shop")) as opened:
        yield opened


def test_a_long_list_begins_with_the_short_one(shop: Shop) -> None:
    workshop = open_workshop(shop, silent)
    test = workshop.snapshot(workshop.split.test_from)
    later = workshop.snapshot(workshop.split.test_to)
    learners = workshop.fit(workshop.unfitted, test, "fitting")
    pipeline = blended_specs(judge(workshop).blends)["home"].build(learners)
    asked = np.arange(12)
    short, long = (pipeline.run(questions_of(test, later, SURFACES["home"], n)[1](asked)) for n in (3, LENGTH))
    assert [long.items_of(row)[:3].tolist() for row in range(12)] == [short.items_of(row).tolist() for row in range(12)]
    assert len(long.item) > len(short.item)


def test_how_many_are_asked_for_brings_in_no_other_candidates() -> None:
    assert LENGTH <= ENOUGH
