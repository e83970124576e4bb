"""Networks that a shop has asked for: trained, blended, and served from arrays, to the bit as they were judged."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.evaluation.query import HistoryQueries
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.operation.train import TrainResult, train_shop
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.record import DAY, Event, EventType, Item, Query, parse_time, silent
from shopkeeper.serving import Engine
from shopkeeper.setting import SHOP_FILE
from shopkeeper.testing.shop import NOW, USERS

ASKED = """
[training]
models = ["two_tower", "transformer"]
[model.two_tower]
width = 8
steps = 60
epochs = 3
[model.transformer]
width = 8
hidden = 16
length = 8
steps = 60
factors = 4
word_factors = 4
epochs = 3
"""


@pytest.fixture(scope="module")
def networked(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy shop, trained with two networks."""
    folder = Path(shutil.copytree(trained, tmp_path_factory.mktemp("networked") / "shop"))
    path = folder / SHOP_FILE
    text = path.read_text("utf-8").replace("[training]\n", "", 1).replace("[model]\n", "", 1)
    path.write_text(text + ASKED, "utf-8")
    return folder


@pytest.fixture(scope="module")
def result(networked: Path) -> TrainResult:
    with open_shop(networked) as shop:
        return train_shop(shop)


@pytest.fixture
def shop(networked: Path, result: TrainResult) -> Iterator[Shop]:
    with open_shop(networked) as opened:
        yield opened


@pytest.fixture
def engine(shop: Shop, reader: Usem3Encoder) -> Engine:
    engine = Engine(shop.store, BundleShelf(shop.bundles), reader, shop.setting, shop.clock)
    engine.refresh()
    return engine


def test_they_are_parts_of_the_blends_and_the_report_says_what_each_adds(shop: Shop, result: TrainResult) -> None:
    manifest = BundleShelf(shop.bundles).open(result.bundle_id).manifest
    assert {name: spec.model for name, spec in manifest.sources.items() if name in ("two_tower", "transformer")} == {
        "two_tower": "two_tower",
        "transformer": "transformer",
    }
    assert manifest.sources["transformer"].config["width"] == 8
    for surface in ("home", "discover"):
        assert {"two_tower", "transformer"} <= set(manifest.pipelines[surface].weight)
    assert "transformer" not in manifest.pipelines["buy-again"].sources
    told = [note for note in result.report.notes if "weighs" in note]
    assert [note.split(" weighs")[0].split(",")[0] for note in told] == ["Two tower", "Transformer"] * 2
    assert all("trained for" in note for note in told)
    assert all("On validation it adds" in note or "weighs nothing" in note for note in told)
    assert {"two_tower", "transformer"} <= {system.name for system in result.report.tasks[0].systems}


def test_all_fits_have_the_epochs_that_validation_chose(shop: Shop, result: TrainResult) -> None:
    (run,) = [path.parent for path in shop.runs.glob("train-*/epochs-transformer.json")]
    (chosen,) = json.loads((run / "epochs-transformer.json").read_text("utf-8")).values()
    assert 1 <= chosen <= 3
    served = BundleShelf(shop.bundles).open(result.bundle_id).folder / "model-transformer.safetensors"
    from shopkeeper.pipeline.tensor import load_arrays

    assert load_arrays(served)["best"].tolist() == [chosen - 1], "the last of as many epochs, without a judge"
    assert (run / "curves" / "transformer").is_dir()


def test_every_household_gets_the_list_that_was_judged(shop: Shop, engine: Engine) -> None:
    """To the bit; asked one by one of the bundle's arrays, and in one batch of learners that were just trained."""
    workshop, now, users = open_workshop(shop, silent), engine.now(), [*USERS, "nobody"]
    dataset = workshop.everything
    learners = workshop.fit(workshop.unfitted, dataset, "again")
    pipelines = BundleShelf(shop.bundles).bundles()[0].manifest.pipelines
    look_alike = workshop.vectors.text.rows(np.arange(len(dataset.items), dtype=np.int32))
    person = dict(shop.store.events.persons().drop_nulls().select("user_id", "person").iter_rows())
    rows = np.array([*np.searchsorted(dataset.person, [person[user] for user in USERS]), -1])
    ids = dataset.items.vocabulary.ids
    for surface in ("home", "discover"):
        asked = HistoryQueries(dataset.histories(), rows, surface, 10, now, dataset.items.eligible(now), dataset.weight)
        lists = pipelines[surface].build(learners, look_alike).run(asked(np.arange(len(rows))))
        cuts = [slice(*lists.offset[row : row + 2]) for row in range(len(rows))]
        judged = [
            [(ids[item], float(score)) for item, score in zip(lists.item[cut], lists.score[cut], strict=True)]
            for cut in cuts
        ]
        answers = [engine.recommend([Query(surface, 10, user_id=user, now=now)])[0] for user in users]
        assert [[(place.item_id, place.score) for place in answer.items] for answer in answers] == judged


def test_guests_and_new_items_are_answered(
    networked: Path, result: TrainResult, tmp_path: Path, reader: Usem3Encoder
) -> None:
    """A guest who came after the training, and a tea that came after it too: only its text is known."""
    with open_shop(shutil.copytree(networked, tmp_path / "shop")) as shop:
        check_what_came_later(shop, Engine(shop.store, BundleShelf(shop.bundles), reader, shop.setting, shop.clock))


def check_what_came_later(shop: Shop, engine: Engine) -> None:
    engine.refresh()
    before = engine.recommend([Query("home", 10, visitor_id="guest")])[0]
    assert before.fallback == "popular"
    shop.store.catalogue.put([Item("tea-oolong", title="Oolong tea, 20 bags", category=("Drinks", "Tea"))])
    shop.store.events.append(
        [Event(EventType.PURCHASE, parse_time(NOW) - DAY, visitor_id="guest", item_id="tea-black")]
    )
    engine.refresh()
    home, new = engine.recommend([Query(name, 20, visitor_id="guest") for name in ("home", "discover")])
    assert home.fallback is None
    assert "tea-oolong" in {place.item_id for place in new.items}
